"""A fitted model behind transformers, in the coordinates and units of X: free run and inverse."""

import warnings
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
from sklearn.pipeline import Pipeline

from ._trajectories import as_trajectories, is_many
from ._unwrap import unwrap
from ._validation import LARGEST
from .exceptions import ReconstructionWarning

# Values that one block of n-step forecasts may hold: 32 MB, whatever the length of the data.
_BLOCK = 4_000_000


@dataclass(frozen=True)
class Piece:
    """One gap-free test piece: the same rows in both coordinates.

    Attributes
    ----------
    true : ndarray of shape (n_rows, n_features - K)
        The data in the coordinates and units of X, without external inputs.
    states : ndarray of shape (n_rows, n_model_features)
        The data as the reconstructor sees them; the last K columns are its external inputs.
    """

    true: np.ndarray
    states: np.ndarray

    def cut(self, n):
        """List of n parts of equal length, at least 3 rows each."""
        length = len(self.true) // n
        if length < 3:
            raise ValueError(
                f"A test piece of {len(self.true)} rows cannot be cut in {n} parts of 3 rows or "
                "more. Set n_starts lower, or give longer test pieces."
            )
        return [
            Piece(self.true[k * length : (k + 1) * length], self.states[k * length :][:length])
            for k in range(n)
        ]


class OriginalCoordinates:
    """A fitted model that takes X and runs freely in the coordinates of X.

    Parameters
    ----------
    estimator : reconstructor, Pipeline that ends in one, or fitted search
        See :func:`sklearn_dsr._unwrap.unwrap`.

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

    def pieces(self, X, context=1, min_rows=3):
        """Longest gap-free piece of each trajectory of X, from its first complete row on.

        Parameters
        ----------
        X : array-like or DataFrame of shape (n_samples, n_features), list of such, or 3-D array
            Test data.
        context : int, default=1
            Rows at the start of a piece that end with the start of the free run, at least; the
            transformers may need more.
        min_rows : int, default=3
            Trajectories with fewer rows are left out.

        Returns
        -------
        list of Piece
            At least one.

        Raises
        ------
        ValueError
            If no trajectory has `min_rows` rows, the transformers dropped rows of a trajectory
            that holds gaps, so that the rows left cannot be told, or they changed the number of
            columns although the last ones are external inputs.
        """
        original = as_trajectories(X)
        states = self.states(X, original)
        best = {}
        for first, last in zip(*self.spans(states, original, context), strict=True):
            k = np.searchsorted(original.offsets, first, side="right")
            if last - first > max(min_rows - 1, len(best[k].true) if k in best else 0):
                true = original.values[first:last, : original.values.shape[1] - self.n_inputs]
                best[k] = Piece(true, states[first:last])
        if not best:
            raise ValueError(
                f"No trajectory of X has {min_rows} gap-free rows after its context: the longest "
                f"gap-free piece has {original.longest} rows in all. Give longer test pieces "
                "(fewer folds), or set n_delays or lag lower."
            )
        return list(best.values())

    @staticmethod
    def spans(states, original, context=1):
        """First rows of the pieces of X in which all states are known, and the rows behind them.

        Parameters
        ----------
        states : ndarray of shape (n_rows, n_model_features)
            Of all rows of X.
        original : Trajectories
            X itself.
        context : int, default=1
            A piece begins at the row of this number behind a gap, at the earliest.

        Returns
        -------
        starts, stops : ndarray of shape (n_pieces,)
        """
        spans = []
        # Every gap-free piece of X on its own: arrays after a frame no longer know its jumps.
        for a, b in zip(original.starts, original.stops, strict=True):
            known = as_trajectories(states[a:b])
            starts = np.maximum(known.starts, context - 1)
            pairs = zip(a + starts, a + known.stops, strict=True)
            spans += [(first, last) for first, last in pairs if first < last]
        return np.array(spans, dtype=np.int64).reshape(-1, 2).T

    @property
    def context_length(self):
        """Rows of X that the transformers need for one state."""
        return _context_length(self.transformer)

    @property
    def mask_inputs(self):
        """Whether single missing values of X reach the model; see `as_trajectories`."""
        reads_them = getattr(self.reconstructor, "missing", None) == "mask"
        return self.n_inputs if reads_them and self.context_length == 1 else None

    def states(self, X, original):
        """Model coordinates of every row of X, whose trajectories are `original`; NaN if unknown.

        Raises
        ------
        ValueError
            If the transformers dropped rows of a trajectory that holds gaps, so that the rows left
            cannot be told, or changed the number of columns although the last ones are inputs.
        """
        states = self._aligned_states(X, original)
        if self.n_inputs and states.shape[1] != original.values.shape[1]:
            raise ValueError(
                f"The transformers made {states.shape[1]} columns of {original.values.shape[1]}, "
                f"so it is unknown which ones of X are the {self.n_inputs} external inputs. Use "
                "transformers that keep the columns, or transform X before the pipeline."
            )
        return states

    def _aligned_states(self, X, original):
        if self.transformer is None:
            return original.values
        parts = list(X) if is_many(X) else [X]
        owner = np.searchsorted(original.offsets, original.starts, side="right") - 1
        longest = np.zeros(len(parts), dtype=np.int64)
        np.maximum.at(longest, owner, original.stops - original.starts)
        # Embeddings refuse a part that is too short; its states are unknown. If all are, ask.
        enough = longest >= min(self.context_length, longest.max())
        transform = self.transformer.transform  # each by itself: few transformers take a list
        made = as_trajectories([transform(parts[k]) for k in np.flatnonzero(enough)])
        rows_of = iter(made.pieces())
        states = []
        for k, given in enumerate(original.pieces()):
            rows = next(rows_of) if enough[k] else np.empty((0, made.values.shape[1]))
            lost = len(given) - len(rows)
            if lost < 0 or (lost > 0 and enough[k] and np.isnan(given).any()):
                raise ValueError(
                    f"The transformers made {len(rows)} rows of the {len(given)} "
                    f"rows of trajectory {k}, which holds gaps, so it is unknown which rows they "
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

    def simulate(self, states, n_steps, n_features, inputs=None):
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
        return self.inverse(runs, n_features, None if inputs is None else inputs[:, 1:])

    def inverse(self, runs, n_features, inputs=None):
        """Runs of the model (n, n_steps, n_model_columns) in the coordinates of X.

        Parameters
        ----------
        runs : ndarray of shape (n, n_steps, n_model_columns)
        n_features : int
            Columns of X without external inputs.
        inputs : ndarray of shape (n, n_steps, K), default=None
            External inputs of the same rows, in model coordinates.

        Returns
        -------
        ndarray of shape (n, n_steps, n_features)
            NaN in rows that are not finite or beyond 1e100.
        """
        if inputs is not None:
            runs = np.concatenate([runs, inputs], axis=2)
        rows = runs.reshape(-1, runs.shape[2])
        finite = _usable(rows)
        out = np.full((len(rows), n_features), np.nan)
        if np.any(finite):
            inverse = rows[finite]
            if self.transformer is not None:
                with unnamed_columns():
                    inverse = np.asarray(self.transformer.inverse_transform(inverse))
            out[finite] = inverse[:, :n_features]
        out[~_usable(out)] = np.nan
        return out.reshape(*runs.shape[:2], n_features)

    def _inputs(self, pieces, starts, n_steps):
        """Inputs (n, n_steps + 1, K) of runs from row starts[i] of pieces[i]; None without any."""
        if not self.n_inputs:
            return None
        columns = [p.states[:, p.states.shape[1] - self.n_inputs :] for p in pieces]
        steps = np.arange(n_steps + 1)  # beyond a piece's end nothing is compared
        runs = zip(columns, starts, strict=True)
        return np.stack([c[np.minimum(at + steps, len(c) - 1)] for c, at in runs])

    def free_runs(self, pieces):
        """Run beside each piece from its first row.

        Parameters
        ----------
        pieces : list of Piece
            Test data.

        Returns
        -------
        true, generated : list of ndarray of shape (n_rows - 1, n_features)
            Both without the start row, which the model was given.
        problem : str
            Empty, or where the free run stopped being finite.
        """
        lengths = [len(p.true) - 1 for p in pieces]
        starts = np.stack([p.states[0] for p in pieces])
        inputs = self._inputs(pieces, [0] * len(pieces), max(lengths))
        runs = self.simulate(starts, max(lengths), pieces[0].true.shape[1], inputs)
        generated = [run[:n] for run, n in zip(runs, lengths, strict=True)]
        problem = ""
        for k, run in enumerate(generated):
            bad = np.flatnonzero(np.isnan(run).any(axis=1))
            if len(bad):
                where = f" of piece {k}" if len(pieces) > 1 else ""
                problem = f"the free run{where} diverged at step {bad[0] + 1} of {len(run)}"
                break
        return [p.true[1:] for p in pieces], generated, problem

    def forecasts(self, piece, horizon):
        """Yield blocks (true, forecasts) of the `horizon`-step forecasts from every row of a piece.

        Parameters
        ----------
        piece : Piece
            Test data.
        horizon : int
            Steps ahead, cut to ``n_rows - 1``.

        Yields
        ------
        true : ndarray of shape (n_starts + horizon, n_features)
            Rows of the piece.
        forecasts : ndarray of shape (n_starts, horizon, n_features)
            ``forecasts[i, k]`` is of row ``true[i + k + 1]``; NaN where it diverged.
        """
        horizon = min(horizon, len(piece.true) - 1)
        n_starts, d = len(piece.true) - horizon, piece.true.shape[1]
        block = max(1, _BLOCK // (horizon * piece.states.shape[1]))
        for i in range(0, n_starts, block):
            stop = min(i + block, n_starts)
            inputs = self._inputs([piece] * (stop - i), range(i, stop), horizon)
            runs = self.simulate(piece.states[i:stop], horizon, d, inputs)
            yield piece.true[i : stop + horizon], runs


@contextmanager
def unnamed_columns():
    """Let steps that were fitted on frames take arrays without a warning."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "X does not have valid feature names")
        yield


def _context_length(step):
    if isinstance(step, Pipeline):
        return 1 + sum(_context_length(inner) - 1 for _, inner in step.steps)
    return getattr(step, "context_length_", 1)


def _usable(rows):
    # A comparison with NaN is False.
    return np.max(np.abs(rows), axis=1, initial=0.0) <= LARGEST
