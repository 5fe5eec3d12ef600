"""What the benchmarks of accuracy measure of a fitted model, and how it is printed."""

import time
import warnings

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from sklearn_dsr._recipe import RECIPE
from sklearn_dsr.dynamics import lyapunov_spectrum
from sklearn_dsr.exceptions import ReconstructionWarning
from sklearn_dsr.metrics import (
    n_step_error,
    power_spectrum_hellinger,
    state_space_divergence,
)
from sklearn_dsr.pipeline import simulate


def free_run(pipeline, X):
    """Free run beside X, in the units of X: 1.25 len(X) rows from its first, a fifth dropped.

    With external inputs, len(X) rows, as many as X has inputs.
    """
    K = pipeline[-1].n_inputs
    if K:
        return simulate(pipeline, X[:1], len(X), X[:, -K:])[0]
    return simulate(pipeline, X[:1], len(X) + len(X) // 4)[0][len(X) // 4 :]


def forecasts(pipeline, X, n_steps):
    """Forecasts 1..n_steps from every row of X but the last ones."""
    K, inputs = pipeline[-1].n_inputs, None
    if K:
        inputs = sliding_window_view(X[:-1, -K:], n_steps, axis=0).swapaxes(1, 2)
    return simulate(pipeline, X[:-n_steps], n_steps, inputs)


def judge(pipeline, test):
    """Figures of one fitted pipeline on a test series."""
    run, ahead = free_run(pipeline, test), forecasts(pipeline, test, 20)
    test = test[:, : run.shape[1]]  # without external inputs
    scale = test.std(axis=0)
    return distances(test, run) | {"PE20": n_step_error(test / scale, ahead / scale)}


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


def gaussian_divergence(test):
    """D_stsp of independent rows with the mean and the covariance of a series."""
    rng = np.random.default_rng(0)
    rows = rng.multivariate_normal(test.mean(axis=0), np.cov(test.T), len(test))
    return distances(test, rows)["D_stsp"]


def fit_and_judge(pipeline, train, test, seed):
    """Fit with one seed; figures, wall time and outcome."""
    pipeline[-1].set_params(random_state=seed)
    start, cpu = time.perf_counter(), time.process_time()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ReconstructionWarning)  # the outcome is reported
        pipeline.fit(train)
    seconds, cpu = time.perf_counter() - start, time.process_time() - cpu
    model = pipeline[-1]
    family = model.candidates_[model.chosen_[0]]["family"]
    return judge(pipeline, test) | {
        "seconds": seconds,
        "cpu": cpu,
        "updates": sum(len(c["losses"]) for c in model.candidates_) * RECIPE.batches_per_epoch,
        "parameters": n_parameters(model),
        "outcome": model.outcome_,
        "family": family,
        "seed": seed,
        "lambda_max": largest_exponent(model, train),
    }


def n_parameters(model):
    """Numbers in the arrays of a fitted model, those of its observation among them."""
    names = ("A", "W", "W1", "W2", "h", "h1", "h2", "alphas", "H", "B", "L0", "C")
    return sum(getattr(model, f"{name}_").size for name in names if hasattr(model, f"{name}_"))


def largest_exponent(model, X):
    """Largest Lyapunov exponent of the free run; with external inputs, those of X."""
    if not model.n_inputs:
        return float(lyapunov_spectrum(model, n_exponents=1)[0])
    steps = {"n_transient": 1000, "n_steps": len(X) - 1000}
    inputs = X[:, -model.n_inputs :]
    return float(lyapunov_spectrum(model, inputs=inputs, n_exponents=1, **steps)[0])


def report(name, rows, limit, floor, published=""):
    """Print a line per seed and the medians."""
    print(f"\n{name}")
    for r in rows:
        print(
            "  seed {seed}: D_stsp {D_stsp:.3f}  D_H {D_H:.3f}  PE(20) {PE20:.2e}  lambda_max "
            "{lambda_max:.4f}  {seconds:.1f} s, CPU {cpu:.1f} s  {outcome} ({family})".format(**r),
            flush=True,
        )
    for key in ("D_stsp", "D_H", "PE20", "lambda_max", "seconds", "cpu"):
        v = np.array([r[key] for r in rows])
        print(
            f"  {key}: median {np.median(v):.4g}  min {v.min():.4g}  max {v.max():.4g}  "
            f"MAD {np.median(np.abs(v - np.median(v))):.2g}"
        )
    failed = sum(r["outcome"] != "converged" or not r["D_stsp"] < limit for r in rows)
    print(f"  failed seeds (not converged, or D_stsp >= {limit:g}): {failed} of {len(rows)}")
    print(
        f"  floor, data against data: D_stsp {floor[0]:.3f}  D_H {floor[1]:.3f}. {published}",
        flush=True,
    )


def floor_of(a, b):
    """D_stsp and D_H of two true series."""
    n, scale = min(len(a), len(b)), a.std(axis=0)
    return state_space_divergence(a / scale, b / scale), power_spectrum_hellinger(a[:n], b[:n])
