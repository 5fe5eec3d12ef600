"""The methods that peers.py compares: SINDy of pysindy, an echo-state network of reservoirpy, NVAR.

Each has `fit(X)` for a standardised series X (n, d), `simulate(x0, n_steps)` and `n_parameters`.
A method that looks at `context` rows takes pieces of that many as x0; of a single row it makes a
piece by repetition. The libraries fit; free runs are compiled loops over what they learnt.
"""

import numpy as np
from numba import njit
from sklearn.linear_model import Ridge
from sklearn.preprocessing import PolynomialFeatures

N_SUBSTEPS = 2  # Runge-Kutta steps between rows


def as_pieces(x0, n_rows):
    """Start x0 (d,), (n_ic, d) or (n_ic, m, d) as pieces (n_ic, n_rows, d), its last rows."""
    x0 = np.atleast_2d(np.asarray(x0, dtype=float))
    if x0.ndim == 2:
        x0 = np.repeat(x0[:, None], n_rows, axis=1)
    return np.ascontiguousarray(x0[:, -n_rows:])


def factors_of(powers):
    """Powers (n_terms, d) of monomials as columns to multiply (n_terms, degree); d stands for 1."""
    n_terms, d = powers.shape
    factors = np.full((n_terms, max(int(powers.sum(axis=1).max()), 1)), d)
    for k, row in enumerate(powers):
        columns = np.repeat(np.arange(d), row)
        factors[k, : len(columns)] = columns
    return factors


@njit(cache=True)
def polynomials(Z, factors, coef):
    """Sum of monomials at each of the rows Z (n, d), coefficients (n_columns, n_terms)."""
    n, d = Z.shape
    out = np.zeros((n, coef.shape[0]))
    for i in range(n):
        for k in range(len(factors)):
            value = 1.0
            for j in factors[k]:
                if j == d:
                    break
                value *= Z[i, j]
            for c in range(coef.shape[0]):
                out[i, c] += coef[c, k] * value
    return out


class NVAR:
    """Nonlinear vector autoregression: increments as polynomials of lagged rows, by ridge."""

    def __init__(self, degree, n_lags, spacing, ridge, random_state=0):
        self.offsets = np.arange(n_lags) * spacing  # rows back from the last one
        self.context = int(self.offsets[-1]) + 1
        self.degree, self.ridge = degree, ridge

    def fit(self, X):
        """Learn from the series X (n, d)."""
        rows = np.arange(self.context - 1, len(X) - 1)
        lagged = X[rows[:, None] - self.offsets].reshape(len(rows), -1)
        library = PolynomialFeatures(self.degree)
        ridge = Ridge(self.ridge, fit_intercept=False)
        ridge.fit(library.fit_transform(lagged), X[rows + 1] - X[rows])
        self.factors, self.coef = factors_of(library.powers_), np.ascontiguousarray(ridge.coef_)
        self.n_parameters = self.coef.size
        return self

    def simulate(self, x0, n_steps):
        """Free run from x0, without the start: (n_steps, d), or (n_ic, n_steps, d)."""
        pieces, m = as_pieces(x0, self.context), self.context
        H = np.empty((len(pieces), m + n_steps, pieces.shape[2]))
        H[:, :m] = pieces
        with np.errstate(all="ignore"):
            for t in range(m - 1, m + n_steps - 1):
                lagged = np.ascontiguousarray(H[:, t - self.offsets].reshape(len(H), -1))
                H[:, t + 1] = H[:, t] + polynomials(lagged, self.factors, self.coef)
        return H[0, m:] if np.ndim(x0) == 1 else H[:, m:]


class SINDy:
    """Sparse polynomial differential equation, of derivatives of the smoothed series.

    Time is counted so that a derivative has about the size of the state; so one grid of
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
        self.coef = np.ascontiguousarray(model.coefficients(), dtype=float)
        self.factors = factors_of(np.asarray(library.powers_))
        self.n_parameters = int(np.count_nonzero(self.coef))
        return self

    def simulate(self, x0, n_steps):
        """Free run from x0, without the start: (n_steps, d), or (n_ic, n_steps, d)."""
        used = np.any(self.coef != 0, axis=0)
        starts = np.ascontiguousarray(as_pieces(x0, 1)[:, 0])
        runs = runge_kutta(starts, self.factors[used], self.coef[:, used], self.dt, n_steps)
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
        from reservoirpy.nodes import Reservoir
        from reservoirpy.nodes import Ridge as Readout

        reservoir = Reservoir(
            **self.settings,
            bias=uniform(low=-self.bias, high=self.bias),
            rc_connectivity=10 / self.settings["units"],
            input_connectivity=1.0,
            seed=self.random_state,
        )
        states = reservoir.run(X[:-1])
        readout = Readout(ridge=self.ridge).fit(states, X[1:], warmup=self.context)
        W = reservoir.W.tocsr()
        dense = (reservoir.Win, np.ravel(reservoir.bias), readout.Wout.T, np.ravel(readout.bias))
        self.arrays = (W.indptr, W.indices, W.data, *map(np.ascontiguousarray, dense))
        self.n_parameters = readout.Wout.size + readout.bias.size
        return self

    def simulate(self, x0, n_steps):
        """Free run from x0, without the start: (n_steps, d), or (n_ic, n_steps, d)."""
        pieces = as_pieces(x0, self.context)
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
