"""Estimator of the PLRNN: vanilla, mean-centred, dendritic and clipped dendritic."""

from __future__ import annotations

from typing import Literal

from .._data.types import Seed
from .._data.validation import check_choice, check_int
from .._maps._parametrizations import PLRNN
from ..forcing import GTF, AdaptiveGTF, SparseForcing
from ._base import BaseReconstructor
from ._documentation import documented


@documented
class PLRNNReconstructor(BaseReconstructor):
    """Dynamical systems reconstruction with a piecewise-linear recurrent neural network (PLRNN).

    The model is the map z' = A z + W phi(z) + h with a diagonal A and a W of zero diagonal. phi
    acts on each unit separately and has three forms:

    - vanilla: relu(z) [1]_;
    - dendritic: sum_b alphas_b relu(z - H_b), with thresholds H_b for each unit [3]_;
    - clipped dendritic: sum_b alphas_b [relu(z - H_b) - relu(z)] (Eqs. 1-5 of [3]_). Every orbit
      is bounded if max abs(A) < 1.

    Most systems need more latent units than X has columns. The further units are hidden: no column
    of X observes them.

    Parameters
    ----------
    latent_dim : int or None, default=None
        Latent units M, at least 1. None takes the number of columns of X without inputs.
    n_bases : int, default=0
        Number of bases b of the dendritic model, at least 0; 0 gives the vanilla model.
    clipped : bool, default=False
        Whether to use the clipped dendritic model, which needs `n_bases` of at least 1.
    mean_centered : bool, default=False
        Whether phi acts on z minus its mean over all units.
    start : {"regression", "random"}, default="random"
        Both settings use the initial values of the reference implementation, because only
        :class:`ShallowPLRNNReconstructor` has a regression.
    %(training)s

    Attributes
    ----------
    A_ : ndarray of shape (`latent_dim_`, `latent_dim_`)
        Matrix A, which is diagonal.
    W_ : ndarray of shape (`latent_dim_`, `latent_dim_`)
        Weights. The diagonal is 0.
    h_ : ndarray of shape (`latent_dim_`,)
        Bias. All arrays of the map are in standardised units.
    alphas_ : ndarray of shape (n_bases,)
        Slopes of the bases. Exists in dendritic models only.
    H_ : ndarray of shape (`latent_dim_`, n_bases)
        Thresholds of the bases. Exists in dendritic models only.
    %(fitted)s

    See Also
    --------
    ShallowPLRNNReconstructor : Model with a hidden layer, which needs no more latent units than the
        system has dimensions.
    AlmostLinearRNNReconstructor : Model with the fewest linear regions.

    Notes
    -----
    %(notes)s

    References
    ----------
    .. [1] Durstewitz (2017), "A state space approach for piecewise-linear recurrent neural
       networks", PLoS Comput. Biol. 13(6), e1005542.
    .. [2] Hess et al. (2023), "Generalized teacher forcing for learning chaotic dynamics", ICML,
       PMLR 202:13017, arXiv:2306.04406.
    .. [3] Brenner et al. (2022), "Tractable dendritic RNNs for reconstructing nonlinear dynamical
       systems", ICML, PMLR 162.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_dsr.reconstruction import PLRNNReconstructor
    >>> time = np.arange(600) * 0.1
    >>> X = np.column_stack([np.sin(time), np.cos(time)])
    >>> model = PLRNNReconstructor(max_iter=100, n_init=1, random_state=0).fit(X)
    >>> model.outcome_
    'converged'
    >>> model.simulate(X[0], 10).shape
    (10, 2)
    """

    _parametrization = PLRNN

    def __init__(
        self,
        latent_dim: int | None = None,
        *,
        n_bases: int = 0,
        clipped: bool = False,
        mean_centered: bool = False,
        start: Literal["random", "regression"] = "random",
        stages: Literal["start", "train", "refine"] = "refine",
        observation: Literal["identity", "affine"] = "identity",
        n_inputs: int = 0,
        missing: Literal["gap", "mask"] = "gap",
        forcing: GTF | AdaptiveGTF | SparseForcing | Literal["auto"] = "auto",
        latent_penalty: float = 1e-5,
        observation_penalty: float = 1e-6,
        manifold_penalty: float = 0.0,
        sequence_length: int | Literal["auto"] = 100,
        max_iter: int = 600,
        learning_rate_init: float = 3e-3,
        standardize: bool | Literal["common"] = True,
        dt: float = 1.0,
        n_init: int = 6,
        warm_start: bool = False,
        engine: str = "auto",
        n_jobs: int | None = None,
        random_state: Seed = None,
        verbose: int = 0,
    ) -> None:
        self.latent_dim = latent_dim
        self.n_bases = n_bases
        self.clipped = clipped
        self.mean_centered = mean_centered
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
        check_choice(self.clipped, "clipped", (False, True))
        check_choice(self.mean_centered, "mean_centered", (False, True))
        check_int(self.n_bases, "n_bases", 0, advice="0 is the vanilla model, 20 a dendritic one.")
        if self.clipped and self.n_bases == 0:
            raise ValueError(
                "clipped=True needs bases to clip, and n_bases is 0. Set n_bases=20, for instance, "
                "or clipped=False."
            )

    def _architecture(self, latent_dim):
        return {
            "latent_dim": latent_dim,
            "n_bases": int(self.n_bases),
            "clipped": bool(self.clipped),
            "mean_centered": bool(self.mean_centered),
        }
