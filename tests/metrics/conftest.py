"""The published series, from the folder that SKLEARN_DSR_DATA names; tests skip without it."""

import os
from pathlib import Path

import numpy as np
import pytest


@pytest.fixture(scope="session")
def published():
    """Return a function: file name without suffix -> float64 array."""

    def load(name):
        folder = os.environ.get("SKLEARN_DSR_DATA")
        path = Path(folder or ".", f"{name}.npy")
        if not folder or not path.exists():
            pytest.skip(f"{name}.npy is not in the folder that SKLEARN_DSR_DATA names")
        return np.load(path).astype(np.float64)

    return load
