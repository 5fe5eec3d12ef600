"""Types of what the public functions and methods take and return."""

from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

Floats: TypeAlias = NDArray[np.float64]
Seed: TypeAlias = int | np.random.Generator | np.random.RandomState | None
# A reconstructor, a pipeline or a search: whatever has the methods, of any class.
Estimator: TypeAlias = Any
# In the form of X: an array, a list of arrays or a 3-D array; from transformers also frames. With a
# union, each caller would need a cast.
Rows: TypeAlias = Any
# An array, or, after a DataFrame, a DataFrame or a list of them.
Forecast: TypeAlias = Any
