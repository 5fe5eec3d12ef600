"""Fitted model behind transformers: its rows for X, and its runs in the units of X."""

import warnings
from dataclasses import replace

import numpy as np

from .._data.time_axis import check_times
from .._data.trajectories import as_trajectories
from ..exceptions import ReconstructionWarning
from .past import Past, as_many, flat_steps, unnamed_columns, usable
from .protocol import PackageReconstructor
from .states import aligned_states, check_inputs_apart, context_length
from .unwrap import unwrap


class OriginalCoordinates:
    """Fitted model that takes X and runs freely in the units of X.

    Parameters
    ----------
    estimator : reconstructor, Pipeline that ends in one, or fitted search
        See :func:`sklearn_dsr._coordinates.unwrap.unwrap`.

    Attributes
    ----------
    dt : float
        Time between two rows, 1.0 if the reconstructor has no `dt`.
    n_inputs : int
        Number K of external inputs of the reconstructor.
    """

    def __init__(self, estimator):
        self.transformer, self.reconstructor = unwrap(estimator)
        self.dt = float(getattr(self.reconstructor, "dt", 1.0))
        self.n_inputs = getattr(self.reconstructor, "n_inputs_", 0)

    def read(self, X, context=1, mask=False):
        """Trajectories of X, and the same rows in the coordinates of the model.

        Parameters
        ----------
        X : array-like or DataFrame of shape (n_samples, n_features), list of such, or 3-D array
        context : int, default=1
            Rows after a gap up to the first row of a segment, this one included.
        mask : bool, default=False
            Whether single missing values are no gaps if the model accepts them.

        Returns
        -------
        original : Trajectories
            Trajectories of X.
        rows : Trajectories
            Rows of equal number in model coordinates, NaN if unknown. A segment begins with the
            first complete row.

        Raises
        ------
        ValueError
            As in `states`, or if the times of a DataFrame run backwards.
        """
        check_times(X)
        mask_inputs = self.mask_inputs if mask else None
        original = as_trajectories(X, mask_inputs=mask_inputs)
        states, spans = self.states(X, original), []
        # Piece by piece, because an array does not know the jumps of a DataFrame.
        for a, b in zip(original.starts, original.stops, strict=True):
            known = as_trajectories(states[a:b], mask_inputs=mask_inputs)
            starts = np.maximum(known.starts, context - 1)
            pairs = zip(a + starts, a + known.stops, strict=True)
            spans += [(first, last) for first, last in pairs if first < last]
        starts, stops = np.array(spans, dtype=np.int64).reshape(-1, 2).T
        return original, replace(original, values=states, starts=starts, stops=stops)

    @property
    def is_of_package(self):
        """Whether the reconstructor keeps the promises of `PackageReconstructor`."""
        return isinstance(self.reconstructor, PackageReconstructor)

    def trajectories(self, X):
        """`Trajectories` of X; of an estimator without transformers with the columns of the fit."""
        if self.transformer is None and self.is_of_package:
            return self.reconstructor._read(X)
        return as_trajectories(X, mask_inputs=self.mask_inputs)

    @property
    def context_length(self):
        """Number of rows of X that one state needs."""
        return context_length(self.transformer)

    @property
    def needs_past(self):
        """Whether the inverse of a step needs the rows before (`inverse_forecast`)."""
        return any(hasattr(step, "inverse_forecast") for step in flat_steps(self.transformer))

    def past(self, X):
        """Rows of X that the inverse of the steps needs."""
        return Past(self.transformer, X)

    @property
    def mask_inputs(self):
        """Argument `mask_inputs` of `as_trajectories` for X."""
        return self.model_mask if self.context_length == 1 else None

    @property
    def model_mask(self):
        """Argument `mask_inputs` of `as_trajectories` for the rows of the model."""
        takes_them = getattr(self.reconstructor, "missing", None) == "mask"
        return self.n_inputs if takes_them else None

    def states(self, X, original):
        """Rows of X in model coordinates, NaN if unknown; `original` are its trajectories.

        Raises
        ------
        ValueError
            If the transformers dropped rows of a trajectory with gaps, or changed the number of
            columns although the last ones are external inputs.
        """
        if self.transformer is None:
            return original.values
        states = aligned_states(self.transformer, X, original)
        if self.n_inputs:
            by_row = self.context_length == 1 and not self.needs_past
            check_inputs_apart(self.transformer, states, original, self.n_inputs, by_row)
        return states

    def scale_inputs(self, inputs, rows):
        """Inputs (n, n_steps, K) in model coordinates, next to columns of rows (n, n_features)."""
        if self.transformer is None:
            return inputs
        K, n_steps = self.n_inputs, inputs.shape[1]
        beside = np.repeat(rows[:, None, :-K], n_steps, axis=1)
        whole = np.concatenate([beside, inputs], axis=2).reshape(-1, rows.shape[1])
        if len(whole) == 0:
            return inputs
        with unnamed_columns():
            scaled = np.asarray(self.transformer.transform(whole))
        return scaled[:, -K:].reshape(inputs.shape)

    def simulate(self, states, n_steps, n_features, inputs=None, origins=None, noise=False):
        """Free runs from states of the model, in the units of X.

        Parameters
        ----------
        states : ndarray of shape (n_starts, n_model_features)
            Start of each run.
        n_steps : int
            Steps to run; the first row is one step after the start.
        n_features : int
            Columns of X without external inputs.
        inputs : ndarray of shape (n_starts, n_steps + 1, K), default=None
            External inputs from the start on.
        origins : Origins, default=None
            Rows of X that belong to the states; see `inverse`.
        noise : bool, default=False
            Whether the `process_noise_` of the reconstructor drives the runs, always the same.

        Returns
        -------
        ndarray of shape (n_starts, n_steps, n_features)
            NaN in rows that are not finite or beyond 1e100.
        """
        given = {} if inputs is None else {"inputs": inputs[:, :-1]}
        if noise:
            given |= {"noise": True, "random_state": 0}
        # Divergence is a normal result here, and the scorer reports it once.
        with np.errstate(all="ignore"), warnings.catch_warnings():
            warnings.simplefilter("ignore", ReconstructionWarning)
            warnings.simplefilter("ignore", RuntimeWarning)
            runs = np.asarray(self.reconstructor.simulate(states, n_steps, **given), dtype=float)
        given = None if inputs is None else inputs[:, 1:]
        return self.inverse(runs, n_features, given, origins)

    @property
    def driven(self):
        """Whether noise drives the free runs that `outcome_` of the reconstructor describes."""
        return bool(getattr(self.reconstructor, "driven_", False))

    def forecasts_along(self, rows, n_features, past):
        """Forecasts from every row of a series, in the units of X.

        Hidden units and missing values follow from the rows before.

        Parameters
        ----------
        rows : Trajectories
            Rows as `read` returns them.
        n_features : int
            Columns of X without external inputs.
        past : Past
            Past of the same rows.

        Returns
        -------
        callable (start, stop, n_steps) -> ndarray (stop - start, n_steps, n_features)
        """
        values = np.nan_to_num(rows.values)

        def inputs(start, stop, n_steps):
            if not self.n_inputs:
                return None  # the last ones go on to rows that are not compared
            at = np.arange(start, stop)[:, None] + np.arange(n_steps + 1)
            return values[np.minimum(at, len(values) - 1), values.shape[1] - self.n_inputs :]

        if not self.is_of_package:
            return lambda start, stop, n_steps: self.simulate(
                values[start:stop],
                n_steps,
                n_features,
                inputs(start, stop, n_steps),
                past.at(np.arange(start, stop)),
            )
        forecasts = self.reconstructor._forecasts_along(rows)

        def in_units(start, stop, n_steps):
            given = inputs(start, stop, n_steps)
            runs = forecasts(start, stop, n_steps)
            given = None if given is None else given[:, 1:]
            return self.inverse(runs, n_features, given, past.at(np.arange(start, stop)))

        return in_units

    def inverse(self, runs, n_features, inputs=None, origins=None):
        """Runs of the model (n, n_steps, n_model_columns) in the coordinates of X.

        Parameters
        ----------
        runs : ndarray of shape (n, n_steps, n_model_columns)
        n_features : int
            Columns of X without external inputs.
        inputs : ndarray of shape (n, n_steps, K), default=None
            External inputs of the same rows, in model coordinates.
        origins : Origins, default=None
            Rows of X after which the runs begin; not needed if each step inverts row by row.

        Returns
        -------
        ndarray of shape (n, n_steps, n_features)
            NaN in rows that are not finite or beyond 1e100.
        """
        if inputs is not None:
            runs = np.concatenate([runs, inputs], axis=2)
        if self.needs_past:
            out = origins.inverse(runs)[:, :, :n_features].reshape(-1, n_features)
            out[~usable(out)] = np.nan
            return out.reshape(*runs.shape[:2], n_features)
        rows = runs.reshape(-1, runs.shape[2])
        finite = usable(rows)
        out = np.full((len(rows), n_features), np.nan)
        if np.any(finite):
            inverse = rows[finite]
            if self.transformer is not None:
                with unnamed_columns():
                    inverse = self.transformer.inverse_transform(inverse)
                # With several steps it is unknown which one is wrong.
                steps = flat_steps(self.transformer)
                step = steps[0] if len(steps) == 1 else self.transformer
                inverse = as_many(inverse, step, finite.sum())
            out[finite] = inverse[:, :n_features]
        out[~usable(out)] = np.nan
        return out.reshape(*runs.shape[:2], n_features)

    def inverse_rows(self, rows):
        """Rows (n, n_model_columns) in the coordinates of X, each from its own row only.

        If a step needs the rows before, the result is in the coordinates behind this step, because
        a difference has no place in X.
        """
        for step in reversed(flat_steps(self.transformer)):
            if hasattr(step, "inverse_forecast"):
                return rows
            with unnamed_columns():
                rows = np.asarray(step.inverse_transform(rows))
        return rows
