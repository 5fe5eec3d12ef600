"""Seven small fits and the checksums that they must have on every machine.

As a command: compare this machine's fits with the stored checksums; with ``--renew``, store them.
They change with every change of the start or of the training, and with nothing else.
"""

import json
import sys
import warnings
from pathlib import Path

import numpy as np
from calls import uniform
from checksums import checksum

import sklearn_dsr
from sklearn_dsr import (
    AlmostLinearRNNReconstructor,
    PLRNNReconstructor,
    ShallowPLRNNReconstructor,
)
from sklearn_dsr.datasets import make_lorenz63
from sklearn_dsr.exceptions import ReconstructionWarning
from sklearn_dsr.forcing import AdaptiveGTF, SparseForcing

STORED = Path(__file__).with_name("reference_checksums.json")
SHORT = {"max_iter": 2, "n_init": 2, "random_state": 0, "start": "random"}
MODELS = {
    "by regression": ShallowPLRNNReconstructor(20, random_state=0, stages="start"),
    "shallow": ShallowPLRNNReconstructor(24, clipped=False, **SHORT),
    "clipped, affine, masked": ShallowPLRNNReconstructor(
        16, 4, clipped=True, observation="affine", missing="mask", **SHORT
    ),
    "adaptive, driven": ShallowPLRNNReconstructor(16, n_inputs=1, forcing=AdaptiveGTF(), **SHORT),
    "vanilla": PLRNNReconstructor(5, **SHORT),
    "dendritic, sparse": PLRNNReconstructor(4, n_bases=3, forcing=SparseForcing(), **SHORT),
    "almost linear": AlmostLinearRNNReconstructor(
        8, 2, forcing=SparseForcing(16, noise_level=0.05), **SHORT
    ),
}
FITTED = ("A_", "W1_", "W2_", "W_", "h1_", "h2_", "h_", "B_", "C_", "loss_curve_", "gtf_alpha_")


def data(model):
    """A noisy Lorenz orbit of 400 rows; no function of the system's library has a part in it."""
    X = make_lorenz63(400, dt=0.05, random_state=0) + uniform(400, 3, seed=2)
    if model.missing == "mask":
        X[::7, 1] = np.nan
    return X


def found(name):
    """Checksum of a fit: of all that it has learned."""
    model = MODELS[name]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ReconstructionWarning)
        model.fit(data(model))
    return checksum([np.asarray(getattr(model, part)) for part in FITTED if hasattr(model, part)])


if __name__ == "__main__":
    here = {name: found(name) for name in MODELS}
    if "--renew" in sys.argv:
        STORED.write_text(json.dumps(here, indent=1) + "\n")
    elif here != json.loads(STORED.read_text()):
        sklearn_dsr.show_versions()
        sys.exit(f"These fits differ from the stored ones: {here}. Please report this.")
    else:
        print("The seven fits are the stored ones, bit by bit.")
