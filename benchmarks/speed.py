"""Claim: an update takes twice its arithmetic, and is many times faster than a plain torch loop.

    python benchmarks/speed.py                 # the instruction set that the core takes here
    python benchmarks/speed.py --isa v4 v3     # each in a process of its own

An update is: sample S = 16 windows, forced run, gradient, optimiser; float32, one thread, CPU time.
Compared, in one run, are the native engine; the arithmetic floor, 12 M L T S operations at the
core's peak of multiply-adds; a plain eager autograd loop in torch (RAdam, the way public Python
codes train); and the package's own torch engine. Then each model of the family, L being its kinks;
free runs and metrics; and what a fresh process takes. Least of repeats.
"""

import os
import subprocess
import sys
import time

import numpy as np
import torch
from provenance import arguments, keep

from sklearn_dsr._core import numbers
from sklearn_dsr._core._isa import core
from sklearn_dsr._maps._parametrizations import PLRNN, AlmostLinearRNN, ShallowPLRNN
from sklearn_dsr._training._engine_native import NativeEngine
from sklearn_dsr._training._engine_torch import TorchEngine
from sklearn_dsr._training._forcing import Forcing
from sklearn_dsr._training._problem import Penalties, Problem
from sklearn_dsr.dynamics import lyapunov_spectrum
from sklearn_dsr.metrics._binning import BinnedDensity
from sklearn_dsr.metrics._spectrum import power_spectrum_hellinger

S = 16
# name -> M, L, T
SIZES = {
    "Lorenz-63, default": (3, 192, 100),
    "Lorenz-63, L = 50": (3, 50, 200),
    "ECG": (5, 250, 200),
    "EEG": (16, 512, 50),
    "Lorenz-96, L = 200": (20, 200, 200),
    "Lorenz-96": (20, 760, 100),
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
FRESH = """
import time, numpy as np, warnings
start = time.perf_counter()
from sklearn_dsr import ShallowPLRNNReconstructor
times = [time.perf_counter() - start]
X = np.random.default_rng(0).standard_normal((500, 3)).cumsum(axis=0)
warnings.simplefilter("ignore")
for _ in range(2):
    start = time.perf_counter()
    ShallowPLRNNReconstructor(max_iter=2, n_init=1, random_state=0).fit(X)
    times.append(time.perf_counter() - start)
print(*times)
"""


def best_time(function, repeats):
    """Least CPU seconds of this thread: other work on the machine only adds to them."""
    times = []
    for _ in range(repeats):
        start = time.thread_time()
        function()
        times.append(time.thread_time() - start)
    return min(times)


def peak():
    """Peak rate of multiply-adds of one core, in operations per second."""
    n = 2_000_000
    operations = numbers.multiply_adds(n)
    return operations / best_time(lambda: numbers.multiply_adds(n), 9)


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
    """Seconds of an update: native, with adaptive alpha, eager torch, the torch engine."""
    X = np.random.default_rng(1).standard_normal((20_000, model.latent_dim)).astype(np.float32)
    functions = (
        engine_update(NativeEngine, model, T, X, 50, alpha=0.2),
        engine_update(NativeEngine, model, T, X, 50, mean="product_upper_bound"),
        eager_update(model, T, X),
        engine_update(TorchEngine, model, T, X, 1, alpha=0.2),
    )
    for function in functions:
        function()
    # Interleaved, so that other work on the machine slows all alike.
    rounds = [[best_time(f, 3) for f in functions] for _ in range(repeats)]
    return np.min(rounds, axis=0) / [50, 50, 1, 1]


def row_of(name, model, T, repeats, flops=None):
    """Figures of one row, printed."""
    native, adaptive, eager, engine = timed(model, T, repeats)
    M, L = model.latent_dim, model.hidden_dim
    row = {"name": name, "M": M, "L": L, "T": T, "us": native * 1e6, "adaptive_us": adaptive * 1e6}
    row |= {"eager_over_native": eager / native, "torch_over_native": engine / native}
    if flops:
        row["times_floor"] = native / (12 * M * L * T * S / flops)
    figures = f"{row['us']:9.1f} {row['adaptive_us']:9.1f} | {eager / native:8.0f} x eager"
    floor = f" | {row['times_floor']:5.2f} x floor" if flops else ""
    print(f"{name:19} {M:3} {L:4} {T:4} | {figures}{floor}", flush=True)
    return row


def updates(repeats):
    """Rows of all sizes and models, beside the peak."""
    flops = peak()
    print(f"{core.isa}: peak of one core {flops / 1e9:.0f} GF/s")
    print("microseconds of an update, with constant alpha and with adaptive")
    rows = [row_of(n, ShallowPLRNN(M, L), T, repeats, flops) for n, (M, L, T) in SIZES.items()]
    rows += [
        row_of(name, build(M), 200, repeats) for M in (3, 20) for name, build in MODELS.items()
    ]
    return {"isa": core.isa, "peak": flops, "rows": rows}


def free_run():
    """Milliseconds of free runs and metrics."""
    rng = np.random.default_rng(0)
    out = {}
    for M, L in ((3, 50), (3, 100), (20, 400)):
        model = ShallowPLRNN(M, L, clipped=True)
        arrays = model.initial(rng) | {"h1": rng.standard_normal(M) * 0.1}
        canonical, state = model.canonical(arrays), rng.standard_normal((1, M))
        seconds = best_time(lambda f=canonical, z=state: f.simulate(z, 100_000), 15)
        out[f"free run of 100,000 steps, clipped, M={M}, L={L}"] = seconds * 1e3
        seconds = best_time(lambda f=canonical: lyapunov_spectrum(f, n_steps=10_000), 3)
        out[f"Lyapunov spectrum over 10,000 steps, M={M}, L={L}"] = seconds * 1e3
    true, other = rng.standard_normal((2, 100_000, 3))
    density = BinnedDensity(true)
    for name, function, repeats in (
        ("D_stsp of 100,000 rows, 30^3 bins", lambda: density.divergence(other), 15),
        ("D_H", lambda: power_spectrum_hellinger(true, other), 5),
    ):
        out[name] = 1e3 * best_time(function, repeats)
    for name, value in out.items():
        print(f"{name}: {value:.1f} ms")
    return out


def fresh_process():
    """Seconds of the import, and of the first fit less the second, in fresh processes."""
    runs = []
    for _ in range(5):
        command = [sys.executable, "-c", FRESH]
        done = subprocess.run(command, check=True, capture_output=True, text=True)
        runs.append([float(value) for value in done.stdout.split()])
    imported, first, second = np.median(runs, axis=0)
    print(f"import {imported:.2f} s; first fit less second {first - second:.3f} s")
    return {"import": imported, "first_less_second": first - second}


def main():
    parser = arguments(__doc__, "speed")
    parser.add_argument("--repeats", type=int, default=7)
    parser.add_argument("--isa", nargs="+", help="instruction sets, each in a process of its own")
    args = parser.parse_args()
    if args.isa:
        for isa in args.isa:
            path = args.json.with_stem(f"{args.json.stem}_{isa}")
            command = [sys.executable, __file__, "--repeats", str(args.repeats), "--json", path]
            subprocess.run(command, check=True, env=os.environ | {"SKLEARN_DSR_ISA": isa})
        return
    torch.set_num_threads(1)
    keep(args.json, updates(args.repeats) | {"ms": free_run(), "fresh_process": fresh_process()})


if __name__ == "__main__":
    main()
