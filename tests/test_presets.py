"""The settings of the published table are valid, and its models have the published sizes."""

import runpy
from pathlib import Path

import numpy as np
import pytest

from sklearn_dsr import PLRNNReconstructor, ShallowPLRNNReconstructor
from sklearn_dsr._training._problem import Problem

FILE = Path(__file__).parents[1] / "benchmarks" / "presets.py"
if not FILE.exists():
    pytest.skip("the benchmarks are not beside the tests", allow_module_level=True)
PRESETS = runpy.run_path(str(FILE))
MODELS = {"shallow": ShallowPLRNNReconstructor, "dendritic": PLRNNReconstructor}
COLUMNS = {"ecg": 5, "eeg": 64, "lorenz63": 3, "lorenz96": 20}


@pytest.mark.parametrize("method", ["gtf", "adaptive", "sparse"])
@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("data", COLUMNS)
def test_settings_are_valid_and_sizes_as_published(data, model, method):
    for preset in ("hess2023", "default"):
        given = PRESETS["parameters"](preset, data, model, method)
        MODELS[model](**given)._check_parameters()
    estimator = MODELS[model](**PRESETS["parameters"]("hess2023", data, model, method))
    published = PRESETS["PUBLISHED"].get((data, model, method), [None])[-1]
    if published is not None:
        parametrization = estimator._parametrization(
            **estimator._architecture(estimator.latent_dim)
        )
        affine = estimator.observation == "affine"
        problem = Problem(np.empty((0, COLUMNS[data])), parametrization, affine, 1, 1)
        fixed = np.sum(parametrization.masks()["A"] == 0)  # W is counted with its diagonal
        assert sum(np.prod(shape) for shape in problem.shapes.values()) - fixed == published
