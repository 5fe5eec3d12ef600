"""Process and measurement noise of a fitted model, and draws of it."""

from dataclasses import dataclass, replace

import numpy as np

from .._core import linalg
from .._maps._kalman import filtered_state
from .._maps._noise import LEAST, Stretch, noise_covariances
from .._recipe import BUDGET, RECIPE


@dataclass(frozen=True)
class Noise:
    """Noise in the units of standardised rows and latent states.

    Attributes
    ----------
    process : ndarray of shape (M, M)
        Covariance of the process noise, which is added to the state in each step.
    rows : ndarray of shape (N,)
        Variances of the measurement noise in each column.
    spread : ndarray of shape (H,)
        Factors for the spread of forecasts 1 to H rows ahead about their median. With them nine
        tenths of known rows lie between the quantiles .05 and .95. Later rows use the last one.
    """

    process: np.ndarray
    rows: np.ndarray
    spread: np.ndarray


@dataclass(frozen=True)
class Along:
    """A model and standardised rows: held-out rows if there are few, else the rows of its fit.

    Attributes
    ----------
    canonical : CanonicalMap
    observation : IdentityObservation or AffineObservation
    segments : list of ndarray of shape (n_i, N + K)
        Gap-free pieces; NaN for single missing values.
    """

    canonical: object
    observation: object
    segments: list

    @property
    def n_columns(self):
        """Columns N that the model describes."""
        return len(self.observation.matrix)

    def stretches(self, most):
        """Pieces from the start of each segment, with `most` rows together."""
        N, each = self.n_columns, max(most // max(len(self.segments), 1), 2)
        maps = self.canonical, self.observation
        return [Stretch(*maps, s[:each, :N], s[:each, N:]) for s in self.segments if len(s) > 1]

    def residuals(self):
        """Errors (n_i, N) of one-step forecasts in each segment."""
        found, N = [], self.n_columns
        for segment in self.segments:
            known = np.nan_to_num(segment[:-1])
            inputs = known[:, None, N:] if segment.shape[1] > N else None
            states = self.observation.infer(known[:, :N])
            with np.errstate(over="ignore", invalid="ignore"):
                runs = self.observation.observe(self.canonical.simulate(states, 1, inputs)[:, 0])
                found.append(segment[1:, :N] - runs)
        return found

    def persistence(self):
        """Autocorrelation of the one-step errors at lag 1, mean over columns."""
        errors = [np.nan_to_num(part) for part in self.residuals()]
        same = sum(np.sum(part**2, axis=0) for part in errors)
        lagged = sum(np.sum(part[1:] * part[:-1], axis=0) for part in errors)
        known = same > LEAST
        return float(np.mean(lagged[known] / same[known])) if known.any() else 0.0


def copies(canonical, observation):
    """Mask (N,) of the columns that copy a column of the row before, as in delay vectors of lag 1.

    Copies have the same noise, and a filter would treat it as independent.
    """
    M, N = canonical.latent_dim, len(observation.matrix)
    if not observation.partial or M != N:
        return np.zeros(N, dtype=bool)
    A = canonical.A
    return np.all(canonical.W1 == 0, axis=1) & (np.sum(A != 0, axis=1) == 1) & (np.diag(A) == 0)


def noise_along(alongs):
    """Maximum-likelihood noise of some models, with calibrated forecast spread.

    Parameters
    ----------
    alongs : list of Along
        Models of equal sizes, with their rows.

    Returns
    -------
    Noise
    """
    canonical, N = alongs[0].canonical, alongs[0].n_columns
    M, L = canonical.W1.shape
    copied = copies(canonical, alongs[0].observation)
    if copied.any():
        process, rows = _residual_covariance(alongs, copied), np.zeros(N)
    else:
        affordable = BUDGET.noise_work / (M * M * (L + M))
        most = int(np.clip(affordable, BUDGET.least_noise_rows, BUDGET.smoothed_rows))
        stretches = [p for along in alongs for p in along.stretches(most // len(alongs))]
        process, rows = noise_covariances(stretches)
    noise = Noise(process, rows, np.ones(1))
    return replace(noise, spread=_spread(alongs, noise, ~copied))


def _residual_covariance(alongs, copied):
    """Covariance (M, M) of one-step errors; 0 in copied columns."""
    squares, n = np.zeros((len(copied),) * 2), 0
    for along in alongs:
        for errors in along.residuals():
            errors = errors[np.isfinite(errors).all(axis=1)]
            errors[:, copied] = 0.0
            squares, n = squares + linalg.product(errors.T, errors), n + len(errors)
    return squares / max(n, 1)


def _spread(alongs, noise, columns):
    """Factors for the spread of forecasts at each horizon; see `Noise`."""
    horizon = min(RECIPE.horizon, max(len(s) for m in alongs for s in m.segments) // 3)
    misses = [np.empty((0, max(horizon, 1), int(columns.sum())))]
    n_origins, n_draws, n_before = _affordable(alongs[0].canonical, max(horizon, 1))
    width = alongs[0].canonical.latent_dim + alongs[0].n_columns
    for along in alongs if horizon else ():
        chosen = _places(along.segments, horizon, n_origins // len(alongs))
        for k in range(0, len(chosen), BUDGET.origins_at_once):
            # Each origin has its own draws, so that errors of the width of a band average out.
            draws = [
                normal_draws([0, j], horizon + 1, (1, n_draws), width)[:, 0]
                for j in range(len(chosen))[k:][: BUDGET.origins_at_once]
            ]
            part = chosen[k : k + BUDGET.origins_at_once]
            misses.append(_misses(along, noise, part, np.stack(draws), n_before)[..., columns])
    misses = np.concatenate(misses)
    factors, covered = [], BUDGET.band[2] - BUDGET.band[0]
    for k in range(misses.shape[1]):
        known = np.sort(misses[:, k][np.isfinite(misses[:, k])])
        # A further value is at or below this rank with a probability of nine tenths.
        rank = int(np.ceil(covered * (len(known) + 1)))
        factors.append(known[rank - 1] if 0 < rank <= len(known) else 1.0)
    return np.array(factors)


def _places(segments, horizon, most):
    """Pairs (segment, row), evenly chosen, with `horizon` rows after each."""
    ends = np.cumsum([0, *(max(len(s) - horizon, 0) for s in segments)])
    at = np.unique(np.linspace(0, ends[-1] - 1, min(ends[-1], most)).astype(int))
    owner = np.searchsorted(ends, at, side="right") - 1
    return [(segments[j], k - ends[j]) for j, k in zip(owner, at, strict=True)]


def _affordable(canonical, horizon):
    """Numbers of forecast origins, of draws from each, and of rows that determine its state."""
    M, L = canonical.W1.shape
    runs = BUDGET.draw_runs / (2 * M * (L + M) * horizon)
    n_draws = int(np.clip(runs / BUDGET.origins[1], *BUDGET.draws))
    n_origins = int(np.clip(runs / n_draws, *BUDGET.origins))
    n_before = BUDGET.draw_runs / (2 * M * M * (L + M) * n_origins)
    return n_origins, n_draws, int(np.clip(n_before, *BUDGET.rows_before))


@np.errstate(all="ignore")
def _misses(along, noise, places, draws, n_before):
    """Errors of median forecasts in units of half the width of their bands, (n, H, N)."""
    N, horizon = along.n_columns, draws.shape[1] - 1
    states, covariances = [], []
    for s, k in places:
        rows = s[max(k + 1 - n_before, 0) : k + 1]
        state, covariance = state_at_the_end(along.canonical, along.observation, rows, noise)
        states.append(state), covariances.append(covariance)
    inputs = np.stack([s[k : k + horizon, N:] for s, k in places])
    found = np.stack(states), np.stack(covariances)
    runs = sampled_runs(along.canonical, along.observation, noise, found, draws, inputs)
    low, median, high = _quantiles(runs, BUDGET.band)
    true = np.stack([s[k + 1 : k + 1 + horizon, :N] for s, k in places])
    wide = high - low > np.sqrt(LEAST)  # an exact forecast has no band
    return np.where(wide, np.abs(true - median) / ((high - low) / 2), np.nan)


def _quantiles(runs, shares):
    """Quantiles of runs (n, n_draws, H, N) over their draws, as those of np.quantile."""
    ordered = np.sort(runs, axis=1)  # np.quantile partitions, which takes ten times as long
    undefined = np.isnan(ordered[:, -1])
    for share in shares:
        at = share * (runs.shape[1] - 1)
        k = min(int(at), runs.shape[1] - 2)
        between = ordered[:, k] + (ordered[:, k + 1] - ordered[:, k]) * (at - k)
        yield np.where(undefined, np.nan, between)


def state_at_the_end(canonical, observation, rows, noise):
    """State (M,) at the last of consecutive standardised rows (n, N + K), and its covariance."""
    N = len(observation.matrix)
    columns, inputs = rows[:, :N], rows[:, N:]
    if copies(canonical, observation).any() and not np.isnan(columns[-1]).any():
        return observation.infer(columns[-1:])[0], np.zeros((N, N))
    variances = np.maximum(noise.rows, LEAST)
    return filtered_state(canonical, observation, columns, inputs, variances, noise.process)


def sampled_runs(canonical, observation, noise, starts, draws, inputs):
    """Standardised runs from uncertain states, with process and measurement noise.

    Parameters
    ----------
    canonical : CanonicalMap
    observation : IdentityObservation or AffineObservation
    noise : Noise
    starts : (ndarray of shape (n, M), ndarray of shape (n, M, M))
        States, and the covariances of their errors.
    draws : ndarray of shape (n, n_steps + 1, n_draws, M + N)
        Standard normal draws, see `normal_draws`.
    inputs : ndarray of shape (n, n_steps, K)
        Standardised external inputs.

    Returns
    -------
    ndarray of shape (n, n_draws, n_steps, N)
        Measured rows.
    """
    states, covariances = starts
    (n, M), n_draws, n_steps = states.shape, draws.shape[2], draws.shape[1] - 1
    first = [linalg.product(*p) for p in zip(draws[:, 0, :, :M], _turned(covariances), strict=True)]
    driving = draws[:, 1:, :, :M].swapaxes(1, 2).reshape(n * n_draws, n_steps, M)
    driven, given = canonical.driven(root(noise.process[None])[0]), driving
    if canonical.C is not None:
        given = np.concatenate([np.repeat(inputs, n_draws, axis=0), driving], axis=2)
    states = (states[:, None] + np.stack(first)).reshape(n * n_draws, M)
    runs = observation.observe(driven.simulate(states, n_steps, given))
    runs = runs.reshape(n, n_draws, n_steps, -1)
    return runs + draws[:, 1:, :, M:].swapaxes(1, 2) * np.sqrt(noise.rows)


def widened(runs, spread):
    """Runs (n, n_draws, n_steps, N), scaled about their medians by the factor of each step."""
    steps = np.minimum(np.arange(runs.shape[2]), len(spread) - 1)
    finite = np.isfinite(runs)
    # Sort infinite values last, so that the median is of the finite ones.
    ordered = np.sort(np.where(finite, runs, np.inf), axis=1)
    n = finite.sum(axis=1, keepdims=True)
    low, high = (np.take_along_axis(ordered, np.maximum(k, 0), 1) for k in ((n - 1) // 2, n // 2))
    with np.errstate(invalid="ignore", over="ignore"):
        median = (low + high) / 2
        return np.where(finite, median + (runs - median) * spread[steps][:, None], runs)


def _turned(covariances):
    return root(covariances).swapaxes(1, 2)


def driving_root(observation, process):
    """Root (N, N) of the covariance of the columns of a row that `process` (M, M) causes."""
    B = observation.matrix
    return root(linalg.product(linalg.product(B, process), B.T)[None])[0]


def root(covariances):
    """Square roots (n, M, M) of covariances; negative eigenvalues from rounding count as 0."""
    values, vectors = map(np.stack, zip(*map(linalg.eigh, covariances), strict=True))
    return vectors * np.sqrt(np.maximum(values, 0.0))[:, None, :]


def normal_draws(seed, n_rows, shape, width):
    """Standard normal draws (n_rows, members, n_draws, width), in pairs of opposite sign."""
    # Drawn row by row, so that a longer forecast begins with the shorter one.
    shape, n_draws = (n_rows, shape[0], (shape[1] + 1) // 2, width), shape[1]
    half = np.random.default_rng(seed).standard_normal(shape)
    return np.concatenate([half, -half], axis=2)[:, :, :n_draws]
