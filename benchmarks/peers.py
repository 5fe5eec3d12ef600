"""Claim: how near free runs of this package come to noisy systems, beside three other methods.

    pip install -c constraints.txt -c benchmarks/constraints.txt -e ".[bench]"
    python benchmarks/peers.py                              # ten systems, three seeds: an hour
    python benchmarks/peers.py --only chua thomas --seeds 300

20,000 training rows with 5 % noise; every method works on the same standardised rows, one thread.
This package has its default settings. The CPU time of its fit is the budget of each peer for a
random search over a small grid; a try that has begun is finished. Tries are scored by the package's
own score of free runs beside the training rows, and the best three by longer runs as well.

Judged on 100,000 test rows: D_stsp and D_H, means of five free runs of 1.25 times their length from
rows all over them, the first fifth dropped; PE(20) from 2000 of them. Failed: a free run is not
finite, or D_stsp is above that of independent Gaussian rows with the moments of the data, or above
3 times the floor if that is more. Rows that diverge are set 10 standard deviations outside, so that
every seed enters the medians.
"""

import itertools
import time
import warnings

import numpy as np
from judging import distances, floor_of, gaussian_divergence, n_parameters
from peer_methods import NVAR, EchoStateNetwork, SINDy
from provenance import arguments, keep
from sklearn.preprocessing import StandardScaler
from systems import SYSTEMS, make_system
from threadpoolctl import threadpool_limits

from sklearn_dsr import ShallowPLRNNReconstructor
from sklearn_dsr._choice._free_run_score import FreeRunScore
from sklearn_dsr._recipe import BUDGET

OURS = "sklearn_dsr"
N_RUNS, N_STARTS, LONGEST_PAST, N_VERIFIED = 5, 2000, 100, 3
# name -> class and grid; the first value of each is that of the first try.
PEERS = {
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
    "SINDy": (
        SINDy,
        {"degree": [2, 3], "window": [11, 5, 21, 41], "threshold": [0.05, 0, 0.01, 0.02, 0.1, 0.2]},
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


def tune(name, X, score, budget, seed):
    """Best model of a peer within `budget` CPU seconds, and how it was found."""
    build, grid = PEERS[name]
    begin, tries = time.process_time(), []
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")  # of settings that do not fit; the score tells
        for chosen in settings(grid, np.random.default_rng(seed)):
            if tries and time.process_time() - begin > budget:
                break
            start = time.process_time()
            model = build(**chosen, random_state=seed).fit(X)
            seconds = time.process_time() - start
            tries.append((score.short(model)["S"], len(tries), seconds, chosen, model))
            tries = sorted(tries, key=lambda t: t[:2])
            # Reservoirs are large.
            tries = [t if i < N_VERIFIED else (*t[:4], None) for i, t in enumerate(tries)]
        best = tries[:N_VERIFIED]
        if len(tries) > 1:
            best.sort(key=lambda t: t[0] + score.long(score.long_runs(t[4]))[0])
    S, _, seconds, chosen, model = best[0]
    found = {"score": S, "fit": seconds, "tuning": time.process_time() - begin}
    return model, found | {"tries": len(tries), "setting": chosen}


def fit_ours(X, seed, **given):
    """The package's model with its default settings, and how long that took."""
    model, start = ShallowPLRNNReconstructor(random_state=seed, **given), time.process_time()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the figures tell
        model.fit(X)
    seconds = time.process_time() - start
    model.context, model.n_parameters = 1, n_parameters(model)
    found = {"fit": seconds, "tuning": seconds, "tries": len(model.candidates_)}
    return model, found | {"setting": {"outcome": model.outcome_}}


def judge(model, test, scaler, limit):
    """Figures of a fitted model on the test rows."""
    Z, m = scaler.transform(test), model.context
    n = len(Z)

    def past(at):
        return Z[at[:, None] + np.arange(1 - m, 1)] if m > 1 else Z[at]

    def in_units(rows):
        mean, spread = test.mean(axis=0), test.std(axis=0)
        rows = np.clip(np.nan_to_num(rows, nan=1e6, posinf=1e6, neginf=-1e6), -1e6, 1e6)
        rows = scaler.inverse_transform(rows)
        return np.clip(rows, mean - 10 * spread, mean + 10 * spread)

    first = np.arange(N_RUNS) * (n // N_RUNS) + m - 1
    at = np.linspace(LONGEST_PAST, n - 21, N_STARTS).astype(int)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        begin = time.process_time()
        runs = [model.simulate(past(first[:1]), n + n // 4)[0]]
        seconds = time.process_time() - begin
        runs += list(model.simulate(past(first[1:]), n + n // 4))
        ahead = model.simulate(past(at), 20)[:, -1]
    parts = [distances(test, in_units(run[n // 4 :])) for run in runs]
    error = (in_units(ahead) - test[at + 20]) / test.std(axis=0)
    D, H = (float(np.mean([p[key] for p in parts])) for key in ("D_stsp", "D_H"))
    diverged = not all(np.all(np.isfinite(run)) for run in runs)
    return {
        "D_stsp": D,
        "D_H": H,
        "PE20": float(np.mean(error**2)),
        "per_100000": seconds / (n + n // 4) * 1e5,
        "parameters": int(model.n_parameters),
        "failed": bool(diverged or limit < D),
    }


def compare(name, peers, seeds):
    """Rows of figures, one for each method and seed, of one system."""
    train = make_system(name, 20_000, noise=0.05, seed=1)
    test, other = (make_system(name, 100_000, noise=0.0, seed=seed) for seed in (2, 3))
    scaler = StandardScaler().fit(train)
    X = np.ascontiguousarray(scaler.transform(train))
    score, floor = PeerScore([X]), floor_of(test, other)
    limit = max(gaussian_divergence(test), 3 * floor[0])
    fit_ours(X[:1000], 0, max_iter=2)
    for build, grid in PEERS.values():  # compile and import outside of all clocks
        first = {key: values[0] for key, values in grid.items()}
        build(**first).fit(X[:1000]).simulate(X[:200][None], 3)
    rows = []
    for seed in seeds:
        found = {OURS: fit_ours(X, seed)}
        budget = found[OURS][1]["fit"]
        found |= {peer: tune(peer, X, score, budget, seed) for peer in peers}
        for method, (model, how) in found.items():
            row = {"series": name, "method": method, "seed": seed, "floor": floor, "limit": limit}
            rows.append(row | how | judge(model, test, scaler, limit))
            print(rows[-1], flush=True)
    return rows


def main():
    parser = arguments(__doc__, "peers", seeds=(300, 301, 302))
    parser.add_argument("--only", nargs="+", choices=list(SYSTEMS), default=list(SYSTEMS))
    parser.add_argument("--peers", nargs="*", choices=list(PEERS), default=list(PEERS))
    args, rows = parser.parse_args(), []
    with threadpool_limits(1):
        for name in args.only:
            rows += compare(name, args.peers, args.seeds)
            keep(args.json, rows)  # after each, for long runs


if __name__ == "__main__":
    main()
