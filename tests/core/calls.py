"""Calls of all functions of the core on fixed inputs, of sizes on both sides of a pack.

An entry of `CALLS` is a function that takes the module of an instruction set and returns arrays and
numbers, nested as they come. Inputs are made without logarithms, roots and products of matrices,
which NumPy does otherwise on another processor.
"""

import numpy as np

from sklearn_dsr._core.systems import DUFFING, LORENZ63, LORENZ96, ROSSLER

CALLS = {}


def call(function):
    """Enter a function into `CALLS`."""
    CALLS[function.__name__] = function
    return function


def uniform(*shape, seed=0, dtype=float):
    """Numbers in [-1, 1)."""
    return (2 * np.random.default_rng(seed).random(shape) - 1).astype(dtype)


@call
def orbits(core):
    none = np.empty(0)
    return (
        core.runge_kutta_4(LORENZ63, np.ones(3), np.array([10, 28, 8 / 3]), none, 0.01, 2, 2000),
        core.runge_kutta_4(LORENZ96, uniform(20), np.array([8.0]), none, 0.01, 1, 500),
        core.runge_kutta_4(ROSSLER, np.ones(3), np.array([0.2, 0.2, 5.7]), none, 0.02, 3, 1000),
        core.runge_kutta_4(
            DUFFING, np.ones(2), np.array([0.3, -1, 1]), uniform(1000, seed=1), 0.01, 5, 1000
        ),
    )


@call
def logarithms(core):
    x = np.ldexp(2 + uniform(4000), np.arange(-2000, 2000) // 2)
    return core.log(x), core.exponential(720 * uniform(4000))


@call
def cells(core):
    return core.cell_numbers(uniform(3000, 5), np.full(5, -0.9), np.full(5, 0.1), 17)


@call
def inner_products(core):
    gradient, steps = uniform(1001), uniform(10, 1001, seed=1)
    changes = steps * (1.5 + uniform(10, 1001, seed=2))
    return core.dot(gradient, steps[0]), core.lbfgs_direction(gradient, steps, changes, 14)


@call
def products(core):
    X = uniform(301, 77)
    return core.multiply(X, uniform(77, 19, seed=1)), core.gram(X, uniform(301, 19, seed=1))


def solve_ridge(core, features, targets, penalties):
    """Weights and intercept of a ridge regression, by a core's normal equations."""
    equations = core.NormalEquations(features.shape[1], targets.shape[1])
    equations.add(features, targets)
    return equations.solve(penalties)


@call
def ridge(core):
    features, targets = np.maximum(uniform(1500, 130), 0), uniform(1500, 5, seed=1)
    return solve_ridge(core, features, targets, np.full(130, 0.1))


@call
def solutions(core):
    results = []
    for n, m in [(1, 1), (7, 3), (33, 9), (130, 5)]:
        X = uniform(2 * n, n, seed=1)
        results.append(core.solve(core.gram(X, X) + 0.1 * np.eye(n), uniform(n, m)))
    return results


@call
def factors(core):
    S = uniform(33, 33)
    return (
        core.eigh(S + S.T),
        core.pseudo_inverse(uniform(9, 23)),
        core.pseudo_inverse(uniform(23, 9)),
        core.orthonormal(uniform(11, 31)),
        [core.spectral_norm(uniform(M, M)) for M in (1, 2, 3, 8, 12, 13, 30)],
    )


def arrays_of_map(M, L, K):
    """A, W1, W2, h1, h2, C: a map that contracts far out, and stretches within."""
    return (
        0.5 / M * uniform(M, M),
        4.0 / max(L, 1) * uniform(M, L, seed=1),
        2.0 * uniform(L, M, seed=2),
        uniform(M, seed=3),
        uniform(L, seed=4),
        uniform(M, K, seed=5),
    )


SIZES = [(1, 0, 0), (2, 3, 1), (3, 50, 0), (5, 17, 2), (8, 33, 0), (17, 40, 3)]


@call
def runs_of_maps(core):
    return [
        (
            core.simulate(f, uniform(7, M, seed=6), uniform(7, 50, K, seed=7), 50),
            core.jacobian(f, uniform(7, M, seed=6)),
        )
        for M, L, K in SIZES
        for f in [core.Map(*arrays_of_map(M, L, K))]
    ]


@call
def states_along_rows(core):
    results = []
    for M, L, K in SIZES:
        N, n = (M + 1) // 2, 60
        f, B, z = core.Map(*arrays_of_map(M, L, K)), uniform(N, M, seed=6), uniform(M, seed=7)
        along = f, B, uniform(n, N, seed=8), uniform(n, N, seed=9) < 0.5, uniform(n, K, seed=10), z
        results += [
            core.follow(along[0], along[1], uniform(M, N, seed=11), *along[2:]),
            core.follow(along[0], along[1], None, *along[2:]),
            core.filter(*along, 1.5 + uniform(N, seed=12), 0.3 * np.eye(M)),
            core.smooth(*along, 2.0, (16, 8)),
            core.noise_sums(*along, 1.5 + uniform(N, seed=12), 0.3 * np.eye(M), (16, 8)),
        ]
    return results


@call
def stretching(core):
    results = []
    for M, L, K in SIZES:
        f, ends = core.Map(*arrays_of_map(M, L, K)), np.array([1, 40, 400])
        for flow in (False, True):
            basis, inputs = np.eye(M)[: max(M - 1, 1)], uniform(410, K, seed=6)
            results.append(core.stretching(f, uniform(M, seed=7), basis, inputs, flow, 10, ends))
    return results, [core.growth(uniform(50, M, M), 7) for M in (1, 2, 3, 9)]


@call
def searches(core):
    results = []
    for M, L, k in [(1, 3, 4), (2, 8, 2), (3, 9, 5), (4, 40, 3), (5, 17, 2), (9, 33, 1)]:
        *f, _ = arrays_of_map(M, L, 0)
        results.append(core.settle_all(tuple(f), 3 * uniform(40, k, M, seed=6), 10))
        results.append(core.search_boxes(tuple(f), np.full(M, -2.0), np.full(M, 3.0), k, 300, 10))
        if k * L <= 16:
            results.append(core.settle_everywhere(tuple(f), k, 100))
    return results


# M, N, K, L, n_bases, n_linear, T, S, clipped, centered, affine
NAMES = ("M", "N", "K", "L", "n_bases", "n_linear", "T", "S", "clipped", "centered", "affine")
MODELS = {
    "one unit": (1, 1, 0, 5, 0, 0, 9, 3, 0, 0, 0),
    "small layer": (3, 3, 0, 50, 0, 0, 20, 16, 0, 0, 0),
    "small clipped layer": (4, 3, 1, 19, 0, 0, 15, 16, 1, 0, 0),
    "blocked layer": (9, 9, 0, 40, 0, 0, 12, 20, 0, 0, 0),
    "blocked clipped layer": (16, 12, 2, 70, 0, 0, 12, 16, 1, 0, 1),
    "wide observation": (3, 7, 0, 24, 0, 0, 10, 16, 0, 0, 1),
    "units": (5, 5, 0, 0, 0, 0, 15, 16, 0, 0, 0),
    "centered units": (6, 5, 1, 0, 0, 0, 15, 16, 0, 1, 0),
    "almost linear": (10, 4, 0, 0, 0, 8, 15, 16, 0, 0, 0),
    "dendritic": (7, 7, 0, 0, 6, 0, 15, 17, 0, 0, 0),
    "clipped dendritic": (7, 3, 0, 0, 6, 0, 15, 16, 1, 0, 1),
}


def n_trained(M, N, K, L, n_bases, affine):
    """Entries of a vector of trained numbers, as `_core.training.engine` states them."""
    units = 2 * M * L + L if L else M * M + n_bases + M * n_bases
    return M * M + units + M + (N * M if affine else max(M - N, 0) * N) + M * K


def trained(core, dtype, size, mean, masked):
    """What some updates of an engine come to."""
    sizes = dict(zip(NAMES, map(int, size), strict=True))
    M, N, K, T, S = (sizes[name] for name in "MNKTS")
    P = n_trained(M, N, K, sizes["L"], sizes["n_bases"], sizes["affine"])
    rows = uniform(200, N + K, dtype=dtype)
    seen = (uniform(200, N, seed=1) < 0.8).astype(np.uint8) if masked else None
    vectors = np.stack(
        [
            0.5 * uniform(P, seed=2),
            np.full(P, 1e-3),
            np.full(P, 1e-4),
            uniform(P, seed=3),
            uniform(P, seed=4) < 0.9,
        ]
    ).astype(dtype)
    vectors[0, : M * M] = (0.5 * np.eye(M)).ravel()
    forced, forcing = np.ones(T + 1, dtype), (mean, 0.3, 0.9, 0.99, 2, min(T, 5))
    starts = np.random.default_rng(5).integers(0, 200 - T, (12, S))
    noise = 0.05 * uniform(12, T + 1, S, N, seed=6, dtype=dtype)
    noise = noise.astype(dtype)
    make = core.Engine32 if dtype == np.float32 else core.Engine64
    engine = make(sizes, rows, seen, vectors, forced, forcing, masked, 1e-3)
    first = (noise[:1],) if masked else (None,)
    results = [engine.loss_gradient(starts[0], 0.4, *first), engine.gradient]
    results.append(engine.growth_rate(starts[0], *first))
    rates = np.full(12, 3e-3)
    return [*results, engine.run(starts, rates, noise if masked else None), engine.theta]


@call
def training_in_single_precision(core):
    return [
        trained(core, np.float32, size, mean, masked)
        for size in MODELS.values()
        for mean, masked in [(0, True), (1, False)]
    ]


@call
def training_in_double_precision(core):
    return [trained(core, np.float64, size, 1, True) for size in MODELS.values()]


@call
def adaptive_forcing(core):
    size = MODELS["small layer"]
    return [trained(core, np.float32, size, mean, False) for mean in range(6)]


def cohort(core, dtype, M, L, K, n_features):
    """Losses and gradients of a cohort, whose subjects have few, many and no windows."""
    T, counts = 12, np.array([3, 0, 20, 1])
    sizes = dict(zip(NAMES, (M, M, K, L, 0, 0, T, 1, 0, 0, 0), strict=True))
    P = (n_features + 1) * n_trained(M, M, K, L, 0, 0) + n_features * len(counts)
    weights = [np.full(P, 1e-3), np.full(P, 1e-4), uniform(P, seed=3), uniform(P, seed=4) < 0.9]
    vectors = np.stack([0.3 * uniform(P, seed=2), *weights]).astype(dtype)
    starts = np.random.default_rng(5).integers(0, 200 - T, counts.sum())
    make, results = core.Cohort32 if dtype == np.float32 else core.Cohort64, []
    for noisy in (False, True):
        rows, forced = uniform(200, M + K, dtype=dtype), np.ones(T + 1, dtype)
        made = make(sizes, n_features, len(counts), rows, vectors, forced, noisy)
        noise = 0.05 * uniform(counts.sum() * (T + 1) * M, seed=6)
        loss = made.loss_gradient(starts, counts, 0.4, noise.astype(dtype) if noisy else None)
        results += [loss, made.gradient, made.theta]
    return results


@call
def cohorts(core):
    return [
        cohort(core, dtype, *sizes)
        for dtype in (np.float32, np.float64)
        for sizes in [(1, 5, 0, 1), (3, 50, 1, 2), (9, 40, 2, 0), (16, 33, 0, 3)]
    ]
