"""Ways of teacher forcing: values of the parameter `forcing` of a reconstructor."""

from __future__ import annotations

from typing import Literal

from sklearn.base import BaseEstimator

from ._data.stored import StoredMixin
from ._data.validation import check_choice, check_int, check_real, is_auto
from ._documentation_link import DocumentationLinkMixin
from ._training._forcing import MEANS

__all__ = ["GTF", "AdaptiveGTF", "SparseForcing"]


class _BaseForcing(StoredMixin, DocumentationLinkMixin, BaseEstimator):
    """Base class of the ways of forcing. A reconstructor checks the parameters in `fit`."""

    def _check(self):
        name = f"{type(self).__name__}.noise_level"
        check_real(self.noise_level, name, 0.0, advice="0 adds no noise.")


class GTF(_BaseForcing):
    r"""Generalized teacher forcing of constant strength.

    At each step of a training window the state moves a part of the way to the data [1]_:

    .. math:: \tilde z_t = (1 - \alpha) z_t + \alpha \hat z_t

    with the state :math:`z_t` of the model and the state :math:`\hat z_t` from the data.

    Parameters
    ----------
    alpha : float, default=0.15
        Strength, in [0, 1]. With 0 the model runs freely over a window, with 1 it predicts each row
        from the row before.
    noise_level : float, default=0.0
        Standard deviation of the Gaussian noise that is added to the first state of a window and to
        the forcing states during the training. In standardised units, at least 0. The targets of
        the loss have no added noise.

    Raises
    ------
    ValueError
        In `fit` of the reconstructor, if `alpha` is outside [0, 1], or `noise_level` is negative or
        not finite.
    TypeError
        In `fit` of the reconstructor, if a parameter is not a number.

    See Also
    --------
    AdaptiveGTF : Adapts the strength during the training.
    SparseForcing : Replaces the state at some steps.

    References
    ----------
    .. [1] Hess et al. (2023), "Generalized teacher forcing for learning chaotic dynamics", ICML,
       PMLR 202:13017, arXiv:2306.04406.

    Examples
    --------
    >>> from sklearn_dsr import ShallowPLRNNReconstructor
    >>> from sklearn_dsr.forcing import GTF
    >>> model = ShallowPLRNNReconstructor(forcing=GTF(0.3))
    >>> model.set_params(forcing__alpha=0.5).forcing
    GTF(alpha=0.5)
    """

    def __init__(self, alpha: float = 0.15, *, noise_level: float = 0.0) -> None:
        self.alpha = alpha
        self.noise_level = noise_level

    def _check(self):
        super()._check()
        advice = 'Use forcing="auto" to let the free run decide.'
        check_real(self.alpha, "GTF.alpha", 0.0, 1.0, advice)


class AdaptiveGTF(_BaseForcing):
    """Generalized teacher forcing whose strength follows the Jacobians of the model.

    The strength alpha = 1 - 1 / kappa keeps the products of Jacobians in the gradient bounded,
    where kappa is the growth of these products along the data (Sec. 4 of [1]_). alpha rises at once
    and falls slowly, with a memory of a quarter of the training.

    Parameters
    ----------
    mean : {"product_upper_bound", "arithmetic_mean", "explog_approx", "batch_maximum", \
"jacobian_upper_bound"}, default="product_upper_bound"
        How kappa summarises the Jacobians of a window:

        - "product_upper_bound": geometric mean of their spectral norms;
        - "arithmetic_mean": spectral norm of their mean;
        - "explog_approx": spectral norm of their entrywise geometric mean;
        - "batch_maximum": largest spectral norm;
        - "jacobian_upper_bound": a bound that holds for any data.
    every : int, default=5
        Updates between two adaptations of alpha, at least 1.
    noise_level : float, default=0.0
        Standard deviation of the Gaussian noise that is added to the first state of a window and to
        the forcing states during the training. In standardised units, at least 0. The targets of
        the loss have no added noise.

    Raises
    ------
    ValueError
        In `fit` of the reconstructor, if `mean` is unknown, `every` is below 1, or `noise_level` is
        negative or not finite.
    TypeError
        In `fit` of the reconstructor, if `every` is not an integer or `noise_level` not a number.

    See Also
    --------
    GTF : Constant strength.
    SparseForcing : Replaces the state at some steps.

    References
    ----------
    .. [1] Hess et al. (2023), "Generalized teacher forcing for learning chaotic dynamics", ICML,
       PMLR 202:13017, arXiv:2306.04406.

    Examples
    --------
    >>> from sklearn_dsr import PLRNNReconstructor
    >>> from sklearn_dsr.forcing import AdaptiveGTF
    >>> model = PLRNNReconstructor(forcing=AdaptiveGTF("arithmetic_mean"))
    >>> model.forcing
    AdaptiveGTF(mean='arithmetic_mean')
    """

    def __init__(
        self,
        mean: Literal[
            "product_upper_bound",
            "arithmetic_mean",
            "explog_approx",
            "batch_maximum",
            "jacobian_upper_bound",
        ] = "product_upper_bound",
        *,
        every: int = 5,
        noise_level: float = 0.0,
    ) -> None:
        self.mean = mean
        self.every = every
        self.noise_level = noise_level

    def _check(self):
        super()._check()
        check_choice(self.mean, "AdaptiveGTF.mean", [m for m in MEANS if m != "constant"])
        advice = "5 adapts alpha often enough."
        check_int(self.every, "AdaptiveGTF.every", 1, advice=advice)


class SparseForcing(_BaseForcing):
    """Sparse teacher forcing: the state is replaced by the data at every n-th step.

    Between these steps the model runs freely. An interval of about the time in which errors double
    lets the loss see their growth without exploding gradients [1]_.

    Parameters
    ----------
    interval : int or "auto", default="auto"
        Steps n between two replacements, in [1, sequence_length]. "auto" estimates the
        predictability time ln 2 / lambda_max from a first fit. It tries this time, a quarter, half
        and an eighth of it, in this order and as far as `n_init` allows, and lets the free runs
        decide.
    noise_level : float, default=0.0
        Standard deviation of the Gaussian noise that is added to the first state of a window and to
        the forcing states during the training. In standardised units, at least 0. The targets of
        the loss have no added noise.

    Raises
    ------
    ValueError
        In `fit` of the reconstructor, if `interval` is below 1 or above `sequence_length`, or
        `noise_level` is negative or not finite.
    TypeError
        In `fit` of the reconstructor, if `interval` is neither an integer nor "auto", or
        `noise_level` is not a number.

    See Also
    --------
    GTF : Pulls the state to the data at every step.
    AdaptiveGTF : Adapts the strength of the pull during the training.

    References
    ----------
    .. [1] Mikhaeil, Monfared and Durstewitz (2022), "On the difficulty of learning chaotic dynamics
       with RNNs", NeurIPS 35, arXiv:2110.07238.

    Examples
    --------
    >>> from sklearn_dsr import AlmostLinearRNNReconstructor
    >>> from sklearn_dsr.forcing import SparseForcing
    >>> model = AlmostLinearRNNReconstructor(20, forcing=SparseForcing(10))
    >>> model.get_params()["forcing__interval"]
    10
    """

    def __init__(
        self, interval: int | Literal["auto"] = "auto", *, noise_level: float = 0.0
    ) -> None:
        self.interval = interval
        self.noise_level = noise_level

    def _check(self):
        super()._check()
        if not is_auto(self.interval):
            advice = '"auto" tries fractions of the predictability time.'
            check_int(self.interval, "SparseForcing.interval", 1, advice=advice)


def check_forcing(forcing):
    """Raise unless `forcing` is "auto" or one of the objects above with valid parameters."""
    if is_auto(forcing):
        return
    if not isinstance(forcing, _BaseForcing):
        got = f"the class {forcing.__name__}" if isinstance(forcing, type) else repr(forcing)
        raise TypeError(
            'forcing must be "auto", or a GTF, an AdaptiveGTF or a SparseForcing of '
            f"sklearn_dsr.forcing; got {got}. Give an instance, as forcing=GTF(0.3)."
        )
    forcing._check()
