"""Name the outcome of a fit from free runs of the chosen model, with advice on what to try."""

import numpy as np
from scipy.fft import irfft, next_fast_len, rfft

from .._recipe import RECIPE

CONVERGED, NOISE, LINEAR = "converged", "noise", "no better than linear"
INTERRUPTED = "interrupted"
ADVICE = {
    NOISE: "No forecast of held-out rows is better than their mean. Check that the rows of X are "
    "in time order and close enough in time, and embed a single column (DelayEmbedding).",
    LINEAR: "No forecast of held-out rows is better than a linear model's forecast, and the fitted "
    "model is linear or nearly so. Give more rows, embed a single column (DelayEmbedding), or "
    "remove a trend or a season (Difference, SeasonalMeans). The free run of a linear model needs "
    "noise: simulate(..., noise=True).",
    "too narrow": "The free run moves, but less than half as far as the data do. Give more "
    "candidates (n_init) or more rows, embed a single column with more delays (DelayEmbedding), or "
    "use forecasts only.",
    "collapsed to a fixed point": "The free run comes to rest although the data move. Embed a "
    "single column (DelayEmbedding), train longer (max_iter), give more candidates (n_init) or "
    "hidden units (hidden_dim), or check that the rows of X are in time order and close enough in "
    "time.",
    "collapsed to a cycle": "The free run repeats itself exactly although the data do not. Give "
    "more candidates (n_init), train longer (max_iter), or force more strongly (forcing=GTF(0.5)).",
    "escaped": "The free run stays finite but leaves the range of the data. Use clipped=True and "
    "more latent_penalty, give more candidates (n_init), or more rows.",
    "not verified": "Long runs look like the data, but too many runs from other rows come to rest "
    "in a column or leave the range of the data. Give more candidates (n_init), train longer "
    "(max_iter), or leave out columns that hardly move.",
    "diverged": "The free run or the training overflows. Lower learning_rate_init, use "
    "standardize=True and clipped=True, or force more strongly (forcing=GTF(0.5)).",
    INTERRUPTED: "The training was stopped before its end; the best model so far is kept. Fit "
    "again with warm_start=True to continue from it.",
}

DRIVEN = (
    " Noise drives these free runs. If the noise grows with the level, as it does for counts, "
    "model the logarithm or the square root (FunctionTransformer)."
)


def diagnose(runs, passed, score):
    """Outcome of a model.

    Parameters
    ----------
    runs : ndarray of shape (n_runs, n, N), or None
        Long free runs without their transients; None if one was not finite.
    passed : float
        Share of the verification runs that passed, in [0, 1].
    score : FreeRunScore
        Score of the training data.

    Returns
    -------
    str
        "converged" or a key of `ADVICE`. Of several runs, the first bad one decides.
    """
    if runs is None:
        return "diverged"
    data = max(score.segments, key=len)
    for run in runs:
        if score.share_outside(run) > RECIPE.small:
            return "escaped"
        if score.dead(run):
            return "collapsed to a fixed point"
        if score.narrow(run):
            return "too narrow"
        # A cycle of the model is right for data that recur, up to their noise.
        half = run[len(run) // 2 :]
        if recurrence_error(half) < RECIPE.repeats:
            if recurrence_error(data[: len(half)]) > RECIPE.recurs:
                return "collapsed to a cycle"
    return CONVERGED if passed >= RECIPE.passed else "not verified"


def recurrence_error(series):
    """How far a series is from repeating itself, in [0, 1]: 0 for a cycle, near 1 for noise.

    The value is the smallest sum (z_t - z_{t+p})^2 / sum (z_t^2 + z_{t+p}^2) of the standardised
    columns over lags p. The lags go from the first zero of the autocorrelation to a third of the
    series.

    Parameters
    ----------
    series : ndarray of shape (n, N)

    Returns
    -------
    float
        1 if the autocorrelation has no zero, because the series is then too short.
    """
    n = len(series)
    spread = series.std(axis=0)
    moving = spread > 1e-9 * np.max(np.abs(series), axis=0, initial=1e-300)
    if n // 3 < 4 or not np.any(moving):
        return 1.0
    z = (series[:, moving] - series[:, moving].mean(axis=0)) / spread[moving]
    size = next_fast_len(2 * n, real=True)
    waves = rfft(z, size, axis=0)
    power = np.mean(waves.real**2 + waves.imag**2, axis=1)
    lags = np.arange(n // 3)
    energy = np.concatenate([[0.0], np.cumsum(np.mean(z**2, axis=1))])
    both = energy[n - lags] + energy[n] - energy[lags]
    correlation = 2 * irfft(power, size)[: len(lags)] / np.maximum(both, 1e-300)
    zero = np.flatnonzero(correlation < 0)
    if len(zero) == 0:
        return 1.0
    return float(np.clip(1.0 - np.max(correlation[zero[0] :]), 0.0, 1.0))
