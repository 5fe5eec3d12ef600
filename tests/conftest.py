"""One thread for linear algebra, and the same few examples of every property each time."""

import os

# Before NumPy is loaded: matrices are small here, and the workers of a parallel run would fight.
for name in ("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(name, "1")

from hypothesis import settings  # noqa: E402

settings.register_profile("quick", deadline=None, derandomize=True, max_examples=25)
settings.load_profile("quick")
