"""Estimator of the almost-linear RNN."""

from __future__ import annotations

from typing import Literal

from .._data.types import Seed
from .._data.validation import check_int
from .._maps._parametrizations import AlmostLinearRNN
from ..forcing import GTF, AdaptiveGTF, SparseForcing
from ._base import BaseReconstructor
from ._documentation import documented


@documented
class AlmostLinearRNNReconstructor(BaseReconstructor):
    """Dynamical systems reconstruction with an almost-linear recurrent neural network (AL-RNN).

    The model is the map z' = A z + W phi(z) + h with a diagonal A. phi is a relu in the last
    `n_nonlinear` units and the identity in the others [1]_. A map with P nonlinear units has at
    most 2^P linear regions. With few regions, the sequence of regions that an orbit visits is a
    symbolic description of the dynamics.

    The defaults of `forcing`, `max_iter` and `learning_rate_init` differ from the other
    reconstructors, because this model trains best by sparse forcing, for longer and at a higher
    learning rate.

    Parameters
    ----------
    latent_dim : int or None, default=None
        Latent units M, at least 1. None takes the number of columns of X without inputs. Most
        systems need more.
    n_nonlinear : int, default=2
        Units P with a relu, in [1, latent_dim].
    start : {"regression", "random"}, default="random"
        Both settings use the initial values of the reference implementation, because only
        :class:`ShallowPLRNNReconstructor` has a regression.
    %(training)s

    Attributes
    ----------
    A_ : ndarray of shape (`latent_dim_`, `latent_dim_`)
        Matrix A, which is diagonal.
    W_ : ndarray of shape (`latent_dim_`, `latent_dim_`)
        Weights. The diagonal is 0 in the linear units, where A has the same effect.
    h_ : ndarray of shape (`latent_dim_`,)
        Bias. A, W and h are in standardised units.
    %(fitted)s

    See Also
    --------
    ShallowPLRNNReconstructor : Model with a hidden layer, which needs no more latent units than the
        system has dimensions.
    PLRNNReconstructor : Model with a relu or a basis expansion in every unit.
    sklearn_dsr.forcing.SparseForcing : The default forcing of this model.
    sklearn_dsr.dynamics.linear_regions : The linear regions that a model visits.

    Notes
    -----
    %(notes)s

    References
    ----------
    .. [1] Brenner et al. (2024), "Almost-linear RNNs yield highly interpretable symbolic codes in
       dynamical systems reconstruction", NeurIPS, arXiv:2410.14240.
    .. [2] Hess et al. (2023), "Generalized teacher forcing for learning chaotic dynamics", ICML,
       PMLR 202:13017, arXiv:2306.04406.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_dsr.reconstruction import AlmostLinearRNNReconstructor
    >>> time = np.arange(600) * 0.1
    >>> X = np.column_stack([np.sin(time), np.cos(time)])
    >>> model = AlmostLinearRNNReconstructor(n_nonlinear=1, max_iter=100, n_init=1, random_state=0)
    >>> model.fit(X).outcome_
    'converged'
    >>> model.simulate(X[0], 10).shape
    (10, 2)
    """

    _parametrization = AlmostLinearRNN
    _auto_forcing = SparseForcing(16)

    def __init__(
        self,
        latent_dim: int | None = None,
        n_nonlinear: int = 2,
        *,
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
        max_iter: int = 1200,
        learning_rate_init: float = 5e-3,
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
        self.n_nonlinear = n_nonlinear
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
        check_int(self.n_nonlinear, "n_nonlinear", 1, advice="2 is enough for Lorenz-63.")

    def _architecture(self, latent_dim):
        if self.n_nonlinear > latent_dim:
            raise ValueError(
                f"n_nonlinear={self.n_nonlinear} exceeds the {latent_dim} latent units. Set "
                "n_nonlinear lower, or latent_dim higher."
            )
        return {"latent_dim": latent_dim, "n_nonlinear": int(self.n_nonlinear)}
