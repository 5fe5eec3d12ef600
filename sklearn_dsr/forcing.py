"""Ways of teacher forcing, to be given to a reconstructor as its parameter `forcing`."""

from __future__ import annotations

from typing import Literal

from sklearn.base import BaseEstimator

from ._data.stored import StoredMixin
from ._data.validation import check_choice, check_int, check_real, is_auto
from ._training._forcing import MEANS

__all__ = ["GTF", "AdaptiveGTF", "SparseForcing"]


class _BaseForcing(StoredMixin, BaseEstimator):
    """Parameters of a way of forcing; a reconstructor checks them when it is fitted."""

    def _check(self):
        name = f"{type(self).__name__}.noise_level"
        check_real(self.noise_level, name, 0.0, advice="0 leaves it out.")


class GTF(_BaseForcing):
    """Generalized teacher forcing of constant strength.

    At each step of a training window the state is pulled towards the data,
    z~ = (1 - alpha) z + alpha z^ [1]_.

    Parameters
    ----------
    alpha : float, default=0.15
        Strength, in [0, 1]: 0 runs freely over a window, 1 predicts one step.
    noise_level : float, default=0.0
        Standard deviation of Gaussian noise on first states and forcing signals in the training, in
        standardised units, at least 0; what is to be predicted stays as it is.

    Raises
    ------
    ValueError
        When a reconstructor is fitted, if `alpha` is not in [0, 1], or `noise_level` is not finite
        or below 0.
    TypeError
        Then, too, if one is not a number.

    See Also
    --------
    AdaptiveGTF : Finds the strength in the training.

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

    alpha = 1 - 1 / kappa keeps the gradient's products of Jacobians bounded, with kappa their
    growth along the data (Sec. 4 of [1]_). It rises at once and falls slowly: it remembers a
    quarter of the training.

    Parameters
    ----------
    mean : {"product_upper_bound", "arithmetic_mean", "explog_approx", "batch_maximum", \
"jacobian_upper_bound"}, default="product_upper_bound"
        How kappa averages the Jacobians of a window: the geometric mean of their spectral norms,
        the norm of their mean, the norm of their entrywise geometric mean, the largest norm, or a
        bound that no data enter.
    every : int, default=5
        Updates from one adaptation of alpha to the next, at least 1.
    noise_level : float, default=0.0
        Standard deviation of Gaussian noise on first states and forcing signals in the training, in
        standardised units, at least 0; what is to be predicted stays as it is.

    Raises
    ------
    ValueError
        When a reconstructor is fitted, if `mean` is none of those, `every` is below 1, or
        `noise_level` is not finite or below 0.
    TypeError
        Then, too, if `every` is not an integer, or `noise_level` not a number.

    See Also
    --------
    GTF : Constant strength.

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
    """Sparse teacher forcing: states are replaced by the data's at every n-th step only.

    In between the model runs freely, so that errors show that grow no farther than its interval
    [1]_.

    Parameters
    ----------
    interval : int or "auto", default="auto"
        Steps between forced states, in [1, sequence_length]. "auto" tries the predictability time
        ln 2 / lambda_max, from a first fit, then its quarter, half and eighth, as many as `n_init`
        allows, and the free runs choose: with all of it models of noisy Lorenz-63 died.
    noise_level : float, default=0.0
        Standard deviation of Gaussian noise on first states and forcing signals in the training, in
        standardised units, at least 0; what is to be predicted stays as it is.

    Raises
    ------
    ValueError
        When a reconstructor is fitted, if `interval` is below 1 or above `sequence_length`, or
        `noise_level` is not finite or below 0.
    TypeError
        Then, too, if `interval` is neither an integer nor "auto", or `noise_level` not a number.

    See Also
    --------
    GTF : Pulls a little at every step.

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
            advice = '"auto" tries the predictability time and parts of it.'
            check_int(self.interval, "SparseForcing.interval", 1, advice=advice)


def check_forcing(forcing):
    """Raise unless `forcing` is "auto" or one of the objects above with valid parameters.

    Raises
    ------
    TypeError, ValueError
        See the classes.
    """
    if is_auto(forcing):
        return
    if not isinstance(forcing, _BaseForcing):
        got = f"the class {forcing.__name__}" if isinstance(forcing, type) else repr(forcing)
        raise TypeError(
            'forcing must be "auto", or a GTF, an AdaptiveGTF or a SparseForcing of '
            f"sklearn_dsr.forcing; got {got}. Give an instance, as forcing=GTF(0.3)."
        )
    forcing._check()
