"""One function per score: a finite number, higher is better, from a run beside the data."""

import numpy as np

from ..metrics import (
    n_step_error,
    power_spectrum_hellinger,
    state_space_divergence,
    valid_prediction_time,
)
from ..preprocessing import DelayEmbedding

#: Score of a model whose run is not finite, and lower limit of each score. Finite, so that means
#: over folds, rankings and their standard deviations stay defined.
WORST = {
    "neg_state_space_divergence": -100.0,
    "neg_power_spectrum_hellinger": -1.0,
    "neg_n_step_error": -1e100,
    "valid_prediction_time": 0.0,
}


def _neg_state_space_divergence(scorer, true, generated, dt):
    if scorer.n_delays is not None:
        embedding = DelayEmbedding(scorer.n_delays, scorer.lag or 1, boundary="drop").fit(true)
        long = [k for k, rows in enumerate(true) if len(rows) >= embedding.context_length_]
        true = embedding.transform([true[k] for k in long])
        generated = embedding.transform([generated[k] for k in long])
    true, generated = np.concatenate(true), np.concatenate(generated)
    # The Gaussians that stand for many columns have width 1: that is one standard deviation here.
    scale = np.std(true, axis=0)
    scale[(np.ptp(true, axis=0) == 0.0) | (scale == 0.0)] = 1.0
    return -state_space_divergence(true / scale, generated / scale)


def _neg_power_spectrum_hellinger(scorer, true, generated, dt):
    return -power_spectrum_hellinger(true, generated, sigma=scorer.sigma)


def _valid_prediction_time(scorer, true, generated, dt):
    return valid_prediction_time(true, generated, threshold=scorer.threshold, dt=dt)


#: Name -> ``score(scorer, true, generated, dt)`` on lists of finite arrays (n, n_features).
OF_FREE_RUN = {
    "neg_state_space_divergence": _neg_state_space_divergence,
    "neg_power_spectrum_hellinger": _neg_power_spectrum_hellinger,
    "valid_prediction_time": _valid_prediction_time,
}


def neg_n_step_error(model, pieces, horizon):
    """Score and problem ("" if none): mean over all starts of all pieces, block by block."""
    total, n_starts = 0.0, 0
    for piece in pieces:
        for true, forecasts in model.forecasts(piece, horizon):
            if np.isnan(forecasts).any():
                return WORST["neg_n_step_error"], f"{forecasts.shape[1]}-step forecasts diverged"
            total += len(forecasts) * n_step_error(true, forecasts)
            n_starts += len(forecasts)
    return max(-float(total / n_starts), WORST["neg_n_step_error"]), ""
