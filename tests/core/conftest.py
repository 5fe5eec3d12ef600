"""The modules of the core that this processor runs, side by side."""

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
    """Result of a function of the core, which must have the same bits in all its modules."""
    modules = list(available())

    def call(function, *args):
        results = [getattr(module, function)(*args) for module in modules]
        parts = [result if isinstance(result, tuple) else (result,) for result in results]
        assert len({tuple(np.asarray(p).tobytes() for p in part) for part in parts}) == 1
        return results[0]

    return call
