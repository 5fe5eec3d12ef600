"""Forecasts and free runs of a fitted reconstructor, with or without noise."""

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
from .._documentation_link import DocumentationLinkMixin
from .._recipe import BUDGET
from .._training._problem import maps_of
from ._noise import Noise
from ._samples import sample_forecasts
from ._start import at_rest
from ._system import System

_N_STEPS = "It is the number of rows to return."


class RunningReconstructor(
    PackageReconstructor, StoredMixin, DocumentationLinkMixin, BaseEstimator
):
    """Free runs of a fitted reconstructor."""

    def __sklearn_is_fitted__(self):
        return hasattr(self, "outcome_")

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = True  # a row that holds a NaN is a gap
        return tags

    def _read(self, X):
        check_is_fitted(self)
        return as_trajectories(X, estimator=self, mask_inputs=self._mask(self.n_inputs_))

    def _learn(self, X, n_inputs):
        """Trajectories of X at the begin of a fit, which sets the names of the columns."""
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
        """Mask (N,) of the columns that were constant in the fit, inputs left out."""
        return at_rest(*self.data_range_)

    def _parametrized(self):
        """Return the fitted model's parametrization and its trained arrays."""
        check_is_fitted(self)
        parametrization = self._parametrization(**self.architecture_)
        names = [*parametrization.shapes, "B", "L0", "C"]
        return parametrization, {k: getattr(self, f"{k}_") for k in names if hasattr(self, f"{k}_")}

    def _noise(self, N):
        """Noise that the fit has estimated; no noise before the fit is done."""
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
        """Forecast the rows after the last row of X, for each trajectory.

        The run starts from an estimate of the state at the last row. The estimate uses the rows
        since the last gap, up to 1000 of them. It is more accurate than the last row alone, from
        which :meth:`simulate` starts, if X is noisy, has missing values or the model has hidden
        units.

        Parameters
        ----------
        X : array-like or DataFrame of shape (n_samples, n_features), list of such, or 3-D array
            Rows up to the start of the forecast. The last row must not be a gap.
        n_steps : int
            Number of rows to forecast, at least 1.
        inputs : array-like of shape (n_steps, n_inputs) or (n_trajectories, n_steps, n_inputs), \
default=None
            External inputs at the times of the forecast rows. The last row of inputs may be left
            out, because the inputs in X drive the first step.
        quantiles : sequence of float in [0, 1], default=None
            Quantiles of future measurements, see :meth:`forecast_samples`. They are taken for each
            row and column separately. None returns the run without noise.

        Returns
        -------
        ndarray, DataFrame or list of DataFrame
            Forecast in the units of X, an array of shape (n_steps, n_features - n_inputs), or
            (n_trajectories, n_steps, n_features - n_inputs) for a list or a 3-D array. A pandas
            DataFrame gives a DataFrame whose index continues, a list of them a list. With
            `quantiles` an array has one more axis in front, and DataFrames come in a list with one
            entry per quantile.

        Raises
        ------
        NotFittedError
            If the estimator is not fitted.
        ValueError
            If X is not valid, ends in a gap or has times that run backwards; if `n_steps` is below
            1 or a quantile is outside [0, 1]; or if `inputs` are missing, too short, or given to a
            model without inputs.

        Warns
        -----
        ReconstructionWarning
            If the run overflows, or leaves the range of the training data by more than the width
            of this range.

        See Also
        --------
        simulate : Free run from given rows.
        sklearn_dsr.pipeline.forecast : Forecast of a plain pipeline, in the units of its X.
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
        """Draw possible future measurements after the last row of X, for each trajectory.

        Each sample is a free run with noise. It starts from a draw of the state, with the mean and
        covariance that an extended Kalman filter has at the last row of X. Draws of
        `process_noise_` drive it, and draws of `observation_noise_` are added to its rows.
        `forecast_spread_` scales the spread of the samples about their median. The same call
        returns the same samples. External inputs count as exact.

        Parameters
        ----------
        X, n_steps, inputs : array-like, int, array-like
            As in :meth:`forecast`, with the same errors.

        Returns
        -------
        ndarray of shape (n_draws, n_steps, n_features - n_inputs), or \
(n_draws, n_trajectories, n_steps, n_features - n_inputs)
            ``n_draws = 400`` samples in the units of X. The second shape is for a list or a 3-D
            array. A sample that diverges is not finite from there on.
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
        """Run the model freely from one or several rows.

        Parameters
        ----------
        x0 : array-like of shape (n_features - n_inputs,) or (n_ic, n_features - n_inputs)
            Rows to start from, in the units of X. They are not part of the result. Complete rows of
            X are accepted as well; their inputs are not used.
        n_steps : int
            Number of steps, at least 1.
        inputs : array-like of shape (n_steps, n_inputs) or (n_ic, n_steps, n_inputs), default=None
            External inputs. Row k acts in the step from k to k + 1, and row 0 is at the time of
            `x0`.
        noise : bool, default=False
            Whether `process_noise_` drives the run. Without it the run is deterministic, as in the
            functions of :mod:`sklearn_dsr.dynamics`. Measurement noise is not added: for that, add
            normal draws times `observation_noise_`.
        random_state : int, RandomState, Generator or None, default=None
            Seed of the noise. The same int gives the same bits.

        Returns
        -------
        ndarray of shape (n_steps, n_features - n_inputs) or (n_ic, n_steps, n_features - n_inputs)
            Free run in the units of X.

        Raises
        ------
        NotFittedError
            If the estimator is not fitted.
        ValueError
            If `x0` is not numeric, not finite, or has another number, names or order of columns
            than X; if `n_steps` is below 1; or if `inputs` are missing, too short, or given to a
            model without inputs.
        TypeError
            If `noise` is not a bool.

        Warns
        -----
        ReconstructionWarning
            If a run overflows (it is infinite or NaN from there on), or leaves the range of the
            training data by more than the width of this range.

        See Also
        --------
        forecast : Rows after the last row of X, from an estimate of its state.
        sklearn_dsr.pipeline.simulate : Free run of a plain pipeline, in the units of its X.
        """
        system = self._system()
        check_int(n_steps, "n_steps", 1, advice=_N_STEPS)
        if not isinstance(noise, bool | np.bool_):
            raise TypeError(
                f"noise must be True or False; got {noise!r}. With True the estimated "
                "process_noise_ drives the run."
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
