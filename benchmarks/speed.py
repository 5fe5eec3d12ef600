"""Speed of one training update, of the free run, and of the first call.

    python benchmarks/speed.py

An update is: sample S = 16 windows, forced run, gradient, optimiser; float32, one thread. Rows
compare, in one run, the numba engine with a plain eager autograd loop in torch (RAdam, the way
public Python codes train), with the package's own torch engine, and with the arithmetic floor:
12 M L T S operations at the core's measured peak. Then a row for each model of the family, L being
its kinks. Medians of repeats; read the ratios.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time

import numpy as np
import torch
from numba import njit

from sklearn_dsr._maps._canonical import CanonicalMap
from sklearn_dsr._maps._parametrizations import PLRNN, AlmostLinearRNN, ShallowPLRNN
from sklearn_dsr._training._engine_numba import NumbaEngine
from sklearn_dsr._training._engine_torch import TorchEngine
from sklearn_dsr._training._forcing import Forcing
from sklearn_dsr._training._problem import Penalties, Problem
from sklearn_dsr.metrics._binning import BinnedDensity
from sklearn_dsr.metrics._spectrum import power_spectrum_hellinger

S = 16
# name -> M, L, T, least speed-up over the eager loop, most times the floor
SIZES = {
    "Lorenz-63": (3, 50, 200, 75, 9),
    "ECG": (5, 250, 200, 40, 4),
    "Lorenz-96": (20, 200, 200, 20, 3),
    "EEG": (16, 512, 50, 8, 2.5),
    "default M=3": (3, 100, 100, None, None),
}
# name -> model of M units, a row each at M = 3 and at M = 20
MODELS = {
    "shallow": lambda M: ShallowPLRNN(M, 10 * M),
    "clipped shallow": lambda M: ShallowPLRNN(M, 10 * M, clipped=True),
    "vanilla": lambda M: PLRNN(M),
    "mean-centred": lambda M: PLRNN(M, mean_centered=True),
    "dendritic": lambda M: PLRNN(M, n_bases=20),
    "clipped dendritic": lambda M: PLRNN(M, n_bases=20, clipped=True),
    "almost-linear": lambda M: AlmostLinearRNN(M, n_nonlinear=2),
}
FIRST_CALL = """
import time, numpy as np
start = time.perf_counter()
from sklearn_dsr import ShallowPLRNNReconstructor
imported = time.perf_counter()
X = np.random.default_rng(0).standard_normal((500, 3)).cumsum(axis=0)
import warnings; warnings.simplefilter("ignore")
ShallowPLRNNReconstructor(max_iter=2, n_init=1, random_state=0).fit(X)
print(imported - start, time.perf_counter() - imported)
"""


def median_time(function, repeats):
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        function()
        times.append(time.perf_counter() - start)
    return float(np.median(times))


@njit(fastmath=True)
def horner(x, n):
    """Multiply-adds that need no memory: 16 for each of the len(x) values, n times."""
    total = np.float32(0)
    c = np.float32(0.5)
    for _ in range(n):
        for i in range(len(x)):
            v = x[i]
            p = v + c
            for _ in range(15):
                p = p * v + c
            total += p * v
        x[0] += total * np.float32(1e-30)
    return total


def peak():
    """Peak multiply-add rate of one core, in operations per second."""
    x = np.full(2048, 0.1, dtype=np.float32)
    horner(x, 1)
    return 2 * 16 * len(x) * 2000 / median_time(lambda: horner(x, 2000), 7)


def eager_map(model):
    """The model's equation as its paper states it, in torch: function of states and parameters.

    In the clipped shallow model W2 z is so formed twice; the package's torch engine forms it once.
    """
    relu = torch.relu
    if isinstance(model, ShallowPLRNN):

        def phi(z, p):
            hidden = relu(z @ p["W2"].T + p["h2"])
            return (hidden - relu(z @ p["W2"].T) if model.clipped else hidden) @ p["W1"].T + p["h1"]

    else:

        def phi(z, p):
            u = z - z.mean(dim=1, keepdim=True) if model.mean_centered else z
            if model.n_linear:
                u = torch.cat([u[:, : model.n_linear], relu(u[:, model.n_linear :])], dim=1)
            elif model.n_bases:
                bases = relu(u.unsqueeze(2) - p["H"])
                bases = bases - relu(u).unsqueeze(2) if model.clipped else bases
                u = (bases * p["alphas"]).sum(dim=2)
            else:
                u = relu(u)
            return u @ p["W"].T + p["h"]

    return lambda z, p: p["A"] * z + phi(z, p)


def eager_update(model, T, X):
    """A plain training step in torch, as a function: eager loop over time, autograd, RAdam."""
    rng = np.random.default_rng(0)
    arrays, step = model.initial(rng), eager_map(model)
    p = {k: torch.nn.Parameter(torch.tensor(v, dtype=torch.float32)) for k, v in arrays.items()}
    data = torch.tensor(X, dtype=torch.float32)
    optimizer = torch.optim.RAdam(p.values(), lr=1e-3)

    def update(alpha=0.2):
        starts = rng.integers(0, len(X) - T, size=S)
        windows = torch.stack([data[s : s + T + 1] for s in starts])
        optimizer.zero_grad()
        z = windows[:, 0]
        predictions = []
        for t in range(1, T + 1):
            z = step(z, p)
            predictions.append(z)
            z = alpha * windows[:, t] + (1 - alpha) * z
        loss = torch.mean((torch.stack(predictions, dim=1) - windows[:, 1:]) ** 2)
        loss.backward()
        optimizer.step()

    return update


def engine_update(engine_class, model, T, X, n_updates, **forcing):
    """One call of `n_updates` updates of an engine, as a function."""
    rng = np.random.default_rng(0)
    problem = Problem(X, model, False, T, S, Penalties(latent=1e-5), np.float32)
    engine = engine_class(problem, model.initial(rng), Forcing(**forcing))
    rates = np.full(n_updates, 1e-4)

    def update():
        engine.run(rng.integers(0, len(X) - T, size=(n_updates, S)), rates)

    return update


def timed(model, T, repeats):
    """Seconds of an update: numba, numba with adaptive alpha, eager torch, the torch engine."""
    X = np.random.default_rng(1).standard_normal((20_000, model.latent_dim))
    functions = (
        engine_update(NumbaEngine, model, T, X, 50, alpha=0.2),
        engine_update(NumbaEngine, model, T, X, 50, mean="product_upper_bound"),
        eager_update(model, T, X),
        engine_update(TorchEngine, model, T, X, 1, alpha=0.2),
    )
    for function in functions:
        function()
    # Interleaved, so that other work on the machine slows all alike.
    rounds = [[median_time(f, 3) for f in functions] for _ in range(repeats)]
    return np.median(rounds, axis=0) / [50, 50, 1, 1]


def updates(repeats):
    flops = peak()
    print(f"peak of one core: {flops / 1e9:.0f} GF/s")
    head = f"{'numba us':>9} {'adaptive':>9} {'eager ms':>9} {'torch ms':>9} | {'x eager':>8}"
    print(
        f"{'':17} {'M':>3} {'L':>4} {'T':>4} | {head} {'(wanted)':>8} | {'x floor':>8} "
        f"{'(at most)':>9}"
    )
    for name, (M, L, T, ratio, floors) in SIZES.items():
        times = timed(ShallowPLRNN(M, L, clipped=True), T, repeats)
        floor = 12 * M * L * T * S / flops
        row = f"{name:17} {M:3} {L:4} {T:4} | {show(times, ratio)} | {times[0] / floor:8.2f}"
        print(f"{row} {floors or '-':>9}", flush=True)
    print()
    for M, ratio in ((3, 20), (20, 10)):
        for name, build in MODELS.items():
            model = build(M)
            times = timed(model, 200, repeats)
            row = f"{name:17} {M:3} {model.hidden_dim:4} {200:4} | {show(times, ratio)}"
            print(row, flush=True)


def show(times, ratio):
    numba, adaptive, eager, engine = times
    return (
        f"{numba * 1e6:9.1f} {adaptive * 1e6:9.1f} {eager * 1e3:9.2f} {engine * 1e3:9.2f} | "
        f"{eager / numba:8.0f} {ratio or '-':>8}"
    )


def free_run():
    rng = np.random.default_rng(0)
    for M, L in ((3, 50), (3, 100), (20, 400)):
        model = ShallowPLRNN(M, L, clipped=True)
        arrays = model.initial(rng) | {"h1": rng.standard_normal(M) * 0.1}
        canonical: CanonicalMap = model.canonical(arrays)
        state = rng.standard_normal((1, M))
        canonical.simulate(state, 10)
        seconds = median_time(lambda f=canonical, z=state: f.simulate(z, 100_000), 15)
        print(
            f"free run of 100,000 steps, clipped, M={M}, L={L}: {seconds * 1e3:.1f} ms"
            + (" (wanted: under 10)" if L == 50 else "")
        )
    true, other = rng.standard_normal((2, 100_000, 3))
    density = BinnedDensity(true)
    density.divergence(other)
    print(
        f"D_stsp of 100,000 rows, 30^3 bins: "
        f"{median_time(lambda: density.divergence(other), 15) * 1e3:.1f} ms;  D_H: "
        f"{median_time(lambda: power_spectrum_hellinger(true, other), 5) * 1e3:.0f} ms"
    )


def first_call():
    """Compile time in a first process, with an empty cache, and in a second one."""
    with tempfile.TemporaryDirectory() as cache:
        environment = os.environ | {"NUMBA_CACHE_DIR": cache}
        for which in ("first process (compiles)", "second process (cached)"):
            out = subprocess.run(
                [sys.executable, "-c", FIRST_CALL],
                env=environment,
                check=True,
                capture_output=True,
                text=True,
            ).stdout.split()
            print(f"{which}: import {float(out[0]):.1f} s, first fit {float(out[1]):.1f} s")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--repeats", type=int, default=7)
    args = parser.parse_args()
    torch.set_num_threads(1)
    updates(args.repeats)
    free_run()
    first_call()


if __name__ == "__main__":
    main()
