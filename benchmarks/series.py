"""Claim: forecasts of short series as people have them, beside four other methods.

    python benchmarks/series.py --data FOLDER          # lynx, elnino, lorenz5d, sunspots

Each is a CSV file with a header and the time in its first column. The first three quarters are for
fitting; rolling origins over the rest, at most 200, every one with 20 rows after it. The number of
delays is searched on the fitting part alone: ours by GridSearchCV with the pipeline's own score,
that of the others by errors on its last fifth, for each horizon. These are the last value, a linear
regression (an autoregression of its own for each horizon), the mean of five nearest neighbours, and
gradient boosting. Figures are NRMSE 1, 5 and 20 rows ahead: root mean squared error over the
standard deviation of the last quarter; ratios are to the best of the four at each horizon.
"""

import numpy as np
from judging import fitted
from provenance import arguments, keep
from sklearn.ensemble import HistGradientBoostingRegressor
from sklearn.linear_model import LinearRegression
from sklearn.model_selection import GridSearchCV
from sklearn.multioutput import MultiOutputRegressor
from sklearn.neighbors import KNeighborsRegressor
from threadpoolctl import threadpool_limits

from sklearn_dsr import ShallowPLRNNReconstructor
from sklearn_dsr.model_selection import BlockedKFold
from sklearn_dsr.pipeline import make_reconstruction_pipeline
from sklearn_dsr.preprocessing import DelayEmbedding

FILES, AHEAD, DELAYS = ("lynx", "elnino", "lorenz5d", "sunspots"), (1, 5, 20), (1, 2, 4, 8, 16, 32)
PEERS = {
    "linear regression": LinearRegression(),
    "nearest neighbours": KNeighborsRegressor(5),
    "boosting": MultiOutputRegressor(HistGradientBoostingRegressor(random_state=0)),
}


def load(name, folder):
    """Rows (n, N), and how many of them are for fitting."""
    X = np.genfromtxt(folder / f"{name}.csv", delimiter=",", skip_header=1)[:, 1:]
    return X, int(0.75 * len(X))


def candidates(X, n):
    """Numbers of delays that leave six fitting rows or more for each value of a delay vector."""
    return [p for p in DELAYS if p * X.shape[1] <= n // 6]


def origins_of(X, n):
    """Rows that forecasts start after."""
    return np.arange(n, len(X) - 19, max(1, (len(X) - 20 - n) // 200)) - 1


def ours(X, n, seed):
    """NRMSE of this package at the horizons, delays, CPU seconds and outcome."""
    model = ShallowPLRNNReconstructor(stages="start", random_state=seed)
    pipeline = make_reconstruction_pipeline(DelayEmbedding(1, lag=1), model)
    grid = {"delayembedding__n_delays": candidates(X, n)}
    search = GridSearchCV(pipeline, grid, cv=BlockedKFold(3))
    found = fitted(Searched(search), X[:n])
    runs = np.stack([search.best_estimator_.forecast(X[: k + 1], 20) for k in origins_of(X, n)])
    found["nrmse"] = [nrmse(runs[:, h - 1], X, n, h) for h in AHEAD]
    return found | {"delays": search.best_params_["delayembedding__n_delays"]}


class Searched:
    """A search that `fitted` asks for its model as it asks a pipeline."""

    def __init__(self, search):
        self.search = search

    def fit(self, X):
        """Search."""
        self.search.fit(X)

    def __getitem__(self, k):
        return self.search.best_estimator_[k]


def nrmse(forecasts, X, n, h):
    """Error of forecasts h rows after each origin, in deviations of the last quarter."""
    errors = (forecasts - X[origins_of(X, n) + h]) / X[n:].std(axis=0)
    return float(np.sqrt(np.mean(errors**2)))


def lagged(X, at, p):
    """The p rows up to each row `at`, (len(at), p N)."""
    return X[at[:, None] - np.arange(p)].reshape(len(at), -1)


def peer(regressor, X, n, h):
    """NRMSE of a regression of the value h rows ahead on as many delays as do best."""
    split, errors = n - n // 5 - h, {}
    for p in candidates(X, n):
        at, held = np.arange(p - 1, split - h), np.arange(split - 1, n - h)
        regressor.fit(lagged(X, at, p), X[at + h])
        ahead = regressor.predict(lagged(X, held, p)).reshape(len(held), -1)
        errors[p] = np.mean(((ahead - X[held + h]) / X[:n].std(axis=0)) ** 2)
    p = min(errors, key=errors.get)
    at = np.arange(p - 1, n - h)
    regressor.fit(lagged(X, at, p), X[at + h])
    ahead = regressor.predict(lagged(X, origins_of(X, n), p))
    return nrmse(ahead.reshape(-1, X.shape[1]), X, n, h)


def main():
    parser = arguments(__doc__, "series", seeds=(400, 401, 402), data="SKLEARN_DSR_SERIES")
    parser.add_argument("names", nargs="*", default=list(FILES))
    args, rows = parser.parse_args(), []
    for name in args.names:
        X, n = load(name, args.data)
        with threadpool_limits(1):
            others = {who: [peer(r, X, n, h) for h in AHEAD] for who, r in PEERS.items()}
        others["last value"] = [nrmse(X[origins_of(X, n)], X, n, h) for h in AHEAD]
        best = np.min(list(others.values()), axis=0)
        for seed in args.seeds:
            row = {"series": name, "n_rows": len(X), "seed": seed, "others": others}
            row |= ours(X, n, seed)
            rows.append(row | {"ratios": (np.array(row["nrmse"]) / best).tolist()})
            print(rows[-1], flush=True)
    keep(args.json, rows)


if __name__ == "__main__":
    main()
