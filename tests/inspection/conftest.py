"""Small fitted models, on the backend that opens no windows."""

import copy

import matplotlib
import numpy as np
import pytest
from known_maps import chua
from planted import chua_data, fitted, with_map
from sklearn.decomposition import PCA
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sklearn_dsr import EnsembleReconstructor, ShallowPLRNNReconstructor
from sklearn_dsr.preprocessing import DelayEmbedding

matplotlib.use("agg")


@pytest.fixture(autouse=True)
def pyplot():
    """matplotlib.pyplot, whose figures are closed after each test."""
    import matplotlib.pyplot as plt

    yield plt
    plt.close("all")


@pytest.fixture(scope="session")
def X():
    """Orbit of Chua's circuit, 3 columns."""
    return chua_data(2000, 0.01)


@pytest.fixture(scope="session")
def reconstructor():
    """Function (**params) -> unfitted reconstructor of a tenth of a second, which is trained."""

    def make(**params):
        settings = {"max_iter": 10, "n_init": 1, "stages": "train", "start": "random"}
        settings |= {"dt": 0.02, "random_state": 0} | params
        return ShallowPLRNNReconstructor(20, clipped=False, **settings)

    return make


@pytest.fixture(scope="session")
def model(X, reconstructor):
    """A model with the record of a training, and the map of the circuit planted in it."""
    return with_map(fitted(reconstructor(n_init=2, max_iter=30), X), chua())


@pytest.fixture(scope="session")
def untrained(X, reconstructor):
    """A model of the start by regression."""
    return fitted(reconstructor(start="regression", stages="start"), X)


@pytest.fixture(scope="session")
def ensemble(X, reconstructor):
    """In a pipeline that mixes the columns."""
    members = EnsembleReconstructor(reconstructor(), n_members=2, n_draws=5, random_state=0)
    return fitted(make_pipeline(PCA(), members), X)


@pytest.fixture(scope="session")
def embedded(X, reconstructor):
    """Pipeline fitted on the first column alone."""
    steps = StandardScaler(), DelayEmbedding(n_delays=3, lag=5), reconstructor()
    return fitted(make_pipeline(*steps), X[:, :1])


@pytest.fixture(scope="session")
def diverging(model):
    """A model whose free run overflows."""
    broken = copy.deepcopy(model)
    broken.A_ = 1.5 * np.eye(len(model.A_))
    return broken
