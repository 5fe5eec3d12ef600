"""What the benchmarks measure of a fitted pipeline, on rows that its fit has not seen."""

import time
import warnings

import numpy as np

from sklearn_dsr.exceptions import DataWarning, ReconstructionWarning
from sklearn_dsr.metrics import (
    n_step_error,
    power_spectrum_hellinger,
    state_space_divergence,
    valid_prediction_time,
)
from sklearn_dsr.pipeline import simulate

N_STARTS, LONGEST = 100, 10.0  # of valid prediction times: forecasts, and their units of time
PARAMETERS = ("A", "W", "W1", "W2", "h", "h1", "h2", "alphas", "H", "B", "L0", "C")


def fitted(pipeline, X):
    """Fit quietly; CPU seconds of all threads, outcome and number of parameters."""
    start = time.process_time()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ReconstructionWarning)  # the outcome is reported
        warnings.simplefilter("ignore", DataWarning)
        pipeline.fit(X)
    cpu, model = time.process_time() - start, pipeline[-1]
    return {"cpu": cpu, "outcome": model.outcome_, "parameters": n_parameters(model)}


def n_parameters(model):
    """Numbers in the arrays of a fitted model, those of its observation among them."""
    return sum(np.size(getattr(model, f"{name}_", [])) for name in PARAMETERS)


def free_run(pipeline, test):
    """Free run from the first rows of a test series: 1.25 times its length, a fifth dropped."""
    n, first = len(test), test[: getattr(pipeline, "context_length_", 1)]
    return simulate(pipeline, first, n + n // 4).reshape(-1, test.shape[1])[n // 4 :]


def distances(test, run):
    """D_stsp and D_H of a free run beside a test series."""
    scale = test.std(axis=0)
    return {
        "finite": bool(np.isfinite(run).all()),
        "length": len(test),
        # The Gaussian-mixture divergence of many columns is in units of the data.
        "D_stsp": state_space_divergence(test / scale, run / scale),
        "D_H": power_spectrum_hellinger(test, run),
    }


def floor_of(a, b):
    """D_stsp and D_H of two true series."""
    n, scale = min(len(a), len(b)), a.std(axis=0)
    return state_space_divergence(a / scale, b / scale), power_spectrum_hellinger(a[:n], b[:n])


def gaussian_divergence(test):
    """D_stsp of independent rows with the mean and the covariance of a series."""
    rng = np.random.default_rng(0)
    rows = rng.multivariate_normal(test.mean(axis=0), np.cov(test.T), len(test))
    return distances(test, rows)["D_stsp"]


def forecast_error(pipeline, test):
    """PE(20), from every row of a test series, in variances; for models that need no past."""
    scale = test.std(axis=0)
    return n_step_error(test / scale, simulate(pipeline, test[:-20], 20) / scale)


def valid_time(pipeline, test, dt):
    """Valid prediction time, in units of time, from true rows all over a test series."""
    context, horizon = getattr(pipeline, "context_length_", 1), round(LONGEST / dt)
    starts = np.linspace(context, len(test) - horizon - 1, N_STARTS).astype(int)
    true = np.stack([test[s + 1 : s + 1 + horizon] for s in starts])
    past = np.stack([test[s + 1 - context : s + 1] for s in starts])
    runs = simulate(pipeline, past[:, 0] if context == 1 else past, horizon)
    return float(valid_prediction_time(true, runs, dt=dt, scale=test.std(axis=0)))


def valid_time_of_noisy_rows(model, test, dt, noise, seed):
    """The same of forecasts from noisy rows: from the last one alone, and from 1000 of them."""
    scale, horizon = test.std(axis=0), round(LONGEST / dt)
    seen = test + noise * scale * np.random.default_rng(seed).standard_normal(test.shape)
    starts = np.linspace(1000, len(test) - horizon - 1, N_STARTS).astype(int)
    true = np.stack([test[s + 1 : s + 1 + horizon] for s in starts])
    runs = (
        model.simulate(seen[starts], horizon),
        model.forecast([seen[s - 999 : s + 1] for s in starts], horizon),
    )
    return [float(valid_prediction_time(true, run, dt=dt, scale=scale)) for run in runs]
