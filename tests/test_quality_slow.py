"""What is learned is near to the system: of three seeds, most fits are.

Every other test holds for any seed. A training is chaotic: on another processor the same seed ends
elsewhere, so one fit proves nothing here.
"""

import numpy as np
import pytest
from sklearn.model_selection import GridSearchCV, TimeSeriesSplit
from sklearn.pipeline import make_pipeline

from sklearn_dsr import ShallowPLRNNReconstructor
from sklearn_dsr.datasets import make_duffing, make_lorenz63
from sklearn_dsr.dynamics import fixed_points, lyapunov_spectrum
from sklearn_dsr.forcing import GTF
from sklearn_dsr.metrics import power_spectrum_hellinger, state_space_divergence
from sklearn_dsr.model_selection import get_scorer
from sklearn_dsr.preprocessing import DelayEmbedding

pytestmark = [
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore::sklearn_dsr.exceptions.ReconstructionWarning"),
]

# The fixed points: in the middle of the wings, +-sqrt(beta (rho - 1)) in x and y, and the origin.
C = np.sqrt(72.0)
FIXED_POINTS = np.array([[-C, -C, 27.0], [0.0, 0.0, 0.0], [C, C, 27.0]])
TRUE = make_lorenz63(20_000, random_state=1)
SMALL = {"hidden_dim": 50, "clipped": False, "max_iter": 150, "n_init": 2, "n_jobs": 2}


def most(good):
    """Whether ``good(seed)``, which says of a fit how it is, holds for two of three seeds."""
    held = {True: 0, False: 0}
    for seed in range(3):
        verdict = good(seed)
        print(verdict)
        held[all(verdict.values())] += 1
        if max(held.values()) == 2:  # the third seed decides nothing
            break
    return held[True] == 2


def divergence(model, true=TRUE, inputs=()):
    """D_stsp of a free run beside true rows."""
    N, scale = model.n_features_in_ - model.n_inputs_, true.std(axis=0)
    run = model.simulate(true[0], len(true), *inputs)
    return state_space_divergence(true[:, :N] / scale[:N], run / scale[:N])


def test_most_default_fits_of_noisy_lorenz63_have_its_attractor_and_its_fixed_points():
    X = make_lorenz63(20_000, noise_level=0.05, random_state=0)

    def good(seed):
        model = ShallowPLRNNReconstructor(random_state=seed, dt=0.01, n_jobs=2).fit(X)
        run = model.simulate(X[-1], 20_000)
        found = fixed_points(model, X)
        distance = np.linalg.norm(found.points[:, None] - FIXED_POINTS, axis=2)
        distance = distance.min(axis=0) / np.linalg.norm(np.ptp(X, axis=0))
        origin = found[np.argmin(np.linalg.norm(found.points, axis=1))]
        return {
            "converged": model.outcome_ == "converged",
            "D_stsp": divergence(model) < 0.8,
            "D_H": power_spectrum_hellinger(TRUE, run) < 0.12,
            "not a copy": model.score(TRUE) > 0.97,
            "complete": found.complete,
            "wings": max(distance[[0, 2]]) < 0.03,
            "origin": distance[1] < 0.07 and origin.kind == "saddle",
        }

    assert most(good)


def test_most_fits_of_uneven_pieces_are_as_good_as_of_a_whole_series():
    X = make_lorenz63(20_000, noise_level=0.05, random_state=0)
    pieces = np.split(X, [200, 500, 1000, 2000, 3000, 5000, 8000, 12_000, 16_000])

    def good(seed):
        model = ShallowPLRNNReconstructor(**SMALL, random_state=seed).fit(pieces)
        return {"D_stsp": divergence(model) < 1.8, "score": model.score(TRUE) > 0.99}

    assert most(good)


def test_most_fits_with_30_percent_missing_are_good_and_better_with_a_mask():
    X = make_lorenz63(10_000, noise_level=0.05, random_state=0)
    X[np.random.default_rng(0).random(X.shape) < 0.3] = np.nan

    def good(seed):
        models = (
            ShallowPLRNNReconstructor(**SMALL, missing=missing, random_state=seed)
            for missing in ("mask", "gap")
        )
        mask, gap = (divergence(model.fit(X)) for model in models)
        return {"mask": mask < 1.5, "gap": gap > mask}

    assert most(good)


def test_most_fits_of_a_driven_oscillator_are_good_with_its_input_and_poor_without():
    X, test = (make_duffing(10_000, random_state=seed) for seed in (0, 1))

    def good(seed):
        model = ShallowPLRNNReconstructor(**SMALL, n_inputs=1, random_state=seed).fit(X)
        blind = ShallowPLRNNReconstructor(**SMALL, random_state=seed).fit(X[:, :2])
        own = divergence(model, test, (test[:, 2:],))
        return {
            "converged": model.outcome_ == "converged",
            "D_stsp": own < 0.8,
            "score": model.score(test) > 0.99,
            "blind": divergence(blind, test[:, :2]) > own + 3.0,
            "blind score": blind.score(test[:, :2]) < model.score(test) - 0.03,
        }

    assert most(good)


def test_most_fits_of_one_embedded_column_have_the_largest_exponent_of_lorenz63():
    def good(seed):
        x = make_lorenz63(20_000, noise_level=0.02, random_state=seed)[:, :1]
        model = ShallowPLRNNReconstructor(100, dt=0.01, n_init=3, n_jobs=2, random_state=seed)
        pipeline = make_pipeline(DelayEmbedding(), model).fit(x)
        exponent = lyapunov_spectrum(pipeline, n_exponents=1)[0]
        return {"exponent": abs(exponent / 0.906 - 1) < 0.2}

    assert most(good)


def test_most_searches_pick_a_model_whose_free_run_is_chaotic_and_close():
    X = make_lorenz63(20_000, noise_level=0.05, random_state=0)

    def good(seed):
        model = ShallowPLRNNReconstructor(**SMALL, dt=0.01, random_state=seed)
        search = GridSearchCV(
            model,
            {"forcing": [GTF(0.02), GTF(0.3)], "hidden_dim": [2, 50]},
            scoring=get_scorer("neg_state_space_divergence"),
            cv=TimeSeriesSplit(2),
        ).fit(X)
        best = search.best_estimator_
        return {
            "something to avoid": min(search.cv_results_["mean_test_score"]) < -3.0,
            "D_stsp": divergence(best) < 1.5,
            "chaotic": lyapunov_spectrum(best, n_exponents=1)[0] > 0.5,
        }

    assert most(good)
