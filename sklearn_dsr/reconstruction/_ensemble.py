"""Several fits of one reconstructor: forecasts with quantiles, and the best member's free run."""

from __future__ import annotations

import warnings
from dataclasses import replace
from typing import Literal, Self

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import MetaEstimatorMixin, clone
from sklearn.utils.validation import check_is_fitted

from .._choice._outcome import ADVICE, CONVERGED, INTERRUPTED
from .._coordinates.free_runs import warn_of
from .._coordinates.quantiles import checked_quantiles, sample_quantiles
from .._data.shape import warn_of_shape
from .._data.target import check_no_target
from .._data.types import Floats, Forecast, Rows, Seed
from .._data.validation import check_int, check_random_generator
from .._data.warning_level import level
from ..exceptions import ReconstructionWarning
from ._base import BaseReconstructor
from ._members import choose_members, fit_members, given_noise
from ._samples import sample_forecasts
from ._season_advice import season_advice
from ._settings import n_columns_of
from ._shallow_plrnn import ShallowPLRNNReconstructor
from ._suspects import warn_of_suspects
from ._use import FittedReconstructor

_OF_THE_BEST = (
    "mean_",
    "scale_",
    "initial_row_",
    "data_range_",
    "latent_dim_",
    "n_inputs_",
    "process_noise_",
    "forecast_spread_",
    "driven_",
)


class EnsembleReconstructor(MetaEstimatorMixin, FittedReconstructor):
    """Several fits of a reconstructor with different seeds: forecasts that say how sure they are.

    A forecast spreads as the members differ [1]_, as the state that it starts from is known up to
    the observation noise, as noise drives it, and by the noise of the rows to come. An average of
    free runs has no attractor: `simulate`, `jacobian`, `smooth` and all analyses are those of the
    best member, while `predict` and `score` are those of the members' mean.

    Parameters
    ----------
    estimator : reconstructor, default=None
        What is fitted; its `random_state` is set for each member. None is
        ShallowPLRNNReconstructor(). Transformers go in a Pipeline that ends in the ensemble.
    n_members : int, default=10
        Fits, at least 1.
    observation_noise : "auto", float or array-like of shape (n_columns,), default="auto"
        Standard deviation of the noise of each column that is no input, in the units of X. "auto"
        is what the members find, root mean squares. 0 leaves it out.
    n_draws : int, default=20
        Trajectories of each member in a forecast, at least 1.
    n_jobs : int or None, default=None
        Members that are fitted at the same time, in threads, as in joblib: None is 1, -1 all cores.
        Never changes results.
    random_state : int, RandomState, Generator or None, default=None
        Seed of the members, and of the draws of forecasts. The same int gives the same bits.
    verbose : int, default=0
        1 prints a line per member.

    Attributes
    ----------
    estimators_ : list of reconstructors
        All members.
    used_members_, best_index_ : ndarray of int, int
        Positions of the members that forecast, the converged ones if they are half or more, else
        all, with a warning; and of the one among them whose free runs are nearest to X.
    outcome_ : str
        "converged" if half of the members or more are, else the most frequent other outcome;
        "interrupted" if not all were fitted.
    observation_noise_ : ndarray of shape (n_columns,)
        Standard deviation of the noise of each column, in the units of X.
    seed_ : int
        Seed of the draws: forecasts repeat bit by bit.
    mean_, scale_, initial_row_, data_range_, latent_dim_, n_inputs_, process_noise_, \
forecast_spread_, driven_ : ndarray, int or bool
        Those of the best member; see the reconstructors.
    n_features_in_, feature_names_in_ : int, ndarray of str
        Number of the columns of X, and their names, if X had string names.

    Notes
    -----
    A trajectory starts from the state that its member estimates from the rows before, plus a draw
    of the error of that estimate, as the Kalman filter knows it, and is driven by draws of the
    member's `process_noise_`; the spread of a member's trajectories is widened by its
    `forecast_spread_`. Draws come in pairs of opposite sign, for a smooth median. External inputs
    are taken as exact.

    Cost: `n_members` fits, which share what the start does before the draws of the kinks; a
    forecast keeps all ``len(used_members_) * n_draws`` trajectories in memory.

    References
    ----------
    .. [1] Lakshminarayanan, Pritzel, Blundell (2017), "Simple and scalable predictive uncertainty
       estimation using deep ensembles", NeurIPS 30, arXiv:1612.01474.

    Examples
    --------
    >>> from sklearn_dsr.datasets import make_lorenz63
    >>> from sklearn_dsr.reconstruction import EnsembleReconstructor, ShallowPLRNNReconstructor
    >>> X = make_lorenz63(4000, noise_level=0.05, random_state=0)
    >>> member = ShallowPLRNNReconstructor(hidden_dim=50, max_iter=150, n_init=2)
    >>> model = EnsembleReconstructor(member, n_members=2, random_state=0).fit(X)
    >>> low, median, high = model.forecast(X, 5, quantiles=(0.05, 0.5, 0.95))
    >>> median.shape, bool((low < high).all())
    ((5, 3), True)
    """

    def __init__(
        self,
        estimator: BaseReconstructor | None = None,
        n_members: int = 10,
        *,
        observation_noise: ArrayLike | Literal["auto"] = "auto",
        n_draws: int = 20,
        n_jobs: int | None = None,
        random_state: Seed = None,
        verbose: int = 0,
    ) -> None:
        self.estimator = estimator
        self.n_members = n_members
        self.observation_noise = observation_noise
        self.n_draws = n_draws
        self.n_jobs = n_jobs
        self.random_state = random_state
        self.verbose = verbose

    def fit(self, X: ArrayLike, y: object = None) -> Self:
        """Fit all members.

        Parameters
        ----------
        X : array-like or DataFrame of shape (n_samples, n_features), list of such, or 3-D array
            As in the reconstructors' `fit`.
        y : None
            Ignored.

        Returns
        -------
        self : object

        Raises
        ------
        ValueError, TypeError
            If X cannot be fitted, a parameter is out of range or of a wrong type, or y is a number.
        KeyboardInterrupt
            If it is interrupted. The members that are fitted are kept, with `outcome_`
            "interrupted", or else one that has a model; without any the ensemble stays as it was.

        Warns
        -----
        ReconstructionWarning
            If less than half of the members converged; `outcome_` says what became of most others.
        """
        check_no_target(y, X)
        before = dict(vars(self))
        try:
            trajectories = self._fit(X)
        except BaseException:
            vars(self).clear()  # nothing half-fitted is left behind
            vars(self).update(before)
            raise
        if self.outcome_ == INTERRUPTED:
            raise KeyboardInterrupt(
                f"EnsembleReconstructor interrupted. {len(self.estimators_)} of {self.n_members} "
                "members are kept and can be used; fit again for all of them."
            )
        if self.outcome_ != CONVERGED:
            listed = ", ".join(member.outcome_ for member in self.estimators_)
            warnings.warn(
                f"Less than half of the members converged ({listed}), so all of them take part in "
                f"forecasts. {ADVICE[self.outcome_]}{season_advice(self, trajectories)}",
                ReconstructionWarning,
                stacklevel=level(),
            )
        return self

    def _fit(self, X):
        template = self._template
        self._check_parameters()
        trajectories = self._learn(X, template.n_inputs)
        warn_of_shape(trajectories)
        N = n_columns_of(template, self.n_features_in_)
        warn_of_suspects(X, trajectories, getattr(self, "feature_names_in_", ()), N)
        noise = given_noise(self.observation_noise, N)
        rng = check_random_generator(self.random_state)
        self.seed_ = int(rng.integers(2**32))
        seeds = rng.integers(2**32, size=self.n_members)
        members = [clone(template).set_params(random_state=int(seed)) for seed in seeds]
        self.estimators_, interrupted = fit_members(members, X, self.n_jobs, self.verbose)
        if not self.estimators_:
            raise KeyboardInterrupt  # before any member had a model
        used, self.best_index_, outcome = choose_members(self.estimators_, trajectories)
        self.used_members_ = np.array(used)
        self.outcome_ = INTERRUPTED if interrupted else outcome
        for name in _OF_THE_BEST:
            setattr(self, name, getattr(self.estimators_[self.best_index_], name))
        if noise is None:
            found = [self.estimators_[k].observation_noise_ for k in self.used_members_]
            noise = np.sqrt(np.mean(np.square(found), axis=0))
        self.observation_noise_ = noise
        return trajectories

    def _check_parameters(self):
        if not isinstance(self._template, BaseReconstructor):
            raise TypeError(
                f"estimator must be a reconstructor; got {type(self._template).__name__}. Give, "
                "for instance, ShallowPLRNNReconstructor(), in a Pipeline the ensemble comes last."
            )
        self._template._check_parameters()
        check_int(self.n_members, "n_members", 1, advice="10 is usual.")
        check_int(self.n_draws, "n_draws", 1, advice="20 is usual.")
        if not isinstance(self.verbose, bool):
            check_int(self.verbose, "verbose", 0, advice="1 prints a line per member.")
        if self.n_jobs is not None and check_int(self.n_jobs, "n_jobs", -(2**31)) == 0:
            raise ValueError("n_jobs=0 leaves no thread. None is one thread, -1 all cores.")

    _template = property(
        lambda self: ShallowPLRNNReconstructor() if self.estimator is None else self.estimator
    )
    dt = property(lambda self: self._template.dt, doc="Time between two rows.")
    missing = property(lambda self: self._template.missing, doc="What a NaN is.")

    _is_mean = True

    def _system(self):  # of the best member
        check_is_fitted(self)
        return self.estimators_[self.best_index_]._system()

    def _systems(self):
        """Members that forecast, with the noise of the rows that the ensemble has."""
        systems = [self.estimators_[k]._system() for k in self.used_members_]
        rows = [(self.observation_noise_ / s.scale[: s.n_columns]) ** 2 for s in systems]
        return [
            replace(s, noise=replace(s.noise, rows=r)) for s, r in zip(systems, rows, strict=True)
        ]

    def predict(self, X: ArrayLike) -> Rows:
        """One-step forecasts, the mean of the members': row i forecasts row i + 1 of X.

        Parameters
        ----------
        X : array-like or DataFrame of shape (n_samples, n_features), list of such, or 3-D array

        Returns
        -------
        ndarray of shape (n_samples, n_features - n_inputs), list of such, or 3-D array
        """
        check_is_fitted(self)
        results = [self.estimators_[k].predict(X) for k in self.used_members_]
        if isinstance(results[0], list):
            return [np.mean(parts, axis=0) for parts in zip(*results, strict=True)]
        return np.mean(results, axis=0)

    def forecast(
        self,
        X: ArrayLike,
        n_steps: int,
        inputs: ArrayLike | None = None,
        *,
        quantiles: ArrayLike | None = None,
    ) -> Forecast:
        """Go on after the last row of X (of each trajectory): median, or quantiles of the ensemble.

        Parameters
        ----------
        X, n_steps, inputs : array-like, int, array-like
            As in the reconstructors' `forecast`.
        quantiles : sequence of float in [0, 1], default=None
            Which quantiles, per row and column. None is the median.

        Returns
        -------
        ndarray of shape (n_steps, n_features - n_inputs), or (n_trajectories, n_steps, ...)
            With `quantiles` one more axis in front. For a pandas DataFrame a DataFrame whose index
            goes on, for a list of them a list; with `quantiles` a list of what there is for each.
            Of measured values: the noise of the rows to come is in them. What diverges is left out
            from there on, with a warning.

        Raises
        ------
        ValueError
            As the reconstructors' `forecast`, or if `quantiles` are not in [0, 1].
        """
        return super().forecast(X, n_steps, inputs, quantiles=quantiles)

    def forecast_samples(
        self, X: ArrayLike, n_steps: int, inputs: ArrayLike | None = None
    ) -> Floats:
        """All trajectories of the ensemble after the last row of X (of each trajectory).

        Parameters
        ----------
        X, n_steps, inputs : array-like, int, array-like
            As in `forecast`, with the same errors.

        Returns
        -------
        ndarray of shape (n, n_steps, n_features - n_inputs), or (n, n_trajectories, n_steps, ...)
            n = ``len(used_members_) * n_draws``, member by member.
            From where a trajectory diverges, not finite.
        """
        return super().forecast_samples(X, n_steps, inputs)

    def _runs_ahead(self, trajectories, n_steps, inputs):
        samples = self._samples_ahead(trajectories, n_steps, inputs)
        (median,) = sample_quantiles(samples, checked_quantiles(None))
        warn_of(median, self.data_range_)
        return median

    def _samples_ahead(self, trajectories, n_steps, inputs):
        draws = self.n_draws, self.seed_
        return sample_forecasts(self._systems(), trajectories, n_steps, draws, inputs)

    def _forecasts_along(self, trajectories):
        members = [self.estimators_[k]._forecasts_along(trajectories) for k in self.used_members_]

        def forecasts(*span):
            with np.errstate(over="ignore", invalid="ignore"):
                return sum(member(*span) for member in members) / len(members)

        return forecasts
