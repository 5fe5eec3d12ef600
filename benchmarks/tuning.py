"""Tuning of the peers: random search over a grid, chosen by free runs beside the training data.

The score is the one by which the package chooses among its own candidates, D + 5 H of short free
runs from training rows and the error F of forecasts, and for the best three the mean of four
long runs on top. No test data enters. A search ends when the wall time is spent that the package's
fit took on that series; a try that has begun is finished, so that the first one always is.
"""

import itertools
import time
import warnings

import numpy as np
from peer_extras import EchoStateNetwork, SINDy
from peer_models import MLP, NVAR, Boosting, Mean, Neighbours, Replay

from sklearn_dsr._choice._free_run_score import FreeRunScore
from sklearn_dsr._recipe import BUDGET

LAGS = {"n_lags": [1, 2, 4], "spacing": [1, 5]}
MOST_TERMS = 500  # of a polynomial library; more do not fit in memory beside 100,000 rows
N_VERIFIED = 3

# name -> class and grid; the first value of each is that of the first try.
PEERS = {
    "SINDy": (
        SINDy,
        {"degree": [2, 3], "window": [11, 5, 21, 41], "threshold": [0.05, 0, 0.01, 0.02, 0.1, 0.2]},
    ),
    "echo-state network": (
        EchoStateNetwork,
        {
            "units": [500, 300, 800],
            "sr": [0.9, 0.3, 0.6, 1.2],
            "lr": [0.5, 0.2, 1.0],
            "input_scaling": [0.3, 0.1, 1.0],
            "bias": [0.5, 0.2, 1.0],
            "ridge": [1e-2, 1e-6, 1e-4, 1.0, 10.0],
        },
    ),
    "NVAR": (
        NVAR,
        {
            "degree": [2, 3],
            "n_lags": [2, 1, 3],
            "spacing": [1, 2, 5, 10],
            "ridge": [1e-2, 1e-4, 1.0, 100.0],
        },
    ),
    "MLPRegressor": (
        MLP,
        {
            "hidden_layer_sizes": [(64, 64), (128, 128), (200,)],
            "activation": ["tanh", "relu"],
            "alpha": [1e-4, 1e-6, 1e-2],
            "learning_rate_init": [1e-3, 3e-3],
            "n_updates": [5000, 20_000],
            **LAGS,
        },
    ),
    "KNeighborsRegressor": (
        Neighbours,
        {
            "n_neighbors": [10, 1, 3, 5, 20, 50],
            "weights": ["uniform", "distance"],
            "target": ["increment", "next"],
            **LAGS,
        },
    ),
    "nearest-neighbour replay": (Replay, {}),
    "HistGradientBoosting": (
        Boosting,
        {
            "max_iter": [100, 200, 300],
            "learning_rate": [0.1, 0.05, 0.2],
            "max_leaf_nodes": [31, 15, 63],
            "min_samples_leaf": [20, 100],
            **LAGS,
        },
    ),
    "mean": (Mean, {}),
}


class PeerScore(FreeRunScore):
    """The package's score of free runs, for anything that has `context` and `simulate`."""

    def _affordable(self, model, n_runs):
        return BUDGET.run_rows  # what the sizes of these systems leave to the package's own models

    def _runs(self, model, n_runs, offset, n_steps):
        at = ((np.arange(n_runs) + offset) * len(self.rows) / n_runs).astype(int)
        return self._from(model, np.clip(at, model.context - 1, len(self.rows) - 1), n_steps)

    def _forecasts(self, model):
        n_rows = BUDGET.forecast_rows
        last = len(self.rows) - n_rows - 1
        at = np.linspace(min(model.context - 1, last), last, BUDGET.n_forecasts).astype(int)
        true = self.rows[at[:, None] + 1 + np.arange(n_rows)]
        return self._from(model, at, n_rows), true

    def _from(self, model, at, n_steps):
        """Runs from rows `at`, with those before them as context."""
        starts = np.stack([self.rows[i - model.context + 1 : i + 1] for i in at])
        return np.nan_to_num(model.simulate(starts, n_steps), nan=np.inf)


def settings(grid, rng):
    """First values of a grid, then all others in random order."""
    keys, values = list(grid), list(grid.values())
    sizes = [len(v) for v in values]
    order = 1 + rng.permutation(int(np.prod(sizes)) - 1)
    for k in itertools.chain([0], order):
        chosen = {
            key: v[i] for key, v, i in zip(keys, values, np.unravel_index(k, sizes), strict=True)
        }
        if chosen.get("n_lags") == 1 and chosen["spacing"] != grid["spacing"][0]:
            continue  # a single lag has no spacing
        yield chosen


def n_terms(chosen, n_columns):
    """Terms of a polynomial of all lagged columns."""
    d = n_columns * chosen.get("n_lags", 1)
    terms = 1
    for k in range(chosen.get("degree", 0)):
        terms = terms * (d + k + 1) // (k + 1)
    return terms


def tune(name, X, score, budget, seed, clock=time.perf_counter):
    """Best model of a peer within `budget` seconds of a clock, and how it was found."""
    build, grid = PEERS[name]
    begin, tries = clock(), []
    for chosen in settings(grid, np.random.default_rng(seed)):
        if tries and clock() - begin > budget:
            break
        if n_terms(chosen, X.shape[1]) > MOST_TERMS and tries:
            continue
        start = clock()
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")  # of settings that do not fit; the score tells
            model = build(**chosen, random_state=seed).fit(X)
            seconds = clock() - start
            tries.append((score.short(model)["S"], len(tries), seconds, chosen, model))
            tries = sorted(tries, key=lambda t: t[:2])
            # Stored series and reservoirs are large.
            tries = [t if i < N_VERIFIED else (*t[:4], None) for i, t in enumerate(tries)]
    best = tries[:N_VERIFIED]
    if len(tries) > 1:
        with np.errstate(all="ignore"):
            best.sort(key=lambda t: t[0] + score.long(score.long_runs(t[4]))[0])
    S, _, seconds, chosen, model = best[0]
    found = {"score": S, "fit": seconds, "tuning": clock() - begin}
    return model, found | {"tries": len(tries), "setting": chosen}


def warm_up(X):
    """Compile and import what the peers need, outside of all clocks."""
    for build, grid in PEERS.values():
        chosen = {key: values[0] for key, values in grid.items()} | (
            {"n_updates": 10} if build is MLP else {}
        )
        build(**chosen).fit(X[:1000]).simulate(X[:200][None], 3)
