"""The core's modules side by side: what one of them gives, all give."""

import numpy as np
import pytest

from sklearn_dsr._core._isa import NAMES, load


def available():
    """Modules of the core, of the instruction sets that this processor has."""
    for name in NAMES:
        try:
            yield load(name)
        except ImportError:
            pass


@pytest.fixture(scope="session")
def in_all():
    """Results that are the same in each bit in all modules.

    Of a function by its name and arguments; or of ``use(module)``, or ``use(module, map)`` if the
    arrays of a map follow, arrays or numbers.
    """
    modules = list(available())

    def run(use, *args):
        if isinstance(use, str):
            results = [getattr(module, use)(*args) for module in modules]
        else:
            results = [use(m, *(m.Map(*arrays) for arrays in args)) for m in modules]
        parts = [result if type(result) is tuple else (result,) for result in results]
        assert len({tuple(np.asarray(p).tobytes() for p in part) for part in parts}) == 1
        return results[0]

    return run
