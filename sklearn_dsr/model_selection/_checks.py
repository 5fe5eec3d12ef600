"""Checks of test data: whether rows are in time order, and long enough for a metric."""

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from scipy.spatial import cKDTree
from scipy.stats import rankdata

from .._data.time_axis import TimeAxis
from .._data.trajectories import as_trajectories, is_many
from ..dynamics._series import divergence_curve, trouble
from ..metrics._binning import BinnedDensity
from ..metrics._state_space import _MOST_BINNED_COLUMNS

#: What to tell where `looks_shuffled` is true: one sentence what, one what to try.
SHUFFLED = (
    "The rows of X look shuffled or drawn at random: no row depends on the one before it, or steps "
    "of irregular length follow a smooth path, or the index jumps all over. Split by time "
    "(TimeSeriesSplit, BlockedKFold) or by trajectory (KFold over a list), not with shuffle=True, "
    "ShuffleSplit or the default resource of a halving search."
)

# Below this an equal-length divergence of two true pieces exceeds 0.5 to 1 nat; see needed_rows.
_VISITS = 5.0
_MIXTURE_ROWS = 5000
_STARTS = 10
_EXPONENT_ROWS = 50  # with fewer there is no exponent


def looks_shuffled(X):
    """Whether rows are out of order, or drawn at random and left in their order.

    Three signs: a DataFrame's index is cut more than once in 20 rows; rows lie along a smooth path,
    but at irregular distances; or they follow one another like independent draws. The second one
    is that most steps go forward (85 percent at less than 90 degrees to the step before), while the
    logarithm of their length changes as if by chance: its second differences are above 0.8, in the
    median over the longer half, where noise counts less. Every second row of a series, drawn at
    random, gives 0.9 to 1.3, every fifth 1.1 to 2, a series itself below 0.5.

    For the third, of up to 1000 pairs of consecutive rows, it asks whether the second one depends
    on the first: by the rank correlation of each column, and by whether rows with near predecessors
    are near (which also sees maps without any correlation, as the logistic map). Both are compared
    with 100 permutations within the trajectories; a dependence of 4.5 standard deviations counts.

    Parameters
    ----------
    X : array-like or DataFrame of shape (n_samples, n_features), list of such, or 3-D array
        Data in the form that a model takes.

    Returns
    -------
    bool
        True also for data that are white noise, or nearly (below some 0.15 of correlation): they
        cannot be told from shuffled data, but have no dynamics of order one either. False where
        there are too few rows to judge by (50, or 200 for the second sign), and where rows were
        drawn at random but left in their order (``KFold(shuffle=True)``) from an array of noisy or
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
    """Whether rows follow a smooth path in steps of irregular length; see `looks_shuffled`."""
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
    """How many rows, in all, test data like these should have for a metric to tell models apart.

    Parameters
    ----------
    metric : str
        Name of a metric of DSRScorer. Those without a rule need 1 row.
    pieces : list of ndarray of shape (n_rows, n_features)
        Gap-free test pieces, embedded if the metric compares delay vectors.
    horizon : int, default=20
        Of the n-step error.
    sigma : float, default=20.0
        Of the spectra.

    Returns
    -------
    int
        - "neg_state_space_divergence": 5 visits of each of the 30^n_features cells that are
          occupied, where a visit may last several rows; beyond 5 columns 5000 rows.
        - "neg_power_spectrum_hellinger": so many that half of the power lies at or above bin
          2 sigma, else the smoothing hides the peaks: some 40 oscillations with sigma=20. It
          counts the longest piece.
        - "skill": the larger of these two.
        - "neg_n_step_error": 10 horizons.
        - "valid_prediction_time": 10 pieces, as it has one start in each.

    Notes
    -----
    The rule for the divergence was measured: of two true pieces of equal length it is about 3 nats
    at 2 visits, 1.3 at 3, 0.4 to 0.8 at 5, 0.2 at 10 (Lorenz-63 at 20 to 500 rows per time unit,
    with and without noise, two of its columns, Roessler). Visits per cell, less one, grow linearly
    with the rows. For Lorenz-63 at 100 rows per time unit it asks for some 10,000.

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
    # One visit of each cell says that it is too short, but not by how much: at most 40 times.
    return n_rows * (_VISITS - 1.0) / max(per_cell - 1.0, 0.1)


def _rows_for_spectrum(piece, sigma):
    power = np.abs(np.fft.rfft(piece - piece.mean(axis=0), axis=0)) ** 2
    share = np.cumsum(power, axis=0) / np.maximum(power.sum(axis=0), np.finfo(float).tiny)
    middle = np.argmax(share >= 0.5, axis=0)  # 0 in a constant column
    return len(piece) * 2.0 * sigma / np.max(middle) if np.any(middle) else 1


def shortfall(pieces, metric, *, horizon=20, sigma=20.0):
    """Say if test data are too short for a metric: even a perfect model would score badly.

    Parameters
    ----------
    pieces : list of ndarray of shape (n_rows, n_features)
        As for `needed_rows`, which has the rules.
    metric : str
        Name of a metric of DSRScorer.
    horizon, sigma : int, float
        As for `needed_rows`.

    Returns
    -------
    str or None
        One sentence what is too short, one what to try; None if the data are long enough.

    Examples
    --------
    >>> from sklearn_dsr.datasets import make_lorenz63
    >>> from sklearn_dsr.model_selection._checks import shortfall
    >>> X = make_lorenz63(20_000, random_state=0)
    >>> shortfall([X], "neg_state_space_divergence")
    >>> shortfall([X[:150]], "neg_n_step_error")
    'The test data have 150 rows, and neg_n_step_error needs about 200 to compare models. Give \
longer test pieces (fewer folds), or choose by another metric.'
    """
    if metric == "neg_lyapunov_difference" and max(map(len, pieces)) >= _EXPONENT_ROWS:
        message = trouble(divergence_curve(pieces))
        return f"{message} The scorer embeds them with n_delays." if message else None
    needed = needed_rows(metric, pieces, horizon=horizon, sigma=sigma)
    if metric == "valid_prediction_time":
        if len(pieces) >= _STARTS:
            return None
        return (
            f"valid_prediction_time is a mean of {len(pieces)} starts, one in each test piece, and "
            f"needs {_STARTS} to compare models. Cut the data into more pieces by as_blocks, or "
            "choose by another metric."
        )
    spectrum = metric == "neg_power_spectrum_hellinger"
    n_rows = max(map(len, pieces)) if spectrum else sum(map(len, pieces))
    if n_rows >= needed:
        return None
    return (
        f"The test data have {n_rows:,} rows{' in one piece' if spectrum else ''}, and {metric} "
        f"needs about {float(f'{needed:.2g}'):,.0f} to compare models. Give longer test pieces "
        "(fewer folds), or choose by another metric."
    )
