"""Fitted reconstructors whose map, or whose fate, is planted: no training decides what they do."""

import warnings
from dataclasses import replace

import numpy as np
from known_maps import chua, lozi

from sklearn_dsr import ShallowPLRNNReconstructor
from sklearn_dsr._choice import _verdict
from sklearn_dsr._choice._outcome import CONVERGED
from sklearn_dsr._choice._selection import Choice
from sklearn_dsr._choice._verdict import Verdict
from sklearn_dsr.exceptions import ReconstructionWarning
from sklearn_dsr.forcing import GTF
from sklearn_dsr.reconstruction._noise import Along, noise_along

# The shortest training there is, and nothing before it.
SHORTEST = {"max_iter": 1, "n_init": 1, "stages": "train", "start": "random"}


def fitted(estimator, X):
    """Fit, whatever becomes of so short a training."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ReconstructionWarning)
        return estimator.fit(X)


def planted(f, X, **params):
    """Reconstructor fitted on X whose map is `f`, in the units of X.

    Inputs are as they are: of a driven map, X must have inputs with mean 0 and scale 1.
    """
    settings = {"clipped": False, "random_state": 0} | SHORTEST
    if f.C is not None:
        settings["n_inputs"] = f.C.shape[1]
    return with_map(fitted(ShallowPLRNNReconstructor(len(f.h2), **(settings | params)), X), f)


def with_map(model, f):
    """The fitted shallow model, with the map `f` of the units of its columns in place of its own.

    It needs as many hidden units as `f` has, and a dense A.
    """
    assert model.architecture_["linear"] == "dense" and not model.architecture_["clipped"]
    M, L = len(f.h1), len(f.h2)
    N = min(model.n_features_in_ - model.n_inputs_, M)
    hidden = M - N  # units that no column shows keep theirs
    f = in_units(
        f,
        np.pad(model.mean_[:N], (0, hidden)),
        np.pad(model.scale_[:N], (0, hidden), constant_values=1.0),
    )
    spare = model.hidden_dim_ - L  # always off; with them no column is a copy of another one
    model.A_, model.h1_ = f.A.copy(), f.h1.copy()
    model.W1_ = np.hstack([f.W1, np.ones((M, spare))])
    model.W2_ = np.vstack([f.W2, np.zeros((spare, M))])
    model.h2_ = np.concatenate([f.h2, np.full(spare, -1.0)])
    if f.C is not None:
        model.C_ = f.C.copy()
    return model


def with_noise_of(model, X):
    """The model with the noise that its map, planted or not, leaves along X."""
    system = model._system()
    along = Along(system.canonical, system.observation, [(X - system.mean) / system.scale])
    model._set_noise(noise_along([along]))
    return model


def lozi_data(n_rows=2000, noise_level=0.05):
    """Rows of the Lozi map, clean, and with noise in standard deviations of each column."""
    clean = lozi().simulate(np.array([[0.1, 0.2]]), n_rows + 100)[0, 100:]
    noise = np.random.default_rng(0).standard_normal(clean.shape)
    return clean, clean + noise_level * clean.std(axis=0) * noise


def chua_data(n_rows, noise_level=0.0, seed=0):
    """Rows of Chua's circuit, with noise in standard deviations of each column."""
    rows = chua().simulate(np.array([[0.7, 0.0, 0.0]]), n_rows + 2000)[0, 2000:]
    noise = np.random.default_rng(seed).standard_normal(rows.shape)
    return rows + noise_level * rows.std(axis=0) * noise


# Hardly any training: from the true map, all models of all rounds of a fit stay good ones.
LITTLE = {
    "max_iter": 6,
    "forcing": GTF(0.7),
    "sequence_length": 10,
    "n_init": 3,
    "learning_rate_init": 1e-6,
}


def from_the_truth(X, n_rounds=0, **params):
    """Estimator whose next fit goes on from the Lozi map, which made X, and converges.

    It has so many rounds on smoothed rows at most.
    """
    model = planted(lozi(), X, warm_start=True, standardize=False)
    model._n_smoothings = n_rounds
    return model.set_params(**(LITTLE | {"stages": "refine"} | params))


def in_units(f, mean, scale):
    """The map `f` in coordinates (z - mean) / scale."""
    return replace(
        f,
        A=f.A * scale / scale[:, None],
        W1=f.W1 / scale[:, None],
        W2=f.W2 * scale,
        h1=(f.A @ mean + f.h1 - mean) / scale,
        h2=f.h2 + f.W2 @ mean,
        C=None if f.C is None else f.C / scale[:, None],
    )


def verdict(total, **changed):
    """Verdict on a model that converged, whose total is that of its short runs."""
    figures = {"baseline": 1.0, "D": total, "H": 0.0, "F": 0.0, "S": total}
    figures |= {"long": 0.0, "error": 0.0}
    fate = {"passed": 1.0, "captured": 0.0, "outcome": CONVERGED}
    return Verdict(**(figures | fate | changed))


def plant_outcomes(monkeypatch, outcome=CONVERGED):
    """Every model of the fits to come has this outcome, and catches no rows of the data."""
    monkeypatch.setattr(_verdict, "diagnose", lambda *_: outcome)
    monkeypatch.setattr(_verdict, "captured", lambda *_: 0.0)


def plant_none_good(monkeypatch):
    """No model of the fits to come is so good that it ends them: all their candidates are trained.

    See `Verdict.is_good`; the outcomes are the models' own.
    """
    monkeypatch.setattr(Choice, "is_good", lambda *_: False)
    monkeypatch.setattr(Verdict, "is_good", False)
