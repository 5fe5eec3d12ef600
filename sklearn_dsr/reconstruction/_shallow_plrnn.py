"""Estimator of the shallow PLRNN."""

from __future__ import annotations

from typing import Literal

from .._data.types import Seed
from .._data.validation import check_choice, check_int, is_auto
from .._maps._parametrizations import ShallowPLRNN
from .._recipe import RECIPE
from ..forcing import GTF, AdaptiveGTF, SparseForcing
from ._base import BaseReconstructor
from ._documentation import documented


@documented
class ShallowPLRNNReconstructor(BaseReconstructor):
    """Dynamical systems reconstruction with a shallow piecewise-linear recurrent neural network.

    The model is the map z' = A z + W1 relu(W2 z + h2) + h1, which advances the latent state z by
    one row of X. The clipped model has relu(W2 z + h2) - relu(W2 z) in place of the relu. All its
    orbits are bounded if the norm of A is below 1 (Sec. 3 of [2]_). The fit looks for a map whose
    free run has the attractor and the spectrum of X. It tries a regression first and generalized
    teacher forcing if the regression is not good.

    This reconstructor is the first choice for most data.

    Parameters
    ----------
    hidden_dim : int or "auto", default="auto"
        Hidden units L, at least 1. "auto": a regression takes 30, 150, 400 or 1600, by the
        forecasts of held-out rows. A training takes max(192, 40 (latent_dim - 1)), but no more
        than a fifth of the rows or 192, whichever is larger.
    latent_dim : int or None, default=None
        Latent units M, at least 1. None takes the number of columns of X without inputs.
    clipped : bool or "auto", default="auto"
        Whether to use the clipped model. It suits signals that rest and fire, such as an ECG, and
        series of many columns, such as an EEG; most other systems do better without. "auto" fits
        the plain model and, if that is not good, trains candidates of both in turn.
    linear : {"dense", "diagonal"}, default="dense"
        Entries of A that may differ from 0. The papers [1]_ [2]_ use "diagonal".
    start : {"regression", "random"}, default="regression"
        How a fit begins. "regression": the relu of each hidden unit has its kink between two rows
        of X, and A, W1 and h1 solve a ridge regression of the steps of X. Trained candidates start
        from such values as well, every other one if clipped. "random": no regression, and the
        initial values of the reference implementation.
    %(training)s

    Attributes
    ----------
    A_ : ndarray of shape (`latent_dim_`, `latent_dim_`)
        Linear part. All arrays of the map are in standardised units.
    W1_ : ndarray of shape (`latent_dim_`, `hidden_dim_`)
        Weights from the hidden to the latent units.
    W2_ : ndarray of shape (`hidden_dim_`, `latent_dim_`)
        Weights from the latent to the hidden units.
    h1_ : ndarray of shape (`latent_dim_`,)
        Bias of the latent units.
    h2_ : ndarray of shape (`hidden_dim_`,)
        Bias of the hidden units.
    %(fitted)s

    See Also
    --------
    PLRNNReconstructor : Models without a hidden layer, vanilla and dendritic.
    AlmostLinearRNNReconstructor : Model with the fewest linear regions.
    EnsembleReconstructor : Several fits with different seeds, for forecasts with bands.
    sklearn_dsr.pipeline.make_reconstruction_pipeline : Transformers in front of a reconstructor.

    Notes
    -----
    %(notes)s

    References
    ----------
    .. [1] Durstewitz (2017), "A state space approach for piecewise-linear recurrent neural
       networks", PLoS Comput. Biol. 13(6), e1005542.
    .. [2] Hess et al. (2023), "Generalized teacher forcing for learning chaotic dynamics", ICML,
       PMLR 202:13017, arXiv:2306.04406.

    Examples
    --------
    >>> from sklearn_dsr.datasets import make_lorenz63
    >>> from sklearn_dsr.reconstruction import ShallowPLRNNReconstructor
    >>> X = make_lorenz63(2000, noise_level=0.05, random_state=0)
    >>> model = ShallowPLRNNReconstructor(hidden_dim=20, max_iter=100, n_init=1, random_state=0)
    >>> model.fit(X).forecast(X, 5).shape
    (5, 3)
    >>> model.outcome_
    'converged'
    """

    _parametrization = ShallowPLRNN
    _n_smoothings = 4  # at most; the last round, the second or a later one, is the refinement

    def __init__(
        self,
        hidden_dim: int | Literal["auto"] = "auto",
        latent_dim: int | None = None,
        *,
        clipped: bool | Literal["auto"] = "auto",
        linear: Literal["dense", "diagonal"] = "dense",
        start: Literal["random", "regression"] = "regression",
        stages: Literal["start", "train", "refine"] = "refine",
        observation: Literal["identity", "affine"] = "identity",
        n_inputs: int = 0,
        missing: Literal["gap", "mask"] = "gap",
        forcing: GTF | AdaptiveGTF | SparseForcing | Literal["auto"] = "auto",
        latent_penalty: float = 1e-5,
        observation_penalty: float = 1e-6,
        manifold_penalty: float = 0.0,
        sequence_length: int | Literal["auto"] = "auto",
        max_iter: int = 300,
        learning_rate_init: float = 3e-3,
        standardize: bool | Literal["common"] = True,
        dt: float = 1.0,
        n_init: int = 4,
        warm_start: bool = False,
        engine: str = "auto",
        n_jobs: int | None = None,
        random_state: Seed = None,
        verbose: int = 0,
    ) -> None:
        self.hidden_dim = hidden_dim
        self.latent_dim = latent_dim
        self.clipped = clipped
        self.linear = linear
        self.start = start
        self.stages = stages
        self.observation = observation
        self.n_inputs = n_inputs
        self.missing = missing
        self.forcing = forcing
        self.latent_penalty = latent_penalty
        self.observation_penalty = observation_penalty
        self.manifold_penalty = manifold_penalty
        self.sequence_length = sequence_length
        self.max_iter = max_iter
        self.learning_rate_init = learning_rate_init
        self.standardize = standardize
        self.dt = dt
        self.n_init = n_init
        self.warm_start = warm_start
        self.engine = engine
        self.n_jobs = n_jobs
        self.random_state = random_state
        self.verbose = verbose

    def _check_parameters(self):
        super()._check_parameters()
        check_choice(self.clipped, "clipped", (True, False, "auto"))
        check_choice(self.linear, "linear", ("dense", "diagonal"))
        if not is_auto(self.hidden_dim):
            advice = '"auto" is max(192, 40 (latent_dim - 1)), of few rows less.'
            check_int(self.hidden_dim, "hidden_dim", 1, advice=advice)

    def _architecture(self, latent_dim):
        least, each = RECIPE.trained_units
        hidden = self.hidden_dim
        if is_auto(hidden):
            hidden = max(least, each * (latent_dim - 1))
        clipped = not isinstance(self.clipped, str) and bool(self.clipped)
        sizes = {"latent_dim": latent_dim, "hidden_dim": int(hidden)}
        return sizes | {"clipped": clipped, "linear": self.linear}

    def _architectures(self, latent_dim, n_rows):
        first = self._architecture(latent_dim)
        if is_auto(self.hidden_dim):  # limited by the number of rows
            most = max(RECIPE.trained_units[0], n_rows // RECIPE.rows_per_unit)
            first |= {"hidden_dim": min(first["hidden_dim"], most)}
        return [first, first | {"clipped": True}] if isinstance(self.clipped, str) else [first]
