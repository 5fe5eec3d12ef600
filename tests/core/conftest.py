"""The core's modules side by side: what one of them gives, all give."""

import numpy as np
import pytest

from sklearn_dsr._core._isa import NAMES, load


def _available():
    """Modules of the core that this processor runs."""
    for name in NAMES:
        try:
            yield load(name)
        except ImportError:
            pass


@pytest.fixture(scope="session")
def in_all():
    """Results of ``use(module)``, arrays or numbers, which are the same in each bit in all modules.

    ``with_map`` in front of ``use`` gives it a map of the module, of its arrays, as well.
    """
    modules = list(_available())

    def run(use, with_map=None):
        results = []
        for module in modules:
            given = (module,) if with_map is None else (module, module.Map(*with_map))
            parts = use(*given)
            results.append([np.asarray(p) for p in (parts if type(parts) is tuple else (parts,))])
        assert len({b"".join(part.tobytes() for part in result) for result in results}) == 1
        return results[0] if len(results[0]) > 1 else results[0][0]

    return run
