"""The numbers of a report: a free run compared with data, and data with other data."""

import numpy as np

from .._coordinates.pieces import forecasts, free_runs
from ..dynamics import lyapunov_spectrum
from ..metrics import (
    escaped_fraction,
    n_step_error,
    standard_deviation_ratio,
    state_space_divergence,
    valid_prediction_time,
)
from ..metrics._spectrum import distance_and_length

HORIZON = 20  # steps of the forecasts
N_EXPONENT_STEPS = (5_000, 50_000)  # transient, and steps to average over


def halves(pieces):
    """Pieces to compare the run with, and rows of as many others. A single piece gives halves."""
    if len(pieces) == 1:
        pieces = pieces[0].cut(2)
    first, second = pieces[::2], [p.true for p in pieces[1::2]]
    return first[: len(second)], second


def figures(true, runs, other, model, pieces, problem):
    """Metrics of the free run, and of other data of the same length."""
    scale = np.std(np.concatenate([p.true for p in pieces]), axis=0)
    scale[scale == 0.0] = 1.0

    def beside(generated):
        generated = [g[: len(t)] for g, t in zip(generated, true, strict=True)]
        return {
            "D_stsp": state_space_divergence(
                [t / scale for t in true], [g / scale for g in generated]
            ),
            "D_H": distance_and_length(true, generated)[0],
            "standard deviation ratio": float(np.min(standard_deviation_ratio(true, generated))),
            "rows out of range": escaped_fraction(true, generated),
        }

    floor = beside(other)
    if problem:
        return dict.fromkeys(floor, float("nan")), floor
    errors, n_starts = 0.0, 0
    horizon = min(HORIZON, max(len(p.true) for p in pieces) // 2)
    for piece in pieces:
        for rows, ahead in forecasts(model, piece, horizon):
            errors += len(ahead) * n_step_error(rows / scale, ahead / scale)
            n_starts += len(ahead)
    metrics = beside(runs) | {f"PE({horizon})": errors / n_starts}
    parts = [part for p in pieces for part in p.cut(max(len(p.true) // 500, 1))]
    starts, ahead, _ = free_runs(model, parts)
    metrics["valid prediction time"] = valid_prediction_time(starts, ahead, dt=model.dt)
    return metrics, floor


def spectrum_of(estimator, model, pieces, flow):
    """Lyapunov spectrum of the free run. External inputs are those of the longest piece."""
    transient, steps = N_EXPONENT_STEPS
    given = {"flow": flow}
    if model.n_inputs:
        inputs = max(pieces, key=lambda p: len(p.states)).states[:, -model.n_inputs :]
        transient, steps = len(inputs) // 10, len(inputs) - len(inputs) // 10
        given["inputs"] = inputs
    try:
        return lyapunov_spectrum(
            estimator, n_transient=transient, n_steps=steps, return_history=True, **given
        )
    except ValueError:  # the run diverges after more steps than the data have
        return None


def in_words(fitted):
    """What was fitted and how, in words."""
    found = {"model": type(fitted).__name__}
    if hasattr(fitted, "estimators_"):
        outcomes = [member.outcome_ for member in fitted.estimators_]
        found["members"] = f"{outcomes.count('converged')} of {len(outcomes)} converged"
        fitted = fitted.estimators_[fitted.best_index_]
    if hasattr(fitted, "candidates_"):
        candidate, checkpoint = fitted.chosen_
        record = fitted.candidates_[candidate]
        epochs = fitted.n_iter_ + record["epochs_before"]
        found |= {
            "latent units, hidden units": f"{fitted.latent_dim_}, {fitted.hidden_dim_}",
            "candidates": f"{len(fitted.candidates_)}, chosen: {record['family']}",
            "epochs of the chosen": str(epochs) if epochs else "0: a model of the start, untrained",
            "score, floor": f"{record['checkpoints'][checkpoint]['S']:.3g}, "
            f"{fitted.floor_['S']:.3g} (on the training data)",
        }
    return found
