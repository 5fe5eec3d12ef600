"""The engines of the training: the only place where the tests name the compiled one."""

import pytest

from sklearn_dsr._training._engine_native import NativeEngine as CompiledEngine
from sklearn_dsr._training._engine_torch import TorchEngine

COMPILED = "native"  # what the parameter `engine` calls it
ENGINES = [CompiledEngine, TorchEngine]
both_engines = pytest.mark.parametrize("engine", ENGINES)
both_names = pytest.mark.parametrize("engine", [COMPILED, "torch"])
