"""Checksums of what the core returns: every instruction set and every compiler gives the same.

As a command: print those of `calls.CALLS` under each instruction set of this processor, as
JSON.
"""

import hashlib
import json
import sys

import numpy as np
from calls import CALLS

from sklearn_dsr._core import _isa


def parts(result):
    """The arrays and numbers of a nested result."""
    if isinstance(result, (tuple, list)):
        for part in result:
            yield from parts(part)
    else:
        yield np.ascontiguousarray(result)


def checksum(result):
    """Of type, shape and bits of arrays and numbers; a NaN is a NaN."""
    digest = hashlib.sha256()
    for part in parts(result):
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
    # Under an emulator the best one alone is asked for: --best.
    names = supported()[: 1 if "--best" in sys.argv else None]
    print(json.dumps({isa: checksums(_isa.load(isa)) for isa in names}))
