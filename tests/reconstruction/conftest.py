"""Small data, all reconstructors at sizes that fit in a fraction of a second, and plain loops."""

import numpy as np
import pytest
from models import next_state

from sklearn_dsr.forcing import AdaptiveGTF
from sklearn_dsr.reconstruction import (
    AlmostLinearRNNReconstructor,
    PLRNNReconstructor,
    ShallowPLRNNReconstructor,
)

KINDS = {
    "shallow": (ShallowPLRNNReconstructor, {"hidden_dim": 12, "clipped": False}),
    "vanilla": (PLRNNReconstructor, {}),
    "almost linear": (AlmostLinearRNNReconstructor, {"n_nonlinear": 1, "forcing": AdaptiveGTF()}),
}


# The same training of all kinds, whatever their defaults. A start by regression might leave no
# need of it.
TRAINING = {
    "max_iter": 2,
    "n_init": 1,
    "stages": "train",
    "start": "random",
    "random_state": 0,
    "learning_rate_init": 3e-3,
}


def _make(kind, **params):
    cls, sizes = KINDS[kind]
    return cls(**(TRAINING | sizes | params))


@pytest.fixture(params=list(KINDS))
def new(request):
    """Function (**params) -> unfitted estimator, of each kind."""
    return lambda **params: _make(request.param, **params)


@pytest.fixture
def shallow():
    """Function (**params) -> unfitted ShallowPLRNNReconstructor."""
    return lambda **params: _make("shallow", **params)


@pytest.fixture
def almost_linear():
    """Function (**params) -> unfitted AlmostLinearRNNReconstructor."""
    return lambda **params: _make("almost linear", **params)


@pytest.fixture
def rotation():
    """Function (n_rows, seed) -> noisy rotation by 0.1 radian, amplitudes 1 and 3, not centred."""

    def make(n_rows=300, seed=0):
        rng = np.random.default_rng(seed)
        phase = 0.1 * np.arange(n_rows) + rng.uniform(0, 2 * np.pi)
        rows = np.column_stack([np.sin(phase) + 5.0, 3.0 * np.cos(phase)])
        return rows + 0.01 * rng.normal(size=rows.shape)

    return make


class Plain:
    """A fitted model in plain NumPy by its documented formulas, one state at a time.

    States are standardised, `x` and `s` too: columns and inputs of a row, see `split`.
    """

    def __init__(self, model):
        self.model, self.K = model, model.n_inputs_
        self.N, self.M = len(model.mean_) - self.K, len(model.A_)
        self.parametrization = model._parametrization(**model.architecture_)
        names = [*self.parametrization.shapes, *(["C"] if self.K else [])]
        self.arrays = {name: getattr(model, f"{name}_") for name in names}

    def split(self, row):
        m = self.model
        row = (np.asarray(row) - m.mean_) / m.scale_
        return row[: self.N], row[self.N :]

    def inputs(self, s):
        m = self.model
        return (np.asarray(s) - m.mean_[self.N :]) / m.scale_[self.N :]

    def first(self, x):
        """State of a row by itself."""
        m = self.model
        if m.observation == "affine":
            return np.linalg.lstsq(m.B_, x, rcond=None)[0]  # of smallest norm
        return np.concatenate([x, m.L0_ @ x]) if self.M > self.N else x

    def observe(self, z):
        return self.model.B_ @ z if self.model.observation == "affine" else z[: self.N]

    def units(self, z):
        """Row of X, without inputs, of a state."""
        m = self.model
        return self.observe(z) * m.scale_[: self.N] + m.mean_[: self.N]

    def step(self, z, s=()):
        return next_state(self.parametrization, self.arrays, z, s)

    def forced(self, z, x, alpha=1.0):
        """State z after a row x, of which the missing values stay as the model has them."""
        if self.model.observation == "affine":
            signal = self.first(np.where(np.isnan(x), self.observe(z), x))
        else:
            signal = z.copy()
            signal[: self.N] = np.where(np.isnan(x), z[: self.N], x)
        return (1 - alpha) * z + alpha * signal

    def along(self, rows):
        """States of consecutive rows: the first by itself, missing values at their means."""
        columns, inputs = zip(*map(self.split, rows), strict=True)
        states = [self.first(np.nan_to_num(columns[0]))]
        for x, s in zip(columns[1:], inputs[:-1], strict=True):
            states.append(self.forced(self.step(states[-1], s), x))
        return np.array(states)

    def last_state(self, rows, ratios=(1e-6, 1.0, 1e1, 1e2, 1e3, 1e4, 1e5)):
        """State at the last of consecutive rows by the textbook's extended Kalman filter."""
        columns, inputs = map(np.array, zip(*map(self.split, rows), strict=True))
        eye = np.eye(self.M)
        B = np.array([self.observe(e) for e in eye]).T
        results = []
        for ratio in ratios:
            z, P, errors = self.first(np.nan_to_num(columns[0])), eye, []
            for t in range(1, len(rows)):
                step = [self.step(z + 1e-6 * e, inputs[t - 1]) for e in (*eye, *-eye)]
                J = (np.array(step[: self.M]) - step[self.M :]).T / 2e-6
                z, P = self.step(z, inputs[t - 1]), J @ P @ J.T + eye / ratio
                seen = ~np.isnan(columns[t])
                b, e = B[seen], columns[t][seen] - B[seen] @ z
                K = P @ b.T @ np.linalg.inv(b @ P @ b.T + np.eye(len(b)))
                z, P = z + K @ e, (eye - K @ b) @ P
                errors += list(e) if 4 * t >= len(rows) else []
            results.append((np.sum(np.square(errors)), z))
        return min(results, key=lambda result: result[0])[1] if len(rows) > 1 else z

    def run(self, z, inputs):
        """Free run in the units of X, with an input in the units of X for each step."""
        rows = []
        for s in inputs:
            z = self.step(z, self.inputs(s))
            rows.append(self.units(z))
        return np.array(rows)

    def loss(self, rows, alpha=1.0, interval=1):
        """Mean squared error of the forced run over a window of rows, no value of it missing."""
        columns, inputs = zip(*map(self.split, rows), strict=True)
        z, errors = self.first(columns[0]), []
        for t in range(1, len(rows)):
            z = self.step(z, inputs[t - 1])
            errors.append(self.observe(z) - columns[t])
            if t % interval == 0:
                z = self.forced(z, columns[t], alpha)
        return np.nanmean(np.square(errors))


@pytest.fixture
def plain():
    """Function (model) -> Plain."""
    return Plain


@pytest.fixture
def at_start():
    """Parameters of a fit whose updates change nothing: its loss is that of its arrays."""
    return {
        "max_iter": 1,
        "learning_rate_init": 1e-14,
        "latent_penalty": 0.0,
        "observation_penalty": 0.0,
    }
