"""Ensemble of fits of one reconstructor, for forecasts with quantiles."""

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
    """Ensemble of fits of one reconstructor with different seeds, for forecasts with bands.

    The bands of a forecast contain four kinds of uncertainty: the members differ [1]_, noise hides
    the state at the start, noise drives the state, and measurement noise is added to future rows.
    An average of free runs has no attractor. Therefore :meth:`simulate`, :meth:`jacobian`,
    :meth:`smooth` and the functions of :mod:`sklearn_dsr.dynamics` use the best member, while
    :meth:`predict` and :meth:`score` use the mean of the members.

    Parameters
    ----------
    estimator : reconstructor, default=None
        Reconstructor to fit; each member is a clone with its own `random_state`. None is
        ``ShallowPLRNNReconstructor()``. Put transformers in front of the ensemble, in a Pipeline.
    n_members : int, default=10
        Members, at least 1.
    observation_noise : "auto", float or array-like of shape (n_columns,), default="auto"
        Standard deviation, at least 0, of the measurement noise of each column that is no input,
        in the units of X. "auto" is the root mean square of the estimates of the members.
    n_draws : int, default=20
        Samples of each member in a forecast, at least 1.
    n_jobs : int or None, default=None
        Threads that fit members, as in joblib: None means 1, -1 all cores. The result does not
        depend on it.
    random_state : int, RandomState, Generator or None, default=None
        Seed of the members and of the samples in forecasts. The same int gives the same bits.
    verbose : int, default=0
        1 prints a line per member.

    Attributes
    ----------
    estimators_ : list of reconstructors
        All fitted members.
    used_members_ : ndarray of int of shape (n_used,)
        Positions of the members that forecast: the converged ones if they are half or more, or all.
    best_index_ : int
        Position of the used member whose free runs are closest to X.
    outcome_ : str
        "converged" if at least half of the members are, else the most frequent other outcome;
        "interrupted" if members are missing.
    observation_noise_ : ndarray of shape (n_columns,)
        Standard deviation of the measurement noise of each column, in the units of X.
    seed_ : int
        Seed of the samples in forecasts.
    mean_, scale_, initial_row_, data_range_, latent_dim_, n_inputs_, process_noise_, \
forecast_spread_, driven_ : ndarray, int or bool
        Attributes of the best member, see :class:`ShallowPLRNNReconstructor`.
    n_features_in_, feature_names_in_ : int, ndarray of shape (`n_features_in_`,)
        Number of columns of X, and their names if all are strings.

    See Also
    --------
    ShallowPLRNNReconstructor : Default member. A single one also forecasts with bands.
    sklearn_dsr.inspection.ForecastDisplay : Picture of a forecast with bands.

    Notes
    -----
    Members draw samples as :meth:`ShallowPLRNNReconstructor.forecast_samples` does. Draws come in
    pairs of opposite sign, which makes the median smooth. See :doc:`/guide/forecasts`.

    **Cost.** `n_members` fits, which share the first part of the start. A forecast keeps all
    ``len(used_members_) * n_draws`` samples in memory.

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
            Rows in the form that :meth:`ShallowPLRNNReconstructor.fit` takes.
        y : None
            Ignored.

        Returns
        -------
        self : object
            The fitted ensemble.

        Raises
        ------
        ValueError, TypeError
            If a parameter is out of its range or of a wrong type, or X or y is not valid, see
            :meth:`ShallowPLRNNReconstructor.fit`.
        KeyboardInterrupt
            If the fit is interrupted (Ctrl-C). The fitted members are kept, or
            without one the members that have a model, and `outcome_` is "interrupted". If no member
            has a model, the ensemble stays as it was.

        Warns
        -----
        ReconstructionWarning
            If less than half of the members converged.
        """
        check_no_target(y, X)
        before = dict(vars(self))
        try:
            trajectories = self._fit(X)
        except BaseException:
            vars(self).clear()  # a failed fit leaves the ensemble as it was
            vars(self).update(before)
            raise
        if self.outcome_ == INTERRUPTED:
            raise KeyboardInterrupt(
                f"EnsembleReconstructor interrupted: {len(self.estimators_)} of {self.n_members} "
                "members are kept. Use these, or fit again for all."
            )
        if self.outcome_ != CONVERGED:
            listed = ", ".join(member.outcome_ for member in self.estimators_)
            warnings.warn(
                f"Less than half of the members converged ({listed}), so all of them forecast. "
                f"{ADVICE[self.outcome_]}{season_advice(self, trajectories)}",
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
                f"estimator must be a reconstructor; got {type(self._template).__name__}. Give "
                "ShallowPLRNNReconstructor(), for instance; the ensemble is the last step of a "
                "Pipeline."
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
    missing = property(lambda self: self._template.missing, doc="Meaning of a NaN.")

    _is_mean = True

    def _system(self):  # of the best member
        check_is_fitted(self)
        return self.estimators_[self.best_index_]._system()

    def _systems(self):
        """Systems of the members that forecast, with the measurement noise of the ensemble."""
        systems = [self.estimators_[k]._system() for k in self.used_members_]
        rows = [(self.observation_noise_ / s.scale[: s.n_columns]) ** 2 for s in systems]
        return [
            replace(s, noise=replace(s.noise, rows=r)) for s, r in zip(systems, rows, strict=True)
        ]

    def predict(self, X: ArrayLike) -> Rows:
        """Predict row i + 1 from each row i of X, by the mean of the members.

        Parameters
        ----------
        X : array-like or DataFrame of shape (n_samples, n_features), list of such, or 3-D array
            Rows in the form that :meth:`fit` takes, with the external inputs last.

        Returns
        -------
        ndarray of shape (n_samples, n_features - n_inputs), list of such, or 3-D array
            Forecasts in the units of X. A gap of X gives a row of NaN.
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
        """Forecast measurements after the last row of X: the median or quantiles of the samples.

        Parameters
        ----------
        X, n_steps, inputs : array-like, int, array-like
            As in :meth:`ShallowPLRNNReconstructor.forecast`.
        quantiles : sequence of float in [0, 1], default=None
            Quantiles to return, for each row and column separately. None returns the median.

        Returns
        -------
        ndarray, DataFrame or list of DataFrame
            As in :meth:`ShallowPLRNNReconstructor.forecast`.

        Raises
        ------
        NotFittedError, ValueError
            As in :meth:`ShallowPLRNNReconstructor.forecast`.

        Warns
        -----
        ReconstructionWarning
            If the forecast overflows or leaves the range of the training data, or if samples
            diverge. Diverged samples do not count in the median and the quantiles.
        """
        return super().forecast(X, n_steps, inputs, quantiles=quantiles)

    def forecast_samples(
        self, X: ArrayLike, n_steps: int, inputs: ArrayLike | None = None
    ) -> Floats:
        """Draw possible future measurements after the last row of X, for each trajectory.

        Parameters
        ----------
        X, n_steps, inputs : array-like, int, array-like
            As in :meth:`forecast`, with the same errors.

        Returns
        -------
        ndarray of shape (n, n_steps, n_features - n_inputs), or \
(n, n_trajectories, n_steps, n_features - n_inputs)
            ``n = len(used_members_) * n_draws`` samples in the units of X, member by member. The
            second shape is for a list or a 3-D array. A sample that diverges is not finite from
            there on.
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
