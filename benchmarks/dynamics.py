"""Speed and truth of the analyses of a fitted model, on one core.

    python benchmarks/dynamics.py
    python benchmarks/dynamics.py --max-order 12

Models of M = 3 and L = 50 (clipped ones have 100 hidden units in their canonical map) are fitted to
20,000 rows of the Lorenz system with 5 percent noise. Seconds are medians of repeats, of the
processor, so that other work on the machine counts little. True fixed points of the system are the
origin, with leading eigenvalue exp(11.83 dt), and the wing centers, exp(0.094 dt) in modulus.
"""

import argparse
import time
import warnings

import numpy as np

from sklearn_dsr import ShallowPLRNNReconstructor
from sklearn_dsr._maps._parametrizations import ShallowPLRNN
from sklearn_dsr.datasets import make_lorenz63
from sklearn_dsr.dynamics import (
    cycles,
    fixed_points,
    jacobian_growth,
    kaplan_yorke_dimension,
    linear_regions,
    lyapunov_spectrum,
)
from sklearn_dsr.exceptions import ReconstructionWarning

WING = np.sqrt(72.0)
TRUE = np.array([[-WING, -WING, 27.0], [0.0, 0.0, 0.0], [WING, WING, 27.0]])


def timed(function, repeats):
    """Result, and median seconds of the processor."""
    result, times = function(), []
    for _ in range(repeats):
        start = time.process_time()
        function()
        times.append(time.process_time() - start)
    return result, float(np.median(times))


def exponents(repeats):
    rng = np.random.default_rng(0)
    for M, L, n_steps in (
        (3, 50, 100_000),
        (3, 100, 100_000),
        (20, 200, 10_000),
        (16, 512, 10_000),
    ):
        model = ShallowPLRNN(M, L, clipped=True)
        f = model.canonical(model.initial(rng) | {"h1": 0.1 * rng.standard_normal(M)})
        _, seconds = timed(lambda f=f, n=n_steps: lyapunov_spectrum(f, n_steps=n), repeats)
        wanted = " (wanted: under 0.1)" if L == 50 else ""
        print(f"lyapunov_spectrum, {n_steps:,} steps, M={M}, L={L}: {seconds:.3f} s{wanted}")


def fitted(clipped):
    X = make_lorenz63(20_000, noise_level=0.05, random_state=0)
    model = ShallowPLRNNReconstructor(50, clipped=clipped, dt=0.01, n_init=3, random_state=0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ReconstructionWarning)
        return model.fit(X), X


def analyses(name, model, X, max_order, repeats):
    print(f"\n{name}, M=3, L=50: {model.outcome_}")
    found, seconds = timed(lambda: fixed_points(model, X), repeats)
    print(f"fixed points: {seconds:.3f} s (wanted: under 1)\n{found}")
    size = np.linalg.norm(np.ptp(X, axis=0))
    distance = np.linalg.norm(found.points[:, None] - TRUE[None], axis=2)
    leading = [abs(found[k].eigenvalues[0]) for k in distance.argmin(axis=0)]
    print(
        f"distance from the true ones, percent of the attractor's size: "
        f"{np.round(100 * distance.min(axis=0) / size, 1)}; leading eigenvalues "
        f"{np.round(leading, 4)} (true: {np.round(np.exp([0.00094, 0.1183, 0.00094]), 4)})"
    )
    for order in range(1, max_order + 1):
        found, seconds = timed(lambda k=order: cycles(model, k, X, min_order=k), 1)
        print(f"cycles of order {order}: {len(found)} new, {seconds:.2f} s; {found.searches[0]}")
    found, seconds = timed(lambda: cycles(model, max_order, X), 1)
    print(f"cycles up to order {max_order}: {seconds:.2f} s (wanted, up to 10: under 10)")
    regions, seconds = timed(lambda: linear_regions(model), repeats)
    print(
        f"linear_regions, 20,000 steps: {seconds:.3f} s; {len(regions)} regions, "
        f"{regions.transitions.nnz} kinds of transition"
    )
    growth, seconds = timed(lambda: jacobian_growth(model, X), repeats)
    print(
        f"jacobian_growth, 20,000 rows: {seconds:.3f} s; sigma_max {growth.sigma_max:.3f}, "
        f"sufficient alpha {growth.sufficient_alpha:.3f}, over windows {growth.window_alpha:.3f}, "
        f"in training {model.gtf_alpha_:.3f}"
    )
    spectrum = lyapunov_spectrum(model, n_steps=200_000, return_history=True)
    dimension = kaplan_yorke_dimension(spectrum.exponents)
    with np.printoptions(precision=3, suppress=True):
        print(f"exponents {spectrum.exponents} +- {spectrum.standard_error}", end="")
    print(f", dimension {dimension:.3f} (true: 0.906, 0, -14.572; 2.062)")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--max-order", type=int, default=10)
    args = parser.parse_args()
    exponents(args.repeats)
    for name, clipped in (("clipped", True), ("plain", False)):
        analyses(name, *fitted(clipped), args.max_order, args.repeats)


if __name__ == "__main__":
    main()
