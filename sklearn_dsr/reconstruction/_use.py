"""What a fitted reconstructor does: predict, forecast, simulate, score and jacobian."""

from abc import ABCMeta

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted

from .._frames import like_frames
from .._free_runs import warn_of
from .._recipe import RECIPE
from .._training._problem import model_of
from .._trajectories import as_trajectories
from .._validation import check_inputs, check_int, check_rows
from ._scoring import forecast_r2
from ._start import at_rest
from ._system import System

_N_STEPS = "It is the number of rows to return."


class FittedReconstructor(BaseEstimator, metaclass=ABCMeta):
    """Use of the fitted attributes, the same for all models of the family."""

    def __sklearn_is_fitted__(self):
        return hasattr(self, "outcome_")

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = True  # a row with NaN is a gap
        return tags

    def _read(self, X, n_inputs, reset=False, min_rows=1):
        """Trajectories of X, in which single values may be missing if the parameters say so."""
        return as_trajectories(
            X,
            estimator=self,
            reset=reset,
            min_rows=min_rows,
            mask_inputs=n_inputs if self.missing == "mask" else None,
        )

    def _system(self):
        """Return the fitted model with the units of X."""
        check_is_fitted(self)
        parametrization = self._model_class(**self.architecture_)
        names = [*parametrization.shapes, "B", "L0", "C"]
        arrays = {k: getattr(self, f"{k}_") for k in names if hasattr(self, f"{k}_")}
        n_columns = len(self.mean_) - self.n_inputs_
        model = model_of(parametrization, arrays, n_columns)
        rest = np.where(self._at_rest, self.data_range_[0], np.nan)
        return System(*model, self.mean_, self.scale_, rest)

    @property
    def _at_rest(self):
        """Which columns, inputs left out, did not vary in the fit."""
        return at_rest(*self.data_range_)

    def predict(self, X):
        """One-step forecasts: row i of the result forecasts row i + 1 of X.

        Parameters
        ----------
        X : array-like or DataFrame of shape (n_samples, n_features), list of such, or 3-D array

        Returns
        -------
        ndarray of shape (n_samples, n_features - n_inputs), list of such, or 3-D array
            In the units of X; a gap of X, a row that holds NaN, gives a row of NaN. With
            ``missing="mask"``, a missing value is what the model predicts from the rows before.
        """
        system = self._system()
        trajectories = self._read(X, system.n_inputs)
        values = trajectories.values
        known = np.zeros(len(values), dtype=bool)
        for a, b in zip(trajectories.starts, trajectories.stops, strict=True):
            known[a:b] = True
        missing = np.isnan(values[known]).any()
        states = system.along(trajectories)[known] if missing else system.infer(values[known])
        out = np.full((len(values), system.n_columns), np.nan)
        inputs = values[known, None, system.n_columns :] if system.n_inputs else None
        runs = system.run(states, 1, inputs)
        warn_of(runs)
        out[known] = runs[:, 0]
        return trajectories.like_input(out)

    def forecast(self, X, n_steps, inputs=None):
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

        Returns
        -------
        ndarray of shape (n_steps, n_features - n_inputs), or (n_trajectories, n_steps, ...)
            The latter for a list or a 3-D array. For a pandas DataFrame a DataFrame, whose index
            goes on; for a list of them a list.

        Raises
        ------
        ValueError
            If X ends in a gap, `n_steps` is below 1, or inputs are missing, short or not wanted.

        Warns
        -----
        ReconstructionWarning
            If the run overflows, or leaves the range of the training data by more than its width.
        """
        system = self._system()
        check_int(n_steps, "n_steps", 1, advice=_N_STEPS)
        trajectories = self._read(X, system.n_inputs)
        last = trajectories.last_rows()
        single = trajectories.kind == "array"
        given = check_inputs(inputs, system.n_inputs, len(last), n_steps - 1, single)
        if given is not None:
            given = np.concatenate([last[:, None, system.n_columns :], given], axis=1)
        states, _ = system.last_states(trajectories)
        runs = system.run(states, n_steps, given)
        warn_of(runs, self.data_range_)
        return like_frames(X, runs[0] if single else runs)

    def simulate(self, x0, n_steps, inputs=None):
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

        Returns
        -------
        ndarray of shape (n_steps, n_features - n_inputs) or (n_ic, n_steps, n_features - n_inputs)
            In the units of X.

        Raises
        ------
        ValueError
            If `x0` is not numeric, not finite, of a wrong width or of other columns, `n_steps` is
            below 1, or inputs are missing, short or not wanted.

        Warns
        -----
        ReconstructionWarning
            If a run overflows (it is infinite or NaN from there on), or leaves the range of the
            training data by more than its width.
        """
        system = self._system()
        check_int(n_steps, "n_steps", 1, advice=_N_STEPS)
        single = np.ndim(x0) == 1
        self._check_names(x0, system.n_columns)
        rows = check_rows(np.atleast_2d(np.asarray(x0)), name="x0")
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
        runs = system.run(system.infer(rows), n_steps, inputs)
        warn_of(runs, self.data_range_)
        return runs[0] if single else runs

    def _check_names(self, x0, n_columns):
        """Raise if x0 is a frame, or a row of one, of other columns than X or in another order."""
        known = list(getattr(self, "feature_names_in_", ()))
        given = getattr(x0, "columns", getattr(x0, "index", None))
        if not known or given is None or callable(given):
            return
        if all(isinstance(name, str) for name in given) and list(given) not in (
            known,
            known[:n_columns],
        ):
            raise ValueError(
                f"x0 has the columns {', '.join(given)}, and the model was fitted on "
                f"{', '.join(known)}. Give the same columns in this order."
            )

    def smooth(self, X):
        """Rows of X without most of their noise: what the model makes of those before and after.

        An extended Kalman smoother along the model, exact within a linear region. It assumes noise
        of equal size in all columns, in the units of `scale_`; how large it is beside
        the errors of the model is chosen by one-step errors on X. Rows without noise stay nearly
        what they are, and missing values are filled.

        Parameters
        ----------
        X : array-like or DataFrame of shape (n_samples, n_features), list of such, or 3-D array

        Returns
        -------
        ndarray of shape (n_samples, n_features - n_inputs), list of such, or 3-D array
            In the units of X; a gap gives a row of NaN.

        Raises
        ------
        ValueError
            If the model overflows along X.
        """
        system = self._system()
        trajectories = self._read(X, system.n_inputs)
        rows = system.smooth(trajectories)
        known = np.concatenate([rows[:0], *trajectories.with_values(rows).segments()])
        if not np.isfinite(known).all():
            raise ValueError(
                "The model overflows along X, so it cannot smooth it. Give rows near the training "
                "data, or fit with clipped=True."
            )
        return trajectories.like_input(rows)

    def score(self, X, y=None, *, sample_weight=None):
        """Mean R^2 of the forecasts 1 to 20 steps ahead from every row.

        R^2 of one step is near 1 even for a model that dies at a point; longer horizons tell more,
        and a free run most: choose models with the scorers of `sklearn_dsr.model_selection`.

        Parameters
        ----------
        X : array-like or DataFrame of shape (n_samples, n_features), list of such, or 3-D array
            External inputs are taken from X. Missing values count neither for nor against.
        y : None
            Ignored.
        sample_weight : array-like of shape (n_samples,), default=None
            Weight of each row as a start; rows of several trajectories one after the other.

        Returns
        -------
        float
            In [-1e6, 1]: the mean over horizons and columns. A column and horizon whose R^2 is
            below -1e6 or not finite counts as -1e6; one at rest in the fit takes no part.

        Raises
        ------
        ValueError
            If no row has a successor.
        """
        check_is_fitted(self)
        trajectories, N = self._read(X, self.n_inputs_), len(self.mean_) - self.n_inputs_
        moving, along = ~self._at_rest, self._forecasts_along(trajectories)
        columns = trajectories.with_values(trajectories.values[:, :N][:, moving])
        scale = self.scale_[:N][moving]

        def forecasts(*span):
            return along(*span)[..., moving]

        return forecast_r2(columns, forecasts, RECIPE.horizon, scale, sample_weight)

    def _forecasts_along(self, trajectories):
        """Function (start, stop, n_steps) -> forecasts (stop - start, n_steps, N) from rows.

        Hidden units and missing values settle along the trajectories, in the units of X.
        """
        system = self._system()
        states = system.along(trajectories)
        inputs = np.nan_to_num(trajectories.values[:, system.n_columns :])

        def forecasts(start, stop, n_steps):
            given = None
            if system.n_inputs:  # the last ones go on to rows that are not compared
                at = np.arange(start, stop)[:, None] + np.arange(n_steps)
                given = inputs[np.minimum(at, len(inputs) - 1)]
            return system.run(states[start:stop], n_steps, given)

        return forecasts

    def jacobian(self, X):
        """Jacobians of the latent map at the rows of X.

        Parameters
        ----------
        X : array-like or DataFrame of shape (n_samples, n_features), list of such, or 3-D array

        Returns
        -------
        ndarray of shape (n_samples, latent_dim_, latent_dim_), list of such, or 4-D array
            In standardised latent units; with the identity observation, entry (i, j) times
            scale_[i] / scale_[j] is in the units of X. NaN in gaps.
        """
        system = self._system()
        trajectories = self._read(X, system.n_inputs)
        states = system.along(trajectories)
        known = ~np.isnan(states).any(axis=1)
        out = np.full((len(states), self.latent_dim_, self.latent_dim_), np.nan)
        out[known] = system.canonical.jacobian(states[known])
        return trajectories.like_input(out)
