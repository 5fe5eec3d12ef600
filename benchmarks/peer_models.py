"""One-step maps out of scikit-learn's parts, run freely: what a user would pick without an extra.

Each peer has `fit(X)` for a standardised series X (n, d), `simulate(x0, n_steps)` and
`n_parameters`, as the models of `peer_extras.py` have. A map that looks at `context` rows takes
pieces of that many as x0; of a single row it makes a piece by repetition. All but the replay
can predict increments: with fine steps the next row itself is the last one, up to a little.

Free runs ask the fitted parts directly, without scikit-learn's checks of each input, and the trees
of the boosting in a compiled loop on their (private) nodes. Through `predict` one row at a time
they would take up to a hundred times longer; so the times per step flatter the peers.
"""

import warnings

import numpy as np
from peer_kernels import boosted, factors_of, polynomials
from sklearn.ensemble import HistGradientBoostingRegressor
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import Ridge
from sklearn.neighbors import KDTree
from sklearn.neural_network import MLPRegressor
from sklearn.preprocessing import PolynomialFeatures


def as_pieces(x0, n_rows):
    """Start x0 (d,), (n_ic, d) or (n_ic, m, d) as pieces (n_ic, n_rows, d), its last rows."""
    x0 = np.atleast_2d(np.asarray(x0, dtype=float))
    if x0.ndim == 2:
        x0 = np.repeat(x0[:, None], n_rows, axis=1)
    return x0[:, -n_rows:]


class OneStepMap:
    """Next row from `n_lags` rows, `spacing` apart; subclasses say how."""

    def __init__(self, n_lags=1, spacing=1, random_state=0, **settings):
        self.offsets = np.arange(n_lags) * spacing  # rows back from the last one
        self.context = int(self.offsets[-1]) + 1
        self.random_state, self.settings = random_state, settings

    def features(self, H, t):
        """Rows of H (n, rows, d) that the step behind row t looks at, (n, n_lags d)."""
        return H[:, t - self.offsets].reshape(len(H), -1)

    def fit(self, X):
        """Learn from the series X (n, d)."""
        rows = np.arange(self.context - 1, len(X) - 1)
        lagged = X[rows[:, None] - self.offsets].reshape(len(rows), -1)
        self.learn(lagged, X[rows], X[rows + 1])
        return self

    def simulate(self, x0, n_steps):
        """Free run from x0, without the start: (n_steps, d), or (n_ic, n_steps, d)."""
        pieces, m = as_pieces(x0, self.context), self.context
        H = np.empty((len(pieces), m + n_steps, pieces.shape[2]))
        H[:, :m] = pieces
        with np.errstate(all="ignore"):
            for t in range(m - 1, m + n_steps - 1):
                H[:, t + 1] = self.step(self.features(H, t), H[:, t])
        return H[0, m:] if np.ndim(x0) == 1 else H[:, m:]


class NVAR(OneStepMap):
    """Nonlinear vector autoregression: polynomials of lagged rows and ridge regression."""

    def learn(self, lagged, last, following):
        """Fit the increments on the monomials."""
        library = PolynomialFeatures(self.settings["degree"])
        ridge = Ridge(self.settings["ridge"], fit_intercept=False)
        ridge.fit(library.fit_transform(lagged), following - last)
        self.factors = factors_of(library.powers_)
        self.coef = np.ascontiguousarray(ridge.coef_)
        self.n_parameters = self.coef.size

    def step(self, lagged, last):
        """Next rows."""
        return last + polynomials(np.ascontiguousarray(lagged), self.factors, self.coef)


class MLP(OneStepMap):
    """scikit-learn's multi-layer perceptron; its training counted in updates of 256 rows."""

    def learn(self, lagged, last, following):
        """Fit the increments, in units of their standard deviations."""
        settings = dict(self.settings)
        epochs = -(-settings.pop("n_updates") * 256 // len(lagged))
        increments = following - last
        self.scale = increments.std(axis=0) + 1e-12
        network = MLPRegressor(
            batch_size=256, max_iter=epochs, random_state=self.random_state, **settings
        )
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)
            network.fit(lagged, increments / self.scale)
        self.layers = list(zip(network.coefs_, network.intercepts_, strict=True))
        self.n_parameters = sum(W.size + b.size for W, b in self.layers)

    def step(self, lagged, last):
        """Next rows."""
        u = lagged
        for W, b in self.layers[:-1]:
            u = u @ W + b
            u = np.tanh(u) if self.settings["activation"] == "tanh" else np.maximum(u, 0.0)
        W, b = self.layers[-1]
        return last + self.scale * (u @ W + b)


class Neighbours(OneStepMap):
    """scikit-learn's KNeighborsRegressor: mean increment, or next row, of the nearest rows."""

    def learn(self, lagged, last, following):
        """Store the series."""
        self.increments = self.settings["target"] == "increment"
        # The tree that the regressor of algorithm="kd_tree" builds and asks.
        self.tree = KDTree(lagged)
        self.values = following - last if self.increments else following
        self.n_parameters = lagged.size + following.size

    def step(self, lagged, last):
        """Next rows."""
        distances, found = self.tree.query(np.clip(lagged, -1e6, 1e6), self.settings["n_neighbors"])
        weights = np.ones_like(distances)
        if self.settings["weights"] == "distance":
            weights = 1 / np.maximum(distances, 1e-12)
        mean = np.einsum("ik,ikd->id", weights, self.values[found]) / weights.sum(1, keepdims=True)
        return last + mean if self.increments else mean


class Replay(OneStepMap):
    """The row nearest to the start, then the series itself; behind its end again from a near row.

    That one is sought in the first nine tenths: the last row but one would replay itself for ever.
    """

    def learn(self, lagged, last, following):
        """Store the series."""
        self.rows, self.tree = np.concatenate([last, following[-1:]]), KDTree(last)
        early = KDTree(last[: len(last) * 9 // 10])
        self.back = early.query(self.rows[-1:], return_distance=False)[0, 0] + 1
        self.n_parameters = self.rows.size

    def simulate(self, x0, n_steps):
        """Free run from x0, without the start: (n_steps, d), or (n_ic, n_steps, d)."""
        n = len(self.rows)
        nearest = self.tree.query(as_pieces(x0, 1)[:, 0], return_distance=False)
        at = nearest + 1 + np.arange(n_steps)
        runs = self.rows[np.where(at < n, at, self.back + (at - n) % (n - self.back))]
        return runs[0] if np.ndim(x0) == 1 else runs


class Boosting(OneStepMap):
    """scikit-learn's HistGradientBoostingRegressor, one for each column's increments."""

    def learn(self, lagged, last, following):
        """Fit the columns one by one and flatten their trees."""
        nodes, roots, owners, base = [], [], [], []
        for j, target in enumerate((following - last).T):
            boosting = HistGradientBoostingRegressor(
                early_stopping=False, random_state=self.random_state, **self.settings
            ).fit(lagged, target)
            base.append(float(np.ravel(boosting._baseline_prediction)[0]))
            for (tree,) in boosting._predictors:
                roots.append(sum(map(len, nodes)))
                owners.append(j)
                nodes.append(tree.nodes)
        self.base, self.roots, self.owners = map(np.array, (base, roots, owners))
        shift = np.repeat(self.roots, [len(n) for n in nodes])
        nodes = np.concatenate(nodes)
        fields = ("value", "num_threshold", "feature_idx", "is_leaf")
        self.trees = [np.ascontiguousarray(nodes[f]) for f in fields]
        self.children = np.stack([nodes["left"] + shift, nodes["right"] + shift], axis=1)
        leaves = int(nodes["is_leaf"].sum())
        self.n_parameters = leaves + 2 * (len(nodes) - leaves)

    def step(self, lagged, last):
        """Next rows."""
        return last + boosted(
            lagged, self.base, self.roots, self.owners, self.children, *self.trees
        )


class Mean(OneStepMap):
    """The mean of the series, for ever."""

    def learn(self, lagged, last, following):
        """Take the mean."""
        self.mean = following.mean(axis=0)
        self.n_parameters = self.mean.size

    def step(self, lagged, last):
        """Next rows."""
        return np.broadcast_to(self.mean, last.shape)
