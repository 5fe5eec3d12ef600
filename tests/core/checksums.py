"""Calls of the core on fixed inputs, and what they return, as a checksum.

Every instruction set and every compiler must give the same ones. A function of the core gets an
entry here: a function that takes the module of an instruction set and returns an array, or several.
As a command: print the checksums under each instruction set of this processor, as JSON.
"""

import hashlib
import json

import numpy as np

from sklearn_dsr._core import _isa
from sklearn_dsr._core.systems import DUFFING, LORENZ63, LORENZ96, ROSSLER

CALLS = {}


def call(function):
    """Enter a function into `CALLS`."""
    CALLS[function.__name__] = function
    return function


def uniform(*shape, seed=0, dtype=float):
    """Numbers in [-1, 1) that are the same everywhere: no logarithm, no root."""
    return (2 * np.random.default_rng(seed).random(shape) - 1).astype(dtype)


@call
def orbits(core):
    none = np.empty(0)
    return (
        core.runge_kutta_4(LORENZ63, np.ones(3), np.array([10, 28, 8 / 3]), none, 0.01, 2, 2000),
        core.runge_kutta_4(LORENZ96, uniform(20), np.array([8.0]), none, 0.01, 1, 500),
        core.runge_kutta_4(ROSSLER, np.ones(3), np.array([0.2, 0.2, 5.7]), none, 0.02, 3, 1000),
        core.runge_kutta_4(
            DUFFING, np.ones(2), np.array([0.3, -1, 1]), uniform(1000, seed=1), 0.01, 5, 1000
        ),
    )


def checksum(result):
    """Of type, shape and bits of an array or number, or of several; a NaN is a NaN."""
    digest = hashlib.sha256()
    for part in result if isinstance(result, (tuple, list)) else [result]:
        part = np.ascontiguousarray(part)
        if part.dtype.kind == "f":
            part = np.where(np.isnan(part), np.array(np.nan, part.dtype), part)
        digest.update(f"{part.dtype.str} {part.shape} ".encode())
        digest.update(part.tobytes())
    return digest.hexdigest()[:16]


def checksums(core):
    """Name of a call -> its checksum under a module of the core."""
    return {name: checksum(function(core)) for name, function in CALLS.items()}


def supported():
    """The instruction sets that are built and that this processor has, best first."""
    best = _isa.load("base").best_isa()
    return [isa for isa in _isa.NAMES[_isa.NAMES.index(best) :] if isa in _isa.built()]


if __name__ == "__main__":
    print(json.dumps({isa: checksums(_isa.load(isa)) for isa in supported()}))
