"""Estimator of the almost-linear RNN."""

from .._data.validation import check_int
from .._maps._parametrizations import AlmostLinearRNN
from ..forcing import SparseForcing
from ._base import BaseReconstructor
from ._documentation import documented


@documented
class AlmostLinearRNNReconstructor(BaseReconstructor):
    """Dynamical systems reconstruction with an almost-linear recurrent network.

    Learns the map z' = A z + W phi(z) + h with A diagonal, phi(z) = relu(z) in the last
    `n_nonlinear` units and phi(z) = z in the others [1]_, by generalized teacher forcing [2]_. With
    P nonlinear units it has 2^P linear regions at most: the fewest that a reconstruction of the
    system needs make it a symbolic description of the dynamics.

    It trains best by sparse forcing (``forcing="auto"`` is ``SparseForcing(16)`` here), at a higher
    learning rate and for longer than its relatives: that is why some defaults are others.

    Parameters
    ----------
    latent_dim : int or None, default=None
        Latent units M. None is the number of columns of X without inputs; mostly it needs more.
    n_nonlinear : int, default=2
        Units P with a relu, in [1, latent_dim].
    start : {"regression", "random"}, default="random"
        Initial values: both are those of the reference code.
    %(training)s

    Attributes
    ----------
    A_ : ndarray of shape (latent_dim_, latent_dim_)
        Diagonal of A.
    W_ : ndarray of shape (latent_dim_, latent_dim_)
        Weights; the diagonal is zero in the linear units, where it would repeat A.
    h_ : ndarray of shape (latent_dim_,)
        Arrays of the map, in standardised units.
    %(fitted)s

    See Also
    --------
    ShallowPLRNNReconstructor : The model with a hidden layer, which needs no more latent units than
        the system has dimensions.

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

    _model_class = AlmostLinearRNN
    _auto_forcing = SparseForcing(16)

    def __init__(
        self,
        latent_dim=None,
        n_nonlinear=2,
        *,
        start="random",
        stages="refine",
        observation="identity",
        n_inputs=0,
        missing="gap",
        forcing="auto",
        latent_penalty=1e-5,
        observation_penalty=1e-6,
        manifold_penalty=0.0,
        sequence_length=100,
        max_iter=1200,
        learning_rate_init=5e-3,
        standardize=True,
        dt=1.0,
        n_init=6,
        warm_start=False,
        engine="auto",
        n_jobs=None,
        random_state=None,
        verbose=0,
    ):
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
