"""Free runs and forecasts of a model beside gap-free pieces of data, in the units of the data."""

from dataclasses import dataclass

import numpy as np

from .past import Past

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
    past : Past, default=None
        Of all rows of X.
    first : int, default=0
        Which one of them is the first row of the piece.
    """

    true: np.ndarray
    states: np.ndarray
    past: Past | None = None
    first: int = 0

    def cut(self, n):
        """List of n parts of equal length, at least 3 rows each."""
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


def pieces(model, X, context=1, min_rows=3):
    """Longest gap-free piece of each trajectory of X, from its first complete row on.

    Parameters
    ----------
    model : OriginalCoordinates
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
    original, rows = model.read(X, context)
    past, best = model.past(X), {}
    for first, last in zip(rows.starts, rows.stops, strict=True):
        k = np.searchsorted(original.offsets, first, side="right")
        if last - first > max(min_rows - 1, len(best[k].true) if k in best else 0):
            true = original.values[first:last, : original.values.shape[1] - model.n_inputs]
            best[k] = Piece(true, rows.values[first:last], past, int(first))
    if not best:
        raise ValueError(
            f"No trajectory of X has {min_rows} gap-free rows after its context: the longest "
            f"gap-free piece has {original.longest} rows in all. Give longer test pieces "
            "(fewer folds), or set n_delays or lag lower."
        )
    return list(best.values())


def _inputs(model, pieces, starts, n_steps):
    """Inputs (n, n_steps + 1, K) of runs from row starts[i] of pieces[i]; None without any."""
    if not model.n_inputs:
        return None
    columns = [p.states[:, p.states.shape[1] - model.n_inputs :] for p in pieces]
    steps = np.arange(n_steps + 1)  # beyond a piece's end nothing is compared
    runs = zip(columns, starts, strict=True)
    return np.stack([c[np.minimum(at + steps, len(c) - 1)] for c, at in runs])


def _origins(piece, rows):
    return None if piece.past is None else piece.past.at(rows)


def free_runs(model, pieces):
    """Run beside each piece from its first row.

    Parameters
    ----------
    model : OriginalCoordinates
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
    inputs = _inputs(model, pieces, [0] * len(pieces), max(lengths))
    origins = _origins(pieces[0], [p.first for p in pieces])
    runs = model.simulate(starts, max(lengths), pieces[0].true.shape[1], inputs, origins)
    generated = [run[:n] for run, n in zip(runs, lengths, strict=True)]
    problem = ""
    for k, run in enumerate(generated):
        bad = np.flatnonzero(np.isnan(run).any(axis=1))
        if len(bad):
            where = f" of piece {k}" if len(pieces) > 1 else ""
            problem = f"the free run{where} diverged at step {bad[0] + 1} of {len(run)}"
            break
    return [p.true[1:] for p in pieces], generated, problem


def forecasts(model, piece, horizon):
    """Yield blocks (true, forecasts) of the `horizon`-step forecasts from every row of a piece.

    Parameters
    ----------
    model : OriginalCoordinates
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
        inputs = _inputs(model, [piece] * (stop - i), range(i, stop), horizon)
        origins = _origins(piece, piece.first + np.arange(i, stop))
        runs = model.simulate(piece.states[i:stop], horizon, d, inputs, origins)
        yield piece.true[i : stop + horizon], runs
