"""One function per score: a finite number, higher is better, from a run beside the data."""

import numpy as np

from .._coordinates.pieces import forecasts
from ..dynamics._series import divergence_curve, slope
from ..metrics import (
    n_step_error,
    power_spectrum_hellinger,
    state_space_divergence,
    valid_prediction_time,
)
from ..preprocessing import DelayEmbedding

#: Score of a model whose run is not finite, and lower limit of each score. Finite, so that means
#: over folds, rankings and their standard deviations stay defined. Where scores are bounded it lies
#: so far below them that a model which diverges in one fold of ten has no better mean than others.
#:
#: >>> WORST["skill"]
#: -10.0
WORST = {
    "neg_state_space_divergence": -100.0,
    "neg_power_spectrum_hellinger": -10.0,
    "neg_n_step_error": -1e100,
    "valid_prediction_time": -1e6,
    "neg_lyapunov_difference": -100.0,
    "skill": -10.0,
}


#: Metrics that compare delay vectors if the scorer has `n_delays`.
OF_DELAY_VECTORS = ("neg_state_space_divergence", "neg_lyapunov_difference", "skill")


def embedded(scorer, true, *generated):
    """List of all series given, each in the scorer's own delay embedding, if it has one."""
    if scorer.n_delays is None:
        return [true, *generated]
    embedding = DelayEmbedding(scorer.n_delays, scorer.lag or 1, boundary="drop").fit(true)
    long = [k for k, rows in enumerate(true) if len(rows) >= embedding.context_length_]
    return [embedding.transform([rows[k] for k in long]) for rows in (true, *generated)]


def _neg_state_space_divergence(scorer, true, generated, dt):
    true, generated = map(np.concatenate, embedded(scorer, true, generated))
    # The Gaussians that stand for many columns have width 1: that is one standard deviation here.
    scale = np.std(true, axis=0)
    scale[(np.ptp(true, axis=0) == 0.0) | (scale == 0.0)] = 1.0
    return -state_space_divergence(true / scale, generated / scale)


def _neg_lyapunov_difference(scorer, true, generated, dt):
    true, generated = embedded(scorer, true, generated)
    if max(map(len, true)) < 50:
        return WORST["neg_lyapunov_difference"]
    expected = scorer.lyapunov_exponent
    if expected is None:
        expected = slope(divergence_curve(true)) / dt
    return -abs(slope(divergence_curve(generated)) / dt - expected)


def _skill(scorer, true, generated, dt):
    """Geometric mean of the parts of the free run, each in [0, 1]."""
    divergence = -_neg_state_space_divergence(scorer, true, generated, dt)
    rng = np.random.default_rng(0)
    rows = np.concatenate(true)
    covariance = np.cov(rows, rowvar=False).reshape(rows.shape[1], -1)
    noise = [rng.multivariate_normal(rows.mean(axis=0), covariance, len(part)) for part in true]
    of_noise = -_neg_state_space_divergence(scorer, true, noise, dt)
    places = max(1.0 - divergence / of_noise, 0.0) if of_noise > 0 else float(divergence <= 0)
    return np.sqrt(places * (1.0 + _neg_power_spectrum_hellinger(scorer, true, generated, dt)))


def _neg_power_spectrum_hellinger(scorer, true, generated, dt):
    return -power_spectrum_hellinger(true, generated, sigma=scorer.sigma)


def _valid_prediction_time(scorer, true, generated, dt):
    return valid_prediction_time(true, generated, threshold=scorer.threshold, dt=dt)


#: Name -> ``score(scorer, true, generated, dt)`` on lists of finite arrays (n, n_features).
OF_FREE_RUN = {
    "neg_state_space_divergence": _neg_state_space_divergence,
    "neg_power_spectrum_hellinger": _neg_power_spectrum_hellinger,
    "valid_prediction_time": _valid_prediction_time,
    "neg_lyapunov_difference": _neg_lyapunov_difference,
    "skill": _skill,
}


def neg_n_step_error(model, pieces, horizon):
    """Score and problem ("" if none): mean over all starts of all pieces, block by block."""
    total, n_starts = 0.0, 0
    for piece in pieces:
        for true, runs in forecasts(model, piece, horizon):
            if np.isnan(runs).any():
                return WORST["neg_n_step_error"], f"{runs.shape[1]}-step forecasts diverged"
            total += len(runs) * n_step_error(true, runs)
            n_starts += len(runs)
    return max(-float(total / n_starts), WORST["neg_n_step_error"]), ""
