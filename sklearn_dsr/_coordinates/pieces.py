"""Free runs and forecasts to compare with gap-free pieces of data, in the units of the data."""

from dataclasses import dataclass

import numpy as np

from .past import Past

# Values in a block of n-step forecasts: 32 MB, whatever the length of the data.
_BLOCK = 4_000_000


@dataclass(frozen=True)
class Piece:
    """Gap-free test piece: the same rows in the coordinates of X and of the model.

    Attributes
    ----------
    true : ndarray of shape (n_rows, n_features - K)
        Data in the units of X, without external inputs.
    states : ndarray of shape (n_rows, n_model_features)
        Data in the coordinates of the model; the last K columns are its external inputs.
    past : Past, default=None
        Past of all rows of X.
    first : int, default=0
        Number of the first row of the piece in X.
    """

    true: np.ndarray
    states: np.ndarray
    past: Past | None = None
    first: int = 0

    def cut(self, n):
        """List of n parts of equal length, with at least 3 rows each."""
        length = len(self.true) // n
        if length < 3:
            raise ValueError(
                f"A test piece of {len(self.true)} rows cannot be cut in {n} parts of 3 rows or "
                "more. Set n_starts lower, or give longer test pieces."
            )
        return [
            Piece(
                self.true[k * length : (k + 1) * length],
                self.states[k * length :][:length],
                self.past,
                self.first + k * length,
            )
            for k in range(n)
        ]


def pieces(coordinates, X, context=1, min_rows=3):
    """Longest gap-free piece of each trajectory of X, from its first complete row on.

    Parameters
    ----------
    coordinates : OriginalCoordinates
    X : array-like or DataFrame of shape (n_samples, n_features), list of such, or 3-D array
        Test data.
    context : int, default=1
        Least number of rows at the start of a piece, up to the start of the free run. The
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
        If no trajectory has `min_rows` rows, or the transformers dropped rows of a trajectory with
        gaps, or changed the number of columns although the last ones are external inputs.
    """
    original, rows = coordinates.read(X, context)
    past, best = coordinates.past(X), {}
    for first, last in zip(rows.starts, rows.stops, strict=True):
        k = np.searchsorted(original.offsets, first, side="right")
        if last - first > max(min_rows - 1, len(best[k].true) if k in best else 0):
            true = original.values[first:last, : original.values.shape[1] - coordinates.n_inputs]
            best[k] = Piece(true, rows.values[first:last], past, int(first))
    if not best:
        raise ValueError(
            f"No trajectory of X has {min_rows} gap-free rows after its context: the longest "
            f"gap-free piece has {original.longest} rows in all. Give longer test pieces "
            "(fewer folds), or set n_delays or lag lower."
        )
    return list(best.values())


def _inputs(coordinates, pieces, starts, n_steps):
    """Inputs (n, n_steps + 1, K) of runs from row starts[i] of pieces[i], or None."""
    if not coordinates.n_inputs:
        return None
    columns = [p.states[:, p.states.shape[1] - coordinates.n_inputs :] for p in pieces]
    steps = np.arange(n_steps + 1)  # rows beyond the end of a piece are not compared
    runs = zip(columns, starts, strict=True)
    return np.stack([c[np.minimum(at + steps, len(c) - 1)] for c, at in runs])


def _origins(piece, rows):
    return None if piece.past is None else piece.past.at(rows)


def free_runs(coordinates, pieces, noise=False):
    """Run the model from the first row of each piece, for its length.

    Parameters
    ----------
    coordinates : OriginalCoordinates
    pieces : list of Piece
        Test data.
    noise : bool, default=False
        Whether the noise of the model drives the runs.

    Returns
    -------
    true, generated : list of ndarray of shape (n_rows - 1, n_features)
        Data and run, without the start row.
    problem : str
        Step at which the free run became infinite or NaN, or an empty text.
    """
    lengths = [len(p.true) - 1 for p in pieces]
    starts = np.stack([p.states[0] for p in pieces])
    inputs = _inputs(coordinates, pieces, [0] * len(pieces), max(lengths))
    origins = _origins(pieces[0], [p.first for p in pieces])
    width = pieces[0].true.shape[1]
    runs = coordinates.simulate(starts, max(lengths), width, inputs, origins, noise)
    generated = [run[:n] for run, n in zip(runs, lengths, strict=True)]
    problem = ""
    for k, run in enumerate(generated):
        bad = np.flatnonzero(np.isnan(run).any(axis=1))
        if len(bad):
            where = f" of piece {k}" if len(pieces) > 1 else ""
            problem = f"the free run{where} diverged at step {bad[0] + 1} of {len(run)}"
            break
    return [p.true[1:] for p in pieces], generated, problem


def forecasts(coordinates, piece, horizon):
    """Yield blocks (true, forecasts) of the `horizon`-step forecasts from every row of a piece.

    Parameters
    ----------
    coordinates : OriginalCoordinates
    piece : Piece
        Test data.
    horizon : int
        Steps ahead, at most ``n_rows - 1``.

    Yields
    ------
    true : ndarray of shape (n_starts + horizon, n_features)
        Rows of the piece.
    forecasts : ndarray of shape (n_starts, horizon, n_features)
        ``forecasts[i, k]`` forecasts ``true[i + k + 1]``; NaN after a divergence.
    """
    horizon = min(horizon, len(piece.true) - 1)
    n_starts, d = len(piece.true) - horizon, piece.true.shape[1]
    block = max(1, _BLOCK // (horizon * piece.states.shape[1]))
    for i in range(0, n_starts, block):
        stop = min(i + block, n_starts)
        inputs = _inputs(coordinates, [piece] * (stop - i), range(i, stop), horizon)
        origins = _origins(piece, piece.first + np.arange(i, stop))
        runs = coordinates.simulate(piece.states[i:stop], horizon, d, inputs, origins)
        yield piece.true[i : stop + horizon], runs
