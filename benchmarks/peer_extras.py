"""Peers of the `bench` extra: SINDy of pysindy and the echo-state network of reservoirpy.

The libraries fit; the free run is a compiled loop over what they learnt. It is faster than theirs
(pysindy's own `simulate` takes seconds for a thousand rows), so the times per step flatter them.
"""

import numpy as np
from numba import njit
from peer_kernels import factors_of, polynomials
from peer_models import as_pieces

N_SUBSTEPS = 2  # Runge-Kutta steps between rows


class SINDy:
    """Sparse polynomial differential equation, of derivatives of the smoothed series.

    Time is counted such that a derivative has about the size of the state; so one grid of
    thresholds serves all series.
    """

    context = 1

    def __init__(self, degree, window, threshold, random_state=0):
        self.degree, self.window, self.threshold = degree, window, threshold

    def fit(self, X):
        """Learn from the series X (n, d)."""
        import pysindy

        smoother = {"window_length": self.window, "polyorder": 3}
        library = pysindy.PolynomialLibrary(degree=self.degree)
        model = pysindy.SINDy(
            optimizer=pysindy.STLSQ(threshold=self.threshold),
            feature_library=library,
            differentiation_method=pysindy.SmoothedFiniteDifference(smoother_kws=smoother),
        )
        # Over some rows, or noise would pass for motion.
        self.dt = np.sqrt(np.mean((X[5:] - X[:-5]) ** 2) / np.mean(X**2)) / 5
        model.fit(X, t=self.dt)
        self.model = model
        self.coef = np.ascontiguousarray(model.coefficients(), dtype=float)
        self.factors = factors_of(np.asarray(library.powers_))
        self.n_parameters = int(np.count_nonzero(self.coef))
        return self

    def simulate(self, x0, n_steps):
        """Free run from x0, without the start: (n_steps, d), or (n_ic, n_steps, d)."""
        starts = as_pieces(x0, 1)[:, 0]
        used = np.any(self.coef != 0, axis=0)
        runs = runge_kutta(
            np.ascontiguousarray(starts), self.factors[used], self.coef[:, used], self.dt, n_steps
        )
        return runs[0] if np.ndim(x0) == 1 else runs


class EchoStateNetwork:
    """Reservoir with input bias and ridge readout; warmed up on the rows before the start."""

    context = 100

    def __init__(self, units, sr, lr, input_scaling, bias, ridge, random_state=0):
        self.ridge, self.bias, self.random_state = ridge, bias, random_state
        self.settings = {"units": units, "sr": sr, "lr": lr, "input_scaling": input_scaling}

    def fit(self, X):
        """Learn from the series X (n, d)."""
        from reservoirpy.mat_gen import uniform
        from reservoirpy.nodes import Reservoir, Ridge

        reservoir = Reservoir(
            **self.settings,
            bias=uniform(low=-self.bias, high=self.bias),
            rc_connectivity=10 / self.settings["units"],
            input_connectivity=1.0,
            seed=self.random_state,
        )
        states = reservoir.run(X[:-1])
        readout = Ridge(ridge=self.ridge).fit(states, X[1:], warmup=self.context)
        W = reservoir.W.tocsr()
        dense = (reservoir.Win, np.ravel(reservoir.bias), readout.Wout.T, np.ravel(readout.bias))
        self.arrays = (W.indptr, W.indices, W.data, *map(np.ascontiguousarray, dense))
        self.n_parameters = readout.Wout.size + readout.bias.size
        return self

    def simulate(self, x0, n_steps):
        """Free run from x0, without the start: (n_steps, d), or (n_ic, n_steps, d)."""
        pieces = np.ascontiguousarray(as_pieces(x0, self.context))
        runs = echo_states(pieces, n_steps, self.settings["lr"], *self.arrays)
        return runs[0] if np.ndim(x0) == 1 else runs


@njit(cache=True)
def runge_kutta(starts, factors, coef, dt, n_steps):
    """Orbits (n, n_steps, d) of a polynomial vector field; rows behind an escape are infinite."""
    n, d = starts.shape
    runs = np.full((n, n_steps, d), np.inf)
    h = dt / N_SUBSTEPS
    for i in range(n):
        z = starts[i : i + 1].copy()
        for t in range(n_steps):
            for _ in range(N_SUBSTEPS):
                a = polynomials(z, factors, coef)
                b = polynomials(z + h / 2 * a, factors, coef)
                c = polynomials(z + h / 2 * b, factors, coef)
                e = polynomials(z + h * c, factors, coef)
                z = z + h / 6 * (a + 2 * b + 2 * c + e)
            if not np.max(np.abs(z)) < 1e3:
                break
            runs[i, t] = z[0]
    return runs


@njit(cache=True)
def echo_states(pieces, n_steps, lr, indptr, indices, data, Win, bias, Wout, bout):
    """Run the reservoir on each of the pieces (n, m, d), then on its own readout."""
    n, m, d = pieces.shape
    runs = np.empty((n, n_steps, d))
    units = len(bias)
    for i in range(n):
        r, new, x = np.zeros(units), np.empty(units), np.empty(d)
        for t in range(m + n_steps - 1):
            x = pieces[i, t] if t < m else runs[i, t - m]
            for k in range(units):
                total = bias[k]
                for j in range(indptr[k], indptr[k + 1]):
                    total += data[j] * r[indices[j]]
                for j in range(d):
                    total += Win[k, j] * x[j]
                new[k] = (1 - lr) * r[k] + lr * np.tanh(total)
            r, new = new, r
            if t >= m - 1:
                runs[i, t - m + 1] = np.dot(Wout, r) + bout
    return runs
