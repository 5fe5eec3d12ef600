"""A fit has the same bits on any processor: what NumPy and BLAS have for it decides nothing."""

import os
import subprocess
import sys

import numpy as np
import pytest

# The fits of a fresh process, a line each: a hash of all that a fit leaves.
FITS = """
import hashlib
import warnings

import numpy as np

from sklearn_dsr import (
    AlmostLinearRNNReconstructor,
    HierarchicalReconstructor,
    PLRNNReconstructor,
    ShallowPLRNNReconstructor,
)
from sklearn_dsr.datasets import make_duffing, make_lorenz63

warnings.simplefilter("ignore")
X = make_lorenz63(1200, noise_level=0.05, random_state=0)
gaps = np.where(np.random.default_rng(0).random(X.shape) < 0.03, np.nan, X)
related = [np.column_stack([x, np.full(200, x[0, 0])]) for x in X.reshape(6, 200, 3)]
short = {"n_init": 2, "random_state": 0}
fits = [
    (ShallowPLRNNReconstructor(20, max_iter=3, **short), X),
    (ShallowPLRNNReconstructor(20, max_iter=3, start="random", **short), X),
    (ShallowPLRNNReconstructor(20, 2, observation="affine", max_iter=2, **short), X),
    (ShallowPLRNNReconstructor(20, 4, clipped=True, n_inputs=1, max_iter=2, **short),
     make_duffing(800, random_state=0)),
    (PLRNNReconstructor(n_bases=5, missing="mask", max_iter=2, **short), gaps),
    (AlmostLinearRNNReconstructor(6, max_iter=2, **short), X),
    (HierarchicalReconstructor(2, hidden_dim=20, random_state=0), X.reshape(6, 200, 3)),
    (HierarchicalReconstructor(1, n_parameters=1, n_inputs=1, random_state=0), related),
]
for model, rows in fits:
    model.fit(rows)
    digest = hashlib.sha256()
    for name, value in sorted(vars(model).items()):
        if name.endswith("_"):
            bits = value.tobytes() if isinstance(value, np.ndarray) else repr(value).encode()
            digest.update(name.encode() + bits)
    print(type(model).__name__, model.outcome_, digest.hexdigest())
"""


def hashes(**changed):
    environment = os.environ | {"OPENBLAS_NUM_THREADS": "1"} | changed
    done = subprocess.run(
        [sys.executable, "-c", FITS], env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


@pytest.fixture(scope="module")
def usual():
    return hashes()


@pytest.mark.parametrize("blas", ["Haswell", "Prescott"])
def test_a_fit_has_the_same_bits_on_an_older_processor(usual, blas):
    numpy = np._core._multiarray_umath
    newer = [name for name in numpy.__cpu_dispatch__ if numpy.__cpu_features__[name]]
    older = hashes(NPY_DISABLE_CPU_FEATURES=" ".join(newer), OPENBLAS_CORETYPE=blas)
    assert len(older) == 8
    assert older == usual
