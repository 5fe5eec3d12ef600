"""Small fitted models, on the backend that opens no windows."""

import copy
import warnings

import matplotlib
import numpy as np
import pytest
from sklearn.decomposition import PCA
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sklearn_dsr import EnsembleReconstructor, ShallowPLRNNReconstructor
from sklearn_dsr.datasets import make_lorenz63
from sklearn_dsr.exceptions import ReconstructionWarning
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
    """Lorenz orbit, 3 columns, 50 rows per unit of time."""
    return make_lorenz63(2000, dt=0.02, noise_level=0.02, random_state=0)


@pytest.fixture(scope="session")
def reconstructor():
    """Function (**params) -> unfitted reconstructor of half a second."""

    def make(**params):
        settings = {"max_iter": 60, "n_init": 1, "dt": 0.02, "random_state": 0}
        return ShallowPLRNNReconstructor(20, **(settings | params))

    return make


def fitted(estimator, X):
    """Fit, whatever becomes of so short a training."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ReconstructionWarning)
        return estimator.fit(X)


@pytest.fixture(scope="session")
def model(X, reconstructor):
    return fitted(reconstructor(n_init=2), X)


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
    broken.A_ = np.full_like(model.A_, 1.5)
    return broken
