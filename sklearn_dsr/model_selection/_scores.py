"""One function per score: a finite number, higher is better, from run and data."""

import numpy as np

from .._coordinates.pieces import forecasts
from ..dynamics._series import divergence_curve, slope
from ..metrics import (
    n_step_error,
    state_space_divergence,
    valid_prediction_time,
)
from ..metrics._spectrum import distance_and_length
from ..preprocessing import DelayEmbedding

#: Lower limit of each score, and the score of a run that is not finite. It is finite, so that means
#: and standard deviations over folds exist. For bounded scores it is far below the range, so that a
#: model which diverges in one of ten folds has a worse mean than any other.
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


#: Metrics that compare delay vectors if `n_delays` of the scorer is given.
OF_DELAY_VECTORS = ("neg_state_space_divergence", "neg_lyapunov_difference", "skill")


def embedded(scorer, true, *generated):
    """List of the given series, in the delay embedding of the scorer if it has one."""
    if scorer.n_delays is None:
        return [true, *generated]
    embedding = DelayEmbedding(scorer.n_delays, scorer.lag or 1, boundary="drop").fit(true)
    long = [k for k, rows in enumerate(true) if len(rows) >= embedding.context_length_]
    return [embedding.transform([rows[k] for k in long]) for rows in (true, *generated)]


def _neg_state_space_divergence(scorer, true, generated, dt):
    true, generated = map(np.concatenate, embedded(scorer, true, generated))
    # With many columns the metric uses Gaussians of width 1: one standard deviation here.
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
    """Geometric mean of the scores of rows and of spectra, each in [0, 1]."""
    divergence = -_neg_state_space_divergence(scorer, true, generated, dt)
    rng = np.random.default_rng(0)
    rows = np.concatenate(true)
    covariance = np.cov(rows, rowvar=False).reshape(rows.shape[1], -1)
    noise = [rng.multivariate_normal(rows.mean(axis=0), covariance, len(part)) for part in true]
    of_noise = -_neg_state_space_divergence(scorer, true, noise, dt)
    places = max(1.0 - divergence / of_noise, 0.0) if of_noise > 0 else float(divergence <= 0)
    return np.sqrt(places * (1.0 + _neg_power_spectrum_hellinger(scorer, true, generated, dt)))


def _neg_power_spectrum_hellinger(scorer, true, generated, dt):
    # The scorer has a warning of its own for short test data.
    return -distance_and_length(true, generated, scorer.sigma)[0]


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

#: Scores of the long run, which noise drives if it drives the model. The others are of forecasts.
WITH_NOISE = ("neg_state_space_divergence", "neg_power_spectrum_hellinger", "skill")


def neg_n_step_error(coordinates, pieces, horizon):
    """Score over all starts of all pieces, block by block, and the problem ("" if none)."""
    total, n_starts = 0.0, 0
    for piece in pieces:
        for true, runs in forecasts(coordinates, piece, horizon):
            if np.isnan(runs).any():
                return WORST["neg_n_step_error"], f"{runs.shape[1]}-step forecasts diverged"
            total += len(runs) * n_step_error(true, runs)
            n_starts += len(runs)
    return max(-float(total / n_starts), WORST["neg_n_step_error"]), ""
