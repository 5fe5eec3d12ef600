"""The shell of every reconstructor: X to segments, training, plain fitted arrays, and their use."""

import warnings
from abc import ABCMeta, abstractmethod

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted

from .._maps._parametrizations import Weights
from .._training._optimizer import learning_rates
from .._training._outcome import ADVICE
from .._training._problem import Problem
from .._training._scoring import FreeRunScore
from .._training._selection import families, select
from .._training._windows import WindowSampler, window_steps
from .._trajectories import as_trajectories
from .._validation import check_int, check_random_generator, check_rows
from ..exceptions import ReconstructionWarning
from ._scoring import forecast_r2
from ._settings import check_settings, engine_of, latent_dim_of
from ._start import previous_start, reference_start, standardisation

_N_STEPS = "It is the number of rows to return."


class BaseReconstructor(BaseEstimator, metaclass=ABCMeta):
    """Fit, predict, forecast, simulate, score and jacobian of all models of the family.

    Subclasses list their parameters in ``__init__`` and define the two parametrizations.
    """

    @abstractmethod
    def _parametrization(self, latent_dim):
        """Parametrization that the parameters ask for, with `latent_dim` units."""

    @abstractmethod
    def _fitted_parametrization(self):
        """Parametrization of the fitted arrays, whatever the parameters are now."""

    def fit(self, X, y=None):
        """Learn a map whose free run has the attractor of X.

        Parameters
        ----------
        X : array-like or DataFrame of shape (n_samples, n_features), list of such, or 3-D array
            Rows in time order, equally spaced; a row that holds NaN is a gap.
        y : None
            Ignored.

        Returns
        -------
        self : object
            Fitted estimator.

        Raises
        ------
        ValueError
            If X is not numeric, holds infinity or values beyond 1e100, has no two consecutive rows
            without NaN, does not vary, or a parameter is out of its range.
        TypeError
            If a parameter has a wrong type, or X is sparse.

        Warns
        -----
        ReconstructionWarning
            If the chosen model's free run is not like the data; `outcome_` says in which way.
        """
        before = dict(vars(self))
        try:
            self._fit(X)
        except BaseException:
            # Nothing half-fitted is left behind, whatever stopped the fit.
            vars(self).clear()
            vars(self).update(before)
            raise
        if self.outcome_ in ADVICE:
            warnings.warn(
                f"{type(self).__name__} {self.outcome_}. {ADVICE[self.outcome_]}",
                ReconstructionWarning,
                stacklevel=2,
            )
        return self

    def _fit(self, X):
        self._check_parameters()
        trajectories = as_trajectories(X, estimator=self, reset=True, min_rows=2)
        n_steps = window_steps(trajectories.starts, trajectories.stops, self.sequence_length)
        segments = trajectories.segments(min_rows=2)
        resume = self.warm_start and hasattr(self, "outcome_")
        if resume and len(self.mean_) != self.n_features_in_:
            raise ValueError(
                f"X has {self.n_features_in_} columns, and warm_start=True goes on from a fit with "
                f"{len(self.mean_)}. Give the same columns, or set warm_start=False."
            )
        if not resume:
            self.mean_, self.scale_ = standardisation(segments, self.standardize)
        parametrization = self._parametrization(latent_dim_of(self, len(self.mean_)))
        rows = (trajectories.values - self.mean_) / self.scale_
        standardised = trajectories.with_values(rows).segments(min_rows=2)
        dtype = np.dtype(self.dtype).type
        problem = Problem(
            _cast(rows, dtype),
            parametrization,
            self.observation == "affine",
            n_steps,
            self.batch_size,
            self.latent_penalty,
            self.observation_penalty,
            dtype,
            self.manifold_penalty,
            self.manifold_share,
        )
        n_updates = self.max_iter * self.batches_per_epoch
        rates = learning_rates(self.learning_rate_init, n_updates)
        sampler = WindowSampler(trajectories.starts, trajectories.stops, n_steps + 1)
        start = previous_start(problem, self) if resume else reference_start(problem, standardised)
        selection = select(
            problem,
            sampler,
            FreeRunScore(standardised),
            rates.reshape(self.max_iter, self.batches_per_epoch),
            families(self.gtf_alpha, self.alpha_mean, self.alpha_interval, n_updates),
            start,
            n_init=self.n_init,
            rng=check_random_generator(self.random_state),
            engine=engine_of(self),
            device=self.device,
            n_jobs=self.n_jobs,
            report=self._report,
        )
        self._keep(selection, problem, segments[0][0])

    def _check_parameters(self):
        check_settings(self)

    def _keep(self, selection, problem, first_row):
        """Set the fitted attributes."""
        weights = Weights(*[selection.arrays[name] for name in Weights._fields])
        for name, value in problem.parametrization.parameters(weights).items():
            setattr(self, f"{name}_", value)
        if problem.affine:
            self.B_ = selection.arrays["B"]
        elif hasattr(self, "B_"):
            del self.B_
        candidate, checkpoint = selection.chosen
        record = selection.candidates[candidate]
        self.latent_dim_, self.hidden_dim_, _ = problem.sizes
        self.sequence_length_ = problem.n_steps
        self.outcome_, self.floor_ = selection.outcome, selection.floor
        self.candidates_, self.chosen_ = selection.candidates, selection.chosen
        self.n_iter_ = record["checkpoints"][checkpoint]["epoch"]
        self.loss_curve_ = record["losses"]
        self.gtf_alpha_ = record["alphas"][self.n_iter_ - 1] if self.n_iter_ else float("nan")
        self.initial_row_ = np.array(first_row)

    def _report(self, line, level=1):
        if self.verbose >= level:
            print(f"[{type(self).__name__}] {line}", flush=True)

    def _model(self):
        """Canonical map and observation model of the fitted arrays, in standardised units."""
        check_is_fitted(self)
        parametrization = self._fitted_parametrization()
        fitted = {name: getattr(self, f"{name}_") for name in parametrization.shapes}
        weights = parametrization.weights(fitted)
        arrays = weights._asdict() | ({"B": self.B_} if hasattr(self, "B_") else {})
        return Problem.model_of(parametrization, arrays)

    def __sklearn_is_fitted__(self):
        return hasattr(self, "outcome_")

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = True  # a row with NaN is a gap
        return tags

    def predict(self, X):
        """One-step forecasts: row i of the result forecasts row i + 1 of X.

        Parameters
        ----------
        X : array-like or DataFrame of shape (n_samples, n_features), list of such, or 3-D array

        Returns
        -------
        ndarray of shape (n_samples, n_features), list of such, or 3-D array
            In the units of X; a row of X that holds NaN gives a row of NaN.
        """
        check_is_fitted(self)
        trajectories = as_trajectories(X, estimator=self)
        complete = ~np.isnan(trajectories.values).any(axis=1)
        out = np.full(trajectories.values.shape, np.nan)
        out[complete] = self._free_run(trajectories.values[complete], 1)[:, 0]
        return trajectories.like_input(out)

    def forecast(self, X, n_steps):
        """Go on after the last row of X (of each trajectory).

        Parameters
        ----------
        X : array-like or DataFrame of shape (n_samples, n_features), list of such, or 3-D array
            The last row must not hold NaN.
        n_steps : int
            Rows to forecast, at least 1.

        Returns
        -------
        ndarray of shape (n_steps, n_features), or (n_trajectories, n_steps, n_features)
            The latter for a list or a 3-D array.
        """
        check_is_fitted(self)
        check_int(n_steps, "n_steps", 1, advice=_N_STEPS)
        trajectories = as_trajectories(X, estimator=self)
        runs = self._free_run(trajectories.last_rows(), n_steps)
        return runs[0] if trajectories.kind == "array" else runs

    def simulate(self, x0, n_steps):
        """Free run from one or several rows.

        Parameters
        ----------
        x0 : array-like of shape (n_features,) or (n_ic, n_features)
            Rows to start from; they are not part of the result.
        n_steps : int
            Steps to run, at least 1.

        Returns
        -------
        ndarray of shape (n_steps, n_features) or (n_ic, n_steps, n_features)
            In the units of X.

        Warns
        -----
        ReconstructionWarning
            If a run overflows; it is infinite or NaN from there on.
        """
        check_is_fitted(self)
        check_int(n_steps, "n_steps", 1, advice=_N_STEPS)
        single = np.ndim(x0) == 1
        rows = check_rows(np.atleast_2d(np.asarray(x0)), name="x0")
        if rows.shape[1] != self.n_features_in_:
            raise ValueError(
                f"x0 has {rows.shape[1]} columns and the model was fitted on "
                f"{self.n_features_in_}. Give complete rows of X."
            )
        if np.isnan(rows).any():
            raise ValueError(
                "x0 holds NaN, so there is no state to start from. Give rows without gaps."
            )
        runs = self._free_run(rows, n_steps)
        return runs[0] if single else runs

    def _free_run(self, rows, n_steps, warn=True):
        """Run from rows in the units of X: (n_ic, n_steps, n_features)."""
        canonical, observation = self._model()
        states = observation.infer((rows - self.mean_) / self.scale_)
        with np.errstate(over="ignore", invalid="ignore"):  # one warning below stands for all
            runs = observation.observe(canonical.simulate(states, n_steps))
            runs = runs * self.scale_ + self.mean_
        finite = np.isfinite(runs).all(axis=(0, 2))
        if warn and not finite.all():
            warnings.warn(
                f"The free run diverged at step {int(np.argmin(finite)) + 1} of {n_steps}: values "
                "from there on are not finite. Start nearer to the training data, or fit with "
                "clipped=True, more candidates (n_init) or a lower learning_rate_init.",
                ReconstructionWarning,
                stacklevel=3,
            )
        return runs

    def score(self, X, y=None, *, sample_weight=None):
        """Mean R^2 of the forecasts 1 to `score_horizon` steps ahead from every row.

        R^2 of one step is near 1 even for a model that dies at a point; longer horizons tell more,
        and a free run most: choose models with the scorers of `sklearn_dsr.model_selection`.

        Parameters
        ----------
        X : array-like or DataFrame of shape (n_samples, n_features), list of such, or 3-D array
        y : None
            Ignored.
        sample_weight : array-like of shape (n_samples,), default=None
            Weight of each row as a start; rows of several trajectories one after the other.

        Returns
        -------
        float
            In [-1e6, 1]: the mean over horizons and columns. A column and horizon whose R^2 is
            below -1e6 or not finite counts as -1e6.

        Raises
        ------
        ValueError
            If no row has a successor.
        """
        check_is_fitted(self)
        trajectories = as_trajectories(X, estimator=self)

        def forecasts(rows, n_steps):
            return self._free_run(rows, n_steps, warn=False)  # the score counts it

        return forecast_r2(trajectories, forecasts, self.score_horizon, self.scale_, sample_weight)

    def jacobian(self, X):
        """Jacobians of the latent map at the rows of X.

        Parameters
        ----------
        X : array-like or DataFrame of shape (n_samples, n_features), list of such, or 3-D array

        Returns
        -------
        ndarray of shape (n_samples, latent_dim_, latent_dim_), list of such, or 4-D array
            In standardised latent units; with the identity observation, entry (i, j) times
            scale_[i] / scale_[j] is in the units of X. NaN for a row that holds NaN.
        """
        check_is_fitted(self)
        trajectories = as_trajectories(X, estimator=self)
        rows = trajectories.values
        canonical, observation = self._model()
        complete = ~np.isnan(rows).any(axis=1)
        out = np.full((len(rows), self.latent_dim_, self.latent_dim_), np.nan)
        states = observation.infer((rows[complete] - self.mean_) / self.scale_)
        out[complete] = canonical.jacobian(states)
        return trajectories.like_input(out)


def _cast(rows, dtype):
    """Rows in the precision of the training; what is too large becomes infinite, and diverges."""
    with np.errstate(over="ignore"):
        return rows.astype(dtype, copy=False)
