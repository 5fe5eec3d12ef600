"""Claim: one hierarchical model of 64 Lorenz systems beats separate fits, with less computation.

    python benchmarks/cohort.py                 # three seeds, some minutes
    python benchmarks/cohort.py --seeds 1

64 subjects differ in rho, from 21 to 100. Each has 1000 rows, 0.01 apart, with measurement noise of
5 percent. 16 held-out subjects have other rho, drawn uniformly. Their features are estimated
from 1000 noisy rows of theirs; a separate default fit gets the same rows. D_stsp compares 20,000
rows of a free run with 20,000 true rows. Near rho of 24 and below, runs of the true system come to
rest; from about 92 on there are windows of cycles.

"extrapolated" has rho beyond 100, with learned features, and with rho as a known parameter.
"""

import time
import warnings

import numpy as np
from provenance import arguments, keep_each
from scipy.stats import spearmanr

from sklearn_dsr import HierarchicalReconstructor, ShallowPLRNNReconstructor
from sklearn_dsr.datasets import make_lorenz63
from sklearn_dsr.exceptions import ReconstructionWarning
from sklearn_dsr.metrics import state_space_divergence

DT, ROWS, NOISE, JUDGED = 0.01, 1000, 0.05, 20_000
N, LOW, HIGH, N_HELD = 64, 21.0, 100.0, 16
BEYOND = (105.0, 110.0, 120.0, 140.0)


def series(rho, seed, n=ROWS, noise=NOISE):
    return make_lorenz63(
        n, dt=DT, rho=rho, noise_level=noise, random_state=np.random.default_rng(seed)
    )


def judged(model, X, rho, seed):
    """D_stsp of a free run from the end of X beside true rows."""
    run = model.forecast(X, JUDGED + ROWS)[ROWS:]
    true = series(rho, [*seed, 1], JUDGED, 0.0)
    return float(state_space_divergence(true / true.std(axis=0), run / true.std(axis=0)))


def timed(function):
    start = time.process_time()
    return function(), time.process_time() - start


def measure(seed):
    """Figures of one cohort."""
    rhos = np.linspace(LOW, HIGH, N)
    X = [series(rho, [seed, i]) for i, rho in enumerate(rhos)]
    model = HierarchicalReconstructor(dt=DT, n_jobs=1, random_state=seed)
    _, cpu = timed(lambda: model.fit(X))
    row = {
        "seed": seed,
        "cpu": cpu,
        "outcome": model.outcome_,
        "converged": sum(v == "converged" for v in model.outcomes_.values()),
        "stage": model.stage_,
        "units": model.hidden_dim_,
        "rank_correlation": float(abs(spearmanr(rhos, model.subject_features_[:, 0])[0])),
    }
    held = np.sort(np.random.default_rng([seed, 1000]).uniform(LOW, HIGH, N_HELD))
    new = [series(rho, [seed, 2000 + i]) for i, rho in enumerate(held)]
    features, of_features = timed(lambda: model.transform(new))
    row["cpu_features"] = of_features / N_HELD
    row["held_correlation"] = float(abs(spearmanr(held, features[:, 0])[0]))
    row["rho"], row["together"], row["separate"], row["cpu_separate"] = held.tolist(), [], [], 0.0
    for i, (rho, own) in enumerate(zip(held, new, strict=True)):
        row["together"].append(judged(model.reconstructor(features[i]), own, rho, [seed, 3000 + i]))
        alone = ShallowPLRNNReconstructor(dt=DT, n_jobs=1, random_state=seed)
        row["cpu_separate"] += timed(lambda alone=alone, own=own: alone.fit(own))[1] / N_HELD
        row["separate"].append(judged(alone, own, rho, [seed, 3000 + i]))
    known = HierarchicalReconstructor(n_parameters=1, dt=DT, n_jobs=1, random_state=seed)
    known.fit([np.column_stack([x, np.full(ROWS, rho)]) for x, rho in zip(X, rhos, strict=True)])
    row["extrapolated"] = {}
    for i, rho in enumerate(BEYOND):
        own, of = series(rho, [seed, 4000 + i]), [seed, 5000 + i]
        row["extrapolated"][rho] = {
            "learned": judged(model.reconstructor(model.transform(own)[0]), own, rho, of),
            "known": judged(known.reconstructor([rho]), own, rho, of),
        }
    return row


def main():
    args = arguments(__doc__, "cohort", seeds=range(1, 4)).parse_args()
    warnings.simplefilter("ignore", ReconstructionWarning)  # of single runs: figures tell
    keep_each(args.json, map(measure, args.seeds))


if __name__ == "__main__":
    main()
