"""Attributes that a fit sets about its data, the chosen model and the choice."""

from dataclasses import asdict

import numpy as np

from .._choice._table import table


def data_range(segments):
    """Smallest and largest value of each column, (2, n_features), missing values left out."""
    low = [np.fmin.reduce(segment, axis=0) for segment in segments]
    high = [np.fmax.reduce(segment, axis=0) for segment in segments]
    return np.array([np.fmin.reduce(low, axis=0), np.fmax.reduce(high, axis=0)])


def model_attributes(data, problem, arrays, mean, scale):
    """Attributes that predictions of the model need, by name.

    Parameters
    ----------
    data : FitData
    problem : Problem
    arrays : dict
        Trained arrays of the problem.
    mean, scale : ndarray of shape (N + K,)
        Standardisation of the columns of X.
    """
    N, parametrization = problem.sizes[1], problem.parametrization
    return {f"{name}_": arrays[name] for name in problem.shapes} | {
        "architecture_": asdict(parametrization),
        "latent_dim_": parametrization.latent_dim,
        "hidden_dim_": parametrization.hidden_dim,
        "sequence_length_": problem.n_steps,
        "n_inputs_": problem.n_inputs,
        "initial_row_": data.first * scale[:N] + mean[:N],
        "outcome_": "training",
    }


def record_attributes(selection):
    """Attributes that record the choice of the model, by name."""
    candidate, checkpoint = selection.chosen
    record = selection.candidates[candidate]
    n_iter = record["checkpoints"][checkpoint]["epoch"]
    return {
        "outcome_": selection.outcome,
        "floor_": selection.floor,
        "candidates_": selection.candidates,
        "chosen_": selection.chosen,
        "choice_": table(selection.candidates, selection.chosen),
        "n_iter_": n_iter,
        "n_smoothings_": record["n_smoothings"],
        "loss_curve_": record["losses"],
        "gtf_alpha_": record["alphas"][n_iter - 1] if n_iter else float("nan"),
    }
