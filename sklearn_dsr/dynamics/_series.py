"""Largest Lyapunov exponent of data, without a model: the growth of distances of neighbours."""

from __future__ import annotations

import warnings

import numpy as np
from numpy.typing import ArrayLike
from scipy.spatial import cKDTree

from .._data.time_axis import check_times
from .._data.trajectories import as_trajectories, pooled
from .._data.validation import TINY, check_int, check_real
from .._data.warning_level import level
from ..exceptions import DataWarning

# Smaller distances, in standard deviations, are rounding: half of the digits of a float. Only
# copies come as close, or rows of a series with more than 100 million rows.
COINCIDENT = 1e-8
# Noise, or columns that do not determine the state, make distances jump in the first step only:
# more than eightfold, and in the logarithm more than three times as much as in the second step.
FIRST_STEP, OTHERS = np.log(8.0), 3.0
# Rows of a piece, at least: a tenth of them is followed, and fewer than five steps have no slope.
FEWEST_ROWS = 50
# Share of the longest piece, and rows, that neighbours are followed at most: the rest are origins.
FOLLOWED_PART, FOLLOWED_ROWS = 10, 500
# Nearest rows, at most, of which one is to be at another time: memory is in proportion.
CANDIDATES = 200
# Rows of a period that is not known, in parts of the series.
PERIODS = 20
# Ends of the line, in parts of the way up: noise is below them, the size of the attractor above.
WAY_UP = 0.1, 0.6
# Rise of the mean logarithm that is a way up: less is the error of a mean.
LEAST_RISE = 0.1


def max_lyapunov_exponent(
    X: ArrayLike,
    *,
    dt: float = 1.0,
    window: int | None = None,
    n_neighbors: int = 1000,
    n_steps: int | None = None,
) -> float:
    r"""Largest Lyapunov exponent of a series, from how fast near rows separate.

    Each of `n_neighbors` rows i gets a neighbour j(i): the nearest row that is more than `window`
    rows away in time. The mean logarithm of their distance k rows later is

    .. math:: y(k) = \langle \log \| x_{i + k} - x_{j(i) + k} \| \rangle_i

    Between the size of the noise and the size of the attractor, y rises with the slope lambda dt
    (Rosenstein et al. [1]_). The slope is taken by a straight line from 10 to 60 percent of
    the rise.

    Parameters
    ----------
    X : array-like or DataFrame of shape (n_samples, n_features), list of such, or 3-D array
        States in the columns, or delay vectors. Columns are standardised internally. A row with NaN
        is a gap.
    dt : float, default=1.0
        Time between rows, above 0.
    window : int or None, default=None
        Rows this close in time belong to the same part of the orbit and are no neighbours (Theiler
        window); at least 0. None takes a mean period, from the crossings of the mean.
    n_neighbors : int, default=1000
        Number of evenly spaced rows that get a neighbour, at least 1.
    n_steps : int or None, default=None
        Largest k, at least 2 and less than the longest gap-free piece. None is a tenth of that
        piece, and at most 500.

    Returns
    -------
    float
        Exponent per unit of time, not negative, because neighbours rarely approach each other.
        About 0 for a limit cycle, and 0 for rows that recur exactly.

    Raises
    ------
    ValueError
        If no gap-free piece has 50 rows, or a number is out of its range.
    TypeError
        If a number is of the wrong type.

    Warns
    -----
    sklearn_dsr.exceptions.DataWarning
        If the columns do not determine the state, such as one measured column of a flow: then
        neighbours separate at once. Or if no row has a neighbour: then the result is 0.

    See Also
    --------
    lyapunov_spectrum : All exponents of a fitted model, exact for the model.
    sklearn_dsr.preprocessing.DelayEmbedding : Makes states of measured columns.

    Notes
    -----
    The result is an estimate, to compare two series by the same method. Its error is about 10
    percent on 20,000 clean rows of Lorenz-63. The error is larger for shorter series and for noise,
    because distances cannot fall below the size of the noise.

    References
    ----------
    .. [1] Rosenstein, Collins and De Luca (1993), "A practical method for calculating largest
       Lyapunov exponents from small data sets", Physica D 65, 117-134.

    Examples
    --------
    >>> from sklearn_dsr.datasets import make_lorenz63
    >>> from sklearn_dsr.dynamics import max_lyapunov_exponent
    >>> X = make_lorenz63(10_000, dt=0.01, random_state=0)
    >>> 0.7 < max_lyapunov_exponent(X, dt=0.01) < 1.1
    True
    """
    curve = divergence_curve(X, dt, window, n_neighbors, n_steps)
    message = trouble(curve)
    if message:
        warnings.warn(message, DataWarning, stacklevel=level())
    return slope(curve) / dt


def divergence_curve(X, dt=1.0, window=None, n_neighbors=1000, n_steps=None):
    """Curve y(k), k = 0..K, of :func:`max_lyapunov_exponent`; None if no row has a neighbour.

    y is NaN where no two neighbours are apart. All of it is NaN if most neighbours never separate.
    """
    check_real(dt, "dt", TINY, advice="1.0 counts time in rows.")
    check_int(n_neighbors, "n_neighbors", 1, advice="1000 is enough.")
    check_times(X)
    trajectories = as_trajectories(X)
    if trajectories.longest < FEWEST_ROWS:
        raise ValueError(
            f"The longest piece of X without a gap has {trajectories.longest} rows, and "
            f"{FEWEST_ROWS} are the fewest that an exponent can be estimated from. Give longer "
            "pieces."
        )
    segments = trajectories.segments(min_rows=FEWEST_ROWS)
    rows = pooled(segments)
    spread, width = rows.std(axis=0), np.ptp(rows, axis=0)
    spread = np.where(spread > 0, spread, width)  # the squares of tiny values underflow
    rows = rows / np.where(width > 0, spread, 1.0)
    K = min(trajectories.longest // FOLLOWED_PART, FOLLOWED_ROWS) if n_steps is None else n_steps
    check_int(K, "n_steps", 2, trajectories.longest - 1, "None is a tenth of X, 500 at most.")
    # Rows with K more rows in their own piece, and the number of that piece.
    lengths = [len(s) for s in segments]
    at = np.concatenate([np.arange(max(n - K, 0)) + b for n, b in _begins(lengths)])
    owner = np.repeat(np.arange(len(lengths)), [max(n - K, 0) for n in lengths])
    window = _mean_period(rows) if window is None else check_int(window, "window", 0)
    return _mean_logarithms(rows, at, owner, window, n_neighbors, K)


def trouble(curve):
    """Text that says why the curve gives no exponent; empty if it gives one."""
    if curve is None:
        return (
            "No row of X has a neighbour at another time, so the exponent is unknown and 0 is "
            "returned. Give more periods, or a shorter window."
        )
    start = np.log(COINCIDENT) if np.isnan(curve[0]) else curve[0]
    first, second = curve[1] - start, curve[2] - curve[1]
    if not (first > FIRST_STEP and first > OTHERS * second):
        return ""
    return (
        f"Neighbouring rows of X are {np.exp(first):.0f} times as far apart one row later: the "
        "columns are no states, or noise hides them, so the exponent says nothing of the system. "
        "Give states, such as the delay vectors of DelayEmbedding."
    )


def _begins(lengths):
    return zip(lengths, np.cumsum([0, *lengths[:-1]]), strict=True)


def _mean_period(rows):
    """Rows between two upward crossings of the mean, in the column with the fewest crossings."""
    above = rows > rows.mean(axis=0)
    crossings = np.sum(~above[:-1] & above[1:], axis=0)
    crossings = crossings[crossings > 0]
    return int(len(rows) / np.min(crossings)) if len(crossings) else len(rows) // PERIODS


def _mean_logarithms(rows, at, owner, window, n_neighbors, K):
    """y(k) for k = 0..K without pairs that coincide; None if there are no pairs."""
    tree = cKDTree(rows[at])
    chosen = np.unique(np.linspace(0, len(at) - 1, min(n_neighbors, len(at))).astype(int))
    n_candidates = min(len(at), 2 * window + 2, CANDIDATES)
    distance, candidates = tree.query(rows[at[chosen]], k=n_candidates)
    candidates = candidates.reshape(len(chosen), -1)
    distance = distance.reshape(len(chosen), -1)
    apart = np.abs(at[candidates] - at[chosen][:, None]) > window
    apart |= owner[candidates] != owner[chosen][:, None]
    found = apart.any(axis=1)
    if not found.any():
        return None
    partner = candidates[np.arange(len(chosen)), np.argmax(apart, axis=1)]
    same = _recurring(
        rows, at, chosen, np.where(apart & (distance <= COINCIDENT), candidates, -1), K
    )
    if np.mean(same[found] >= 0) > 0.5:
        return np.full(K + 1, np.nan)
    partner = np.where(same >= 0, same, partner)
    i, j = at[chosen[found]], at[partner[found]]
    curve = np.full(K + 1, np.nan)
    for k in range(K + 1):
        distance = np.linalg.norm(rows[i + k] - rows[j + k], axis=1)
        distance = distance[distance > COINCIDENT]
        if len(distance):
            curve[k] = np.mean(np.log(distance))
    return curve


def _recurring(rows, at, chosen, candidates, K):
    """For each chosen row, a coinciding candidate that stays with it for K rows, or -1.

    `candidates` holds -1 where a candidate does not coincide.
    """
    later, found = np.array([1, K // 2, K]), np.full(len(chosen), -1)
    for n in np.flatnonzero(candidates.max(axis=1) >= 0):
        others = candidates[n][candidates[n] >= 0]
        way = rows[at[others][:, None] + later] - rows[at[chosen[n]] + later]
        same = np.abs(way).max(axis=(1, 2)) <= COINCIDENT
        if same.any():
            found[n] = others[np.argmax(same)]
    return found


def slope(curve):
    """Slope of the curve from 10 to 60 percent of its rise to saturation; 0 without a rise."""
    begin = None if curve is None else curve[: max(len(curve) // 10, 1)]
    if begin is None or np.isnan(begin).all():
        return 0.0
    curve = curve[int(np.nanargmin(begin)) :]
    low, high = curve[0], np.nanmax(curve)
    if not high > low + LEAST_RISE:
        return 0.0
    first, last = (int(np.argmax(curve >= low + part * (high - low))) for part in WAY_UP)
    last = max(last, first + 1)
    last = min(last, len(curve) - 1)
    if last == first:  # the whole rise is in the last step: there is no line to fit
        return 0.0
    k = np.arange(first, last + 1)
    k = k[~np.isnan(curve[k])]
    return float(np.polyfit(k, curve[k], 1)[0])
