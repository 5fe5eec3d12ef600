"""A fitted model behind transformers: from X to its coordinates, and back from its runs."""

import warnings
from dataclasses import replace

import numpy as np
from sklearn.pipeline import Pipeline

from .._data.masks import filled
from .._data.time_axis import TimeAxis, check_times
from .._data.trajectories import as_trajectories, is_many
from ..exceptions import ReconstructionWarning
from .past import Past, as_many, flat_steps, unnamed_columns, usable
from .protocol import PackageReconstructor
from .unwrap import unwrap


class OriginalCoordinates:
    """A fitted model that takes X and runs freely in the coordinates of X.

    Parameters
    ----------
    estimator : reconstructor, Pipeline that ends in one, or fitted search
        See :func:`sklearn_dsr._coordinates.unwrap.unwrap`.

    Attributes
    ----------
    dt : float
        Time between two rows, 1.0 if the reconstructor has no `dt`.
    n_inputs : int
        External inputs K of the reconstructor.
    """

    def __init__(self, estimator):
        self.transformer, self.reconstructor = unwrap(estimator)
        self.dt = float(getattr(self.reconstructor, "dt", 1.0))
        self.n_inputs = getattr(self.reconstructor, "n_inputs_", 0)

    def read(self, X, context=1, mask=False):
        """X, and the same rows as the reconstructor sees them.

        Parameters
        ----------
        X : array-like or DataFrame of shape (n_samples, n_features), list of such, or 3-D array
        context : int, default=1
            A segment begins at the row of this number behind a gap, at the earliest.
        mask : bool, default=False
            Whether single missing values stay what they are, where the model takes them, and are
            no gaps.

        Returns
        -------
        original : Trajectories
            X.
        rows : Trajectories
            Of as many rows, in model coordinates; NaN where a state is unknown. Its segments are
            those of X from the first complete state on.

        Raises
        ------
        ValueError
            As `states`, or if the times of a frame run backwards.
        """
        check_times(X)
        mask_inputs = self.mask_inputs if mask else None
        original = as_trajectories(X, mask_inputs=mask_inputs)
        states, spans = self.states(X, original), []
        # Every gap-free piece of X on its own: arrays after a frame no longer know its jumps.
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
        """Rows of X that the transformers need for one state."""
        return _context_length(self.transformer)

    @property
    def needs_past(self):
        """Whether a step brings runs back by the rows before them (`inverse_forecast`)."""
        return any(hasattr(step, "inverse_forecast") for step in flat_steps(self.transformer))

    def past(self, X):
        """Rows of X, from which runs are brought back."""
        return Past(self.transformer, X)

    @property
    def mask_inputs(self):
        """Whether single missing values of X reach the model; see `as_trajectories`."""
        return self.model_mask if self.context_length == 1 else None

    @property
    def model_mask(self):
        """Whether the model takes single missing values of its rows; see `as_trajectories`."""
        takes_them = getattr(self.reconstructor, "missing", None) == "mask"
        return self.n_inputs if takes_them else None

    def states(self, X, original):
        """Model coordinates of every row of X, whose trajectories are `original`; NaN if unknown.

        Raises
        ------
        ValueError
            If the transformers dropped rows of a trajectory that holds gaps, so that the rows left
            cannot be told, or changed the number of columns although the last ones are inputs.
        """
        states = self._aligned_states(X, original)
        if self.n_inputs and self.transformer is not None:
            self._check_inputs_apart(states, original)
        return states

    def _check_inputs_apart(self, states, original):
        """Raise if the last columns of the states are not the external inputs of X, transformed."""
        advice = (
            f"so it is unknown which ones of X are the {self.n_inputs} external inputs. Use "
            "transformers that keep the columns, or transform X before the pipeline."
        )
        n, n_made = original.values.shape[1], states.shape[1]
        if n_made != n:
            raise ValueError(f"The transformers made {n_made} columns of {n}, {advice}")
        known = original.values[~np.isnan(original.values).any(axis=1)]
        if len(known) == 0:
            return
        # The same inputs beside the other columns of rows far apart.
        probe = np.repeat(known[:1], 2, axis=0)
        probe[1, : n - self.n_inputs] = known[len(known) // 2, : n - self.n_inputs]
        with unnamed_columns():
            one, two = np.asarray(self.transformer.transform(probe))[:, n - self.n_inputs :]
        same = np.allclose(one, two, rtol=1e-6, equal_nan=True)
        if self.needs_past or self.context_length > 1 or not same:
            raise ValueError(f"The transformers mix the columns of X, {advice}")

    def _aligned_states(self, X, original):
        if self.transformer is None:
            return original.values
        parts, borders = _between_jumps(X)
        owner = np.searchsorted(borders, original.starts, side="right") - 1
        longest = np.zeros(len(parts), dtype=np.int64)
        np.maximum.at(longest, owner, original.stops - original.starts)
        # Embeddings refuse a part that is too short; its states are unknown. If all are, ask.
        enough = longest >= min(self.context_length, longest.max())
        transform = self.transformer.transform  # each by itself: few transformers take a list
        made = as_trajectories([transform(parts[k]) for k in np.flatnonzero(enough)])
        rows_of = iter(made.pieces())
        states = []
        for k, given in enumerate(np.split(original.values, borders[1:-1])):
            rows = next(rows_of) if enough[k] else np.empty((0, made.values.shape[1]))
            lost = len(given) - len(rows)
            if lost < 0 or (lost > 0 and enough[k] and np.isnan(given).any()):
                at = np.searchsorted(original.offsets, borders[k], side="right") - 1
                raise ValueError(
                    f"The transformers made {len(rows)} rows of the {len(given)} "
                    f"rows of trajectory {at}, which holds gaps, so it is unknown which rows they "
                    'are. Use DelayEmbedding(boundary="nan"), which keeps all rows.'
                )
            # Without gaps, the rows dropped are the incomplete ones at the start.
            states.append(np.concatenate([np.full((lost, rows.shape[1]), np.nan), rows]))
        return np.concatenate(states)

    def scale_inputs(self, inputs, rows):
        """Inputs (n, n_steps, K) in model coordinates; rows (n, n_features) of X stand beside."""
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

    def simulate(self, states, n_steps, n_features, inputs=None, origins=None):
        """Free runs from model states, in the coordinates of X.

        Parameters
        ----------
        states : ndarray of shape (n_starts, n_model_features)
            Where to start.
        n_steps : int
            Steps to run; the first row is one step after the start.
        n_features : int
            Columns of X without external inputs.
        inputs : ndarray of shape (n_starts, n_steps + 1, K), default=None
            External inputs from the start on.
        origins : Origins, default=None
            Rows of X that the states are of; see `inverse`.

        Returns
        -------
        ndarray of shape (n_starts, n_steps, n_features)
            NaN in rows that are not finite or beyond 1e100.
        """
        given = {} if inputs is None else {"inputs": inputs[:, :-1]}
        # A candidate that diverges is an ordinary result here; the scorer reports it once.
        with np.errstate(all="ignore"), warnings.catch_warnings():
            warnings.simplefilter("ignore", ReconstructionWarning)
            warnings.simplefilter("ignore", RuntimeWarning)
            runs = np.asarray(self.reconstructor.simulate(states, n_steps, **given), dtype=float)
        given = None if inputs is None else inputs[:, 1:]
        return self.inverse(runs, n_features, given, origins)

    def forecasts_along(self, rows, n_features, past):
        """Forecasts from every row of a series, in the units of X.

        Hidden units and missing values settle along the series, as in the reconstructor's `score`.

        Parameters
        ----------
        rows : Trajectories
            As `read` returns them.
        n_features : int
            Columns of X without external inputs.
        past : Past
            Of the same rows.

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
            Rows of X behind which the runs begin; not needed if every step has an inverse by row.

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
                # Of several steps it is not known which one; of one it is.
                steps = flat_steps(self.transformer)
                step = steps[0] if len(steps) == 1 else self.transformer
                inverse = as_many(inverse, step, finite.sum())
            out[finite] = inverse[:, :n_features]
        out[~usable(out)] = np.nan
        return out.reshape(*runs.shape[:2], n_features)

    def inverse_rows(self, rows):
        """Rows (n, n_model_columns) on their own in the coordinates of X.

        Those of the last step that needs the rows before, if there is one: differences have no
        place in X.
        """
        for step in reversed(flat_steps(self.transformer)):
            if hasattr(step, "inverse_forecast"):
                return rows
            with unnamed_columns():
                rows = np.asarray(step.inverse_transform(rows))
        return rows


def _between_jumps(X):
    """Trajectories of X, frames cut where their index jumps, and the borders of their rows.

    Steps that return arrays hide a jump from an embedding behind them.
    """
    parts, X = [], filled(X)
    for part in X if is_many(X) else [X]:
        cuts = TimeAxis.of(part).cuts
        edges = zip([0, *cuts], [*cuts, len(part)], strict=True)
        parts += [part.iloc[a:b] for a, b in edges] if len(cuts) else [part]
    return parts, np.cumsum([0, *map(len, parts)])


def _context_length(step):
    if isinstance(step, Pipeline):
        return 1 + sum(_context_length(inner) - 1 for _, inner in step.steps)
    return getattr(step, "context_length_", 1)
