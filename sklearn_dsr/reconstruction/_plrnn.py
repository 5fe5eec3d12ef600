"""Estimator of the vanilla PLRNN."""

from .._maps._parametrizations import PLRNN
from ._base import BaseReconstructor
from ._documentation import documented


@documented
class PLRNNReconstructor(BaseReconstructor):
    """Dynamical systems reconstruction with a piecewise-linear recurrent network.

    Learns the map z' = A z + W relu(z) + h with A diagonal and W of zero diagonal [1]_ by
    generalized teacher forcing [2]_. One unit gives one kink only, so it mostly needs more latent
    units than X has columns: set `latent_dim` and ``observation="affine"``.

    Parameters
    ----------
    latent_dim : int or None, default=None
        Latent units M. None is the number of columns of X.
    %(training)s

    Attributes
    ----------
    A_ : ndarray of shape (latent_dim_,)
        Diagonal of A.
    W_ : ndarray of shape (latent_dim_, latent_dim_)
        Weights, with zero diagonal.
    h_ : ndarray of shape (latent_dim_,)
        Arrays of the map, in standardised units.
    B_ : ndarray of shape (n_features_in_, latent_dim_)
        Of the affine observation only.
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
    .. [1] Durstewitz (2017), "A state space approach for piecewise-linear recurrent neural
       networks", PLoS Comput. Biol. 13(6), e1005542.
    .. [2] Hess et al. (2023), "Generalized teacher forcing for learning chaotic dynamics", ICML,
       PMLR 202:13017, arXiv:2306.04406.

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

    def __init__(
        self,
        latent_dim=None,
        *,
        observation="identity",
        gtf_alpha="auto",
        alpha_mean="product_upper_bound",
        alpha_interval=5,
        latent_penalty=1e-5,
        observation_penalty=1e-6,
        manifold_penalty=0.0,
        manifold_share=0.5,
        sequence_length=100,
        batch_size=16,
        batches_per_epoch=50,
        max_iter=600,
        learning_rate_init=3e-3,
        standardize=True,
        dt=1.0,
        n_init=6,
        score_horizon=20,
        warm_start=False,
        engine="auto",
        device="cpu",
        dtype="float32",
        n_jobs=None,
        random_state=None,
        verbose=0,
    ):
        self.latent_dim = latent_dim
        self.observation = observation
        self.gtf_alpha = gtf_alpha
        self.alpha_mean = alpha_mean
        self.alpha_interval = alpha_interval
        self.latent_penalty = latent_penalty
        self.observation_penalty = observation_penalty
        self.manifold_penalty = manifold_penalty
        self.manifold_share = manifold_share
        self.sequence_length = sequence_length
        self.batch_size = batch_size
        self.batches_per_epoch = batches_per_epoch
        self.max_iter = max_iter
        self.learning_rate_init = learning_rate_init
        self.standardize = standardize
        self.dt = dt
        self.n_init = n_init
        self.score_horizon = score_horizon
        self.warm_start = warm_start
        self.engine = engine
        self.device = device
        self.dtype = dtype
        self.n_jobs = n_jobs
        self.random_state = random_state
        self.verbose = verbose

    def _parametrization(self, latent_dim):
        return PLRNN(latent_dim)

    def _fitted_parametrization(self):
        return PLRNN(self.latent_dim_)
