"""Checks whether the rows of test data are in time order, and enough for a metric."""

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from scipy.spatial import cKDTree
from scipy.stats import rankdata

from .._data.time_axis import TimeAxis
from .._data.trajectories import as_trajectories, is_many
from ..dynamics._series import divergence_curve, trouble
from ..metrics._binning import BinnedDensity
from ..metrics._state_space import _MOST_BINNED_COLUMNS

#: Warning if `looks_shuffled` is true.
SHUFFLED = (
    "The rows of X look shuffled or drawn at random: rows do not depend on the row before, or have "
    "irregular distances along a smooth path, or the index has many jumps. Split by time "
    "(TimeSeriesSplit, BlockedKFold) or by trajectory (KFold over a list), not with shuffle=True, "
    "ShuffleSplit or the default resource of a halving search."
)

# Visits per cell from which two true pieces of equal length are within 0.5 to 1 nat.
_VISITS = 5.0
_MIXTURE_ROWS = 5000
_STARTS = 10
_EXPONENT_ROWS = 50  # fewer rows give no exponent


def looks_shuffled(X):
    """Whether rows are shuffled, or drawn at random and then sorted by time.

    There are three signs:

    - The index of a DataFrame jumps more than once in 20 rows.
    - Rows lie along a smooth path at irregular distances. At least 85 percent of the steps go
      forward (less than 90 degrees to the step before), while the second differences of the
      logarithm of their length have a median above 0.8 over the longer half of the steps. Random
      halves of a series have 0.9 to 1.3, random fifths 1.1 to 2, a whole series less than 0.5.
    - Rows follow one another like independent draws. The test uses up to 1000 pairs of consecutive
      rows, the rank correlation of each column, and the distance between rows whose predecessors
      are close, which detects maps without correlation. A dependence counts if it is 4.5 standard
      deviations of 100 permutations within the trajectories.

    Parameters
    ----------
    X : array-like or DataFrame of shape (n_samples, n_features), list of such, or 3-D array
        Data in the form that a reconstructor takes.

    Returns
    -------
    bool
        True also for white noise, or correlations below about 0.15, which look like shuffled data.
        False with too few rows (50, or 200 for the second sign). Also False for random rows in
        their order, as from ``KFold(shuffle=True)``, if they come from an array of noisy or
        coarsely sampled data.

    Raises
    ------
    ValueError
        If X is empty, not numeric, or holds infinity.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_dsr.model_selection._checks import looks_shuffled
    >>> X = np.sin(0.1 * np.arange(1000)).reshape(-1, 1)
    >>> looks_shuffled(X), looks_shuffled(np.random.default_rng(0).permutation(X))
    (False, True)
    """
    for part in X if is_many(X) else [X]:
        if len(part) > 20 and 20 * len(TimeAxis.of(part).cuts) > len(part):
            return True
    trajectories = as_trajectories(X)
    if _looks_thinned(trajectories.segments(4)):
        return True
    first, second, owner = _pairs(trajectories)
    if len(first) < 50:
        return False
    rng = np.random.default_rng(0)
    near = cKDTree(first).query(first, k=2)[1]
    near = np.where(near[:, 0] == np.arange(len(first)), near[:, 1], near[:, 0])
    seen = _dependence(first, second, near)
    null = np.array(
        [
            _dependence(first, second[np.lexsort([rng.random(len(owner)), owner])], near)
            for _ in range(100)
        ]
    )
    deviation = np.abs(seen - null.mean(axis=0))
    return bool(np.all(deviation <= 4.5 * null.std(axis=0) + 1e-12))


def _looks_thinned(segments):
    """Whether rows lie along a smooth path at irregular distances; see `looks_shuffled`."""
    if sum(map(len, segments)) < 200:
        return False
    scale = np.std(np.concatenate(segments), axis=0)
    forward, triples = [], []
    for segment in segments:
        steps = np.diff(segment / np.where(scale > 0, scale, 1.0), axis=0)
        ahead = np.sum(steps[1:] * steps[:-1], axis=1) > 0.0
        with np.errstate(divide="ignore"):  # a step of length 0 is not ahead
            log_length = np.log(np.linalg.norm(steps, axis=1))
        forward.append(ahead)
        triples.append(sliding_window_view(log_length, 3)[ahead[1:] & ahead[:-1]])
    if np.mean(np.concatenate(forward)) < 0.85:
        return False
    triples = np.concatenate(triples)
    change, length = np.abs(triples @ [1.0, -2.0, 1.0]), triples.sum(axis=1)
    return bool(np.median(change[length >= np.median(length)]) > 0.8)


def _pairs(trajectories, n_pairs=1000, n_trajectories=20):
    """Standardised ranks of consecutive rows, (n, d) twice, and the trajectory of each pair."""
    t = trajectories
    runs = zip(t.starts, t.stops, strict=True)
    first = np.concatenate([np.zeros(0, np.int64)] + [np.arange(a, b - 1) for a, b in runs])
    owner = np.searchsorted(t.offsets, first, side="right")
    long = [k for k, n in zip(*np.unique(owner, return_counts=True), strict=True) if n >= 10]
    spread = np.linspace(0, len(long) - 1, min(len(long), n_trajectories)).astype(int)
    taken = [np.zeros(0, np.int64)]
    for k in (long[i] for i in spread):
        rows = first[owner == k]
        n = min(len(rows), n_pairs // len(spread))
        taken.append(rows[np.linspace(0, len(rows) - 1, n).astype(int)])
    taken = np.concatenate(taken)
    owner = np.searchsorted(t.offsets, taken, side="right")
    return _ranks(t.values[taken]), _ranks(t.values[taken + 1]), owner


def _ranks(rows):
    if len(rows) == 0:
        return rows
    ranks = rankdata(rows, axis=0) - 0.5 * (len(rows) + 1)
    return ranks / np.maximum(ranks.std(axis=0), 1e-12)


def _dependence(first, second, near):
    distance = np.sum((second - second[near]) ** 2, axis=1).mean()
    return np.append((first * second).mean(axis=0), distance)


def needed_rows(metric, pieces, *, horizon=20, sigma=20.0):
    """Number of rows, in all, that test data like these need for a metric to compare models.

    Parameters
    ----------
    metric : str
        Name of a metric of DSRScorer. A metric without a rule needs 1 row.
    pieces : list of ndarray of shape (n_rows, n_features)
        Gap-free test pieces, embedded if the metric compares delay vectors.
    horizon : int, default=20
        Rows ahead in the n-step error.
    sigma : float, default=20.0
        Smoothing of the spectra.

    Returns
    -------
    int
        - "neg_state_space_divergence": 5 visits of each occupied cell among 30^n_features, where a
          visit may last several rows. With more than 5 columns, 5000 rows.
        - "neg_power_spectrum_hellinger": half of the power of the longest piece at or above the bin
          2 sigma. Otherwise the smoothing hides the peaks.
        - "skill": the larger one of these two.
        - "neg_n_step_error": 10 horizons.
        - "valid_prediction_time": 10 pieces, because each gives one start.

    Notes
    -----
    With 5 visits per cell, the divergence between two true pieces of equal length is 0.4 to 0.8
    nats. The visits per cell, minus one, grow linearly with the number of rows.

    Examples
    --------
    >>> from sklearn_dsr.datasets import make_lorenz63
    >>> from sklearn_dsr.model_selection._checks import needed_rows
    >>> X = make_lorenz63(5000, random_state=0)
    >>> 8000 < needed_rows("neg_state_space_divergence", [X]) < 15_000
    True
    """
    n_rows = sum(map(len, pieces))
    if metric == "neg_n_step_error":
        return 10 * horizon
    if metric == "valid_prediction_time":
        return int(np.ceil(_STARTS * n_rows / len(pieces)))
    needed = 1
    if metric in ("neg_state_space_divergence", "skill"):
        needed = _rows_for_cells(pieces, n_rows)
    if metric in ("neg_power_spectrum_hellinger", "skill"):
        needed = max(needed, _rows_for_spectrum(max(pieces, key=len), sigma))
    return int(np.ceil(needed))


def _rows_for_cells(pieces, n_rows):
    if pieces[0].shape[1] > _MOST_BINNED_COLUMNS:
        return _MIXTURE_ROWS
    density = BinnedDensity(pieces)
    visits = 0
    for piece in pieces:
        cells = ((piece - density.low) / density.width).astype(np.int64)
        visits += 1 + np.count_nonzero(np.any(cells[1:] != cells[:-1], axis=1))
    per_cell = visits / len(density.true_histogram.cells)
    # With one visit per cell the number is unknown: ask for at most 40 times as many rows.
    return n_rows * (_VISITS - 1.0) / max(per_cell - 1.0, 0.1)


def _rows_for_spectrum(piece, sigma):
    power = np.abs(np.fft.rfft(piece - piece.mean(axis=0), axis=0)) ** 2
    share = np.cumsum(power, axis=0) / np.maximum(power.sum(axis=0), np.finfo(float).tiny)
    middle = np.argmax(share >= 0.5, axis=0)  # 0 in a constant column
    return len(piece) * 2.0 * sigma / np.max(middle) if np.any(middle) else 1


def shortfall(pieces, metric, *, horizon=20, sigma=20.0):
    """Message if test data are so short that even a perfect model scores badly.

    Parameters
    ----------
    pieces : list of ndarray of shape (n_rows, n_features)
        As in `needed_rows`, which has the rules.
    metric : str
        Name of a metric of DSRScorer.
    horizon, sigma : int, float
        As in `needed_rows`.

    Returns
    -------
    str or None
        What is too short and what to try, or None if the data are long enough.

    Examples
    --------
    >>> from sklearn_dsr.datasets import make_lorenz63
    >>> from sklearn_dsr.model_selection._checks import shortfall
    >>> X = make_lorenz63(20_000, random_state=0)
    >>> shortfall([X], "neg_state_space_divergence")
    >>> shortfall([X[:150]], "neg_n_step_error")
    'The test data have 150 rows, and neg_n_step_error needs about 200 to compare models. Give \
longer test pieces (fewer folds), or choose by a smaller horizon.'
    """
    if metric == "neg_lyapunov_difference" and max(map(len, pieces)) >= _EXPONENT_ROWS:
        message = trouble(divergence_curve(pieces))
        return f"{message} n_delays of the scorer embeds them." if message else None
    needed = needed_rows(metric, pieces, horizon=horizon, sigma=sigma)
    if metric == "valid_prediction_time":
        if len(pieces) >= _STARTS:
            return None
        return (
            f"valid_prediction_time is a mean of {len(pieces)} starts, one in each test piece, and "
            f"needs {_STARTS} to compare models. Cut the data into more pieces with as_blocks, or "
            "choose by another metric."
        )
    spectrum = metric == "neg_power_spectrum_hellinger"
    n_rows = max(map(len, pieces)) if spectrum else sum(map(len, pieces))
    if n_rows >= needed:
        return None
    other = "a smaller horizon" if metric == "neg_n_step_error" else "another metric"
    return (
        f"The test data have {n_rows:,} rows{' in one piece' if spectrum else ''}, and {metric} "
        f"needs about {float(f'{needed:.2g}'):,.0f} to compare models. Give longer test pieces "
        f"(fewer folds), or choose by {other}."
    )
