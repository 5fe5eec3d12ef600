"""Forecasts and free runs of a fitted reconstructor, with noise or without."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted

from .._coordinates.free_runs import warn_of
from .._coordinates.protocol import PackageReconstructor
from .._coordinates.quantiles import checked_quantiles, framed_quantiles, sample_quantiles
from .._data.frames import like_frames
from .._data.masks import filled
from .._data.stored import StoredMixin
from .._data.time_axis import warn_of_times
from .._data.trajectories import as_trajectories
from .._data.types import Floats, Forecast, Seed
from .._data.validation import check_inputs, check_int, check_random_generator, check_rows
from .._recipe import BUDGET
from .._training._problem import maps_of
from ._noise import Noise
from ._samples import sample_forecasts
from ._start import at_rest
from ._system import System

_N_STEPS = "It is the number of rows to return."


class RunningReconstructor(PackageReconstructor, StoredMixin, BaseEstimator):
    """Runs of the fitted model."""

    def __sklearn_is_fitted__(self):
        return hasattr(self, "outcome_")

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = True  # a row with NaN is a gap
        return tags

    def _read(self, X):
        check_is_fitted(self)
        return as_trajectories(X, estimator=self, mask_inputs=self._mask(self.n_inputs_))

    def _learn(self, X, n_inputs):
        """Trajectories of X at the begin of a fit, which learns its columns."""
        trajectories = as_trajectories(
            X, estimator=self, reset=True, min_rows=2, mask_inputs=self._mask(n_inputs)
        )
        warn_of_times(X)
        return trajectories

    def _mask(self, n_inputs):
        """Columns that must be complete, if single values of the others may be missing."""
        return n_inputs if self.missing == "mask" else None

    def _system(self):
        parametrization, arrays = self._parametrized()
        N = len(self.mean_) - self.n_inputs_
        maps = maps_of(parametrization, arrays, N)
        rest = np.where(self._at_rest, self.data_range_[0], np.nan)
        return System(*maps, self.mean_, self.scale_, rest, self._noise(N))

    @property
    def _at_rest(self):
        """Which columns, inputs left out, did not vary in the fit."""
        return at_rest(*self.data_range_)

    def _parametrized(self):
        """Return the fitted model's parametrization and its trained arrays."""
        check_is_fitted(self)
        parametrization = self._parametrization(**self.architecture_)
        names = [*parametrization.shapes, "B", "L0", "C"]
        return parametrization, {k: getattr(self, f"{k}_") for k in names if hasattr(self, f"{k}_")}

    def _noise(self, N):
        """Noise as it was estimated at the end of the fit; none in the midst of one."""
        if not hasattr(self, "process_noise_"):
            M = self.latent_dim_
            return Noise(np.zeros((M, M)), np.zeros(N), np.ones(1))
        variances = (self.observation_noise_ / self.scale_[:N]) ** 2
        return Noise(self.process_noise_, variances, self.forecast_spread_)

    def forecast(
        self,
        X: ArrayLike,
        n_steps: int,
        inputs: ArrayLike | None = None,
        *,
        quantiles: ArrayLike | None = None,
    ) -> Forecast:
        """Go on after the last row of X (of each trajectory).

        The run starts from an estimate of the state that uses up to 1000 rows: those without a gap
        before the last one. The more noise they carry, the more that is better than the last row
        by itself, from which `simulate` starts; hidden units and missing values settle, too.

        Parameters
        ----------
        X : array-like or DataFrame of shape (n_samples, n_features), list of such, or 3-D array
            The last row must not be a gap.
        n_steps : int
            Rows to forecast, at least 1.
        inputs : array-like of shape (n_steps, n_inputs) or (n_trajectories, n_steps, n_inputs), \
default=None
            External inputs at the times of the forecast rows; those of the last one are not needed.
            The first step has those of the last row of X.
        quantiles : sequence of float in [0, 1], default=None
            Which quantiles of measured rows to come, per row and column, see `forecast_samples`.
            None is the run without noise.

        Returns
        -------
        ndarray of shape (n_steps, n_features - n_inputs), or (n_trajectories, n_steps, ...)
            The latter for a list or a 3-D array. For a pandas DataFrame a DataFrame, whose index
            goes on; for a list of them a list. With `quantiles` one more axis in front; with frames
            a list of what there is for each.

        Raises
        ------
        ValueError
            If X ends in a gap, its times run backwards, `n_steps` is below 1, `quantiles` are not
            in [0, 1], or inputs are missing, short or not wanted.

        Warns
        -----
        ReconstructionWarning
            If the run overflows, or leaves the range of the training data by more than its width.
        """
        wanted = None if quantiles is None else checked_quantiles(quantiles)
        trajectories, given = self._ahead(X, n_steps, inputs)
        if wanted is None:
            runs = self._runs_ahead(trajectories, n_steps, given)
            return like_frames(X, runs[0] if trajectories.kind == "array" else runs)
        results = sample_quantiles(self._samples_ahead(trajectories, n_steps, given), wanted)
        warn_of(results, self.data_range_)
        return framed_quantiles(X, results[:, 0] if trajectories.kind == "array" else results)

    def forecast_samples(
        self, X: ArrayLike, n_steps: int, inputs: ArrayLike | None = None
    ) -> Floats:
        """Measured rows that may come after the last row of X (of each trajectory).

        Each is a run from a draw of the state, as a Kalman filter knows it from the rows before,
        driven by draws of `process_noise_`, with draws of `observation_noise_`; their spread is
        widened by `forecast_spread_`. Draws are the same in each call. External inputs are taken
        as exact.

        Parameters
        ----------
        X, n_steps, inputs : array-like, int, array-like
            As in `forecast`, with the same errors.

        Returns
        -------
        ndarray of shape (n, n_steps, n_features - n_inputs), or (n, n_trajectories, n_steps, ...)
            n = 400 trajectories. From where one diverges, not finite.
        """
        trajectories, given = self._ahead(X, n_steps, inputs)
        out = self._samples_ahead(trajectories, n_steps, given)
        return out[:, 0] if trajectories.kind == "array" else out

    def _runs_ahead(self, trajectories, n_steps, inputs):
        system = self._system()
        runs = system.run(system.last_states(trajectories), n_steps, inputs)
        warn_of(runs, self.data_range_)
        return runs

    def _samples_ahead(self, trajectories, n_steps, inputs):
        draws = BUDGET.n_samples, getattr(self, "seed_", 0)
        return sample_forecasts([self._system()], trajectories, n_steps, draws, inputs)

    def _ahead(self, X, n_steps, inputs):
        """Trajectories of X, and inputs (n_trajectories, n_steps, K) of steps from there."""
        check_is_fitted(self)
        check_int(n_steps, "n_steps", 1, advice=_N_STEPS)
        trajectories = self._read(X)
        last, K = trajectories.last_rows(), self.n_inputs_
        given = check_inputs(inputs, K, len(last), n_steps - 1, trajectories.kind == "array")
        if given is not None:
            given = np.concatenate([last[:, None, last.shape[1] - K :], given], axis=1)
        return trajectories, given

    def simulate(
        self,
        x0: ArrayLike,
        n_steps: int,
        inputs: ArrayLike | None = None,
        *,
        noise: bool = False,
        random_state: Seed = None,
    ) -> Floats:
        """Free run from one or several rows.

        Parameters
        ----------
        x0 : array-like of shape (n_features - n_inputs,) or (n_ic, n_features - n_inputs)
            Rows to start from; they are not part of the result. Rows of X with their inputs do
            too, which are not used.
        n_steps : int
            Steps to run, at least 1.
        inputs : array-like of shape (n_steps, n_inputs) or (n_ic, n_steps, n_inputs), default=None
            External inputs: row k acts in the step from k to k + 1, row 0 is at the time of `x0`.
        noise : bool, default=False
            Whether `process_noise_` drives the run. Without, it is that of the deterministic
            skeleton, whose exponents and fixed points the analyses are of. Noise of the measurement
            is in neither: add normal draws times `observation_noise_` for that.
        random_state : int, RandomState, Generator or None, default=None
            Seed of the noise. The same int gives the same bits.

        Returns
        -------
        ndarray of shape (n_steps, n_features - n_inputs) or (n_ic, n_steps, n_features - n_inputs)
            In the units of X.

        Raises
        ------
        ValueError
            If `x0` is not numeric, not finite, of a wrong width or of other columns, `n_steps` is
            below 1, or inputs are missing, short or not wanted.
        TypeError
            If `noise` is no bool.

        Warns
        -----
        ReconstructionWarning
            If a run overflows (it is infinite or NaN from there on), or leaves the range of the
            training data by more than its width.
        """
        system = self._system()
        check_int(n_steps, "n_steps", 1, advice=_N_STEPS)
        if not isinstance(noise, bool | np.bool_):
            raise TypeError(
                f"noise must be True or False; got {noise!r}. True drives the run by process_noise_"
                ", whose size the fit has estimated."
            )
        single = np.ndim(x0) == 1
        self._check_names(x0)
        rows = check_rows(np.atleast_2d(np.asarray(filled(x0))), name="x0")
        if rows.shape[1] not in (system.n_columns, self.n_features_in_):
            raise ValueError(
                f"x0 has {rows.shape[1]} columns and the model was fitted on "
                f"{self.n_features_in_}, {system.n_inputs} of them inputs. Give complete rows of X."
            )
        rows = rows[:, : system.n_columns]
        if np.isnan(rows).any():
            raise ValueError(
                "x0 holds NaN, so there is no state to start from. Give rows without gaps."
            )
        inputs = check_inputs(inputs, system.n_inputs, len(rows), n_steps, single)
        rng = check_random_generator(random_state) if noise else None
        runs = system.run(system.infer(rows), n_steps, inputs, rng)
        warn_of(runs, self.data_range_)
        return runs[0] if single else runs

    def _check_names(self, x0):
        known = list(getattr(self, "feature_names_in_", ()))
        given = getattr(x0, "columns", getattr(x0, "index", None))
        if not known or given is None or callable(given):
            return
        if all(isinstance(name, str) for name in given) and list(given) not in (
            known,
            known[: len(known) - self.n_inputs_],
        ):
            raise ValueError(
                f"x0 has the columns {', '.join(given)}, and the model was fitted on "
                f"{', '.join(known)}. Give the same columns in this order."
            )
