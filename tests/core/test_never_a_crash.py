"""Whatever a function of the core is given, it returns or raises one of three errors."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sklearn_dsr._core._isa import core

M, L, K, N, T, S = 3, 5, 1, 2, 4, 3
NONE = np.empty(0)


def uniform(*shape, dtype=float):
    return np.random.default_rng(0).uniform(-1, 1, shape).astype(dtype)


ARRAYS = (uniform(M, M), uniform(M, L), uniform(L, M), uniform(M), uniform(L))
MAP = core.Map(*ARRAYS, np.empty((M, 0)))
ROWS, SEEN, INPUTS = uniform(30, N), np.ones((30, N), bool), np.empty((0, 0))
ALONG = {"B": uniform(N, M), "rows": ROWS, "seen": SEEN, "inputs": INPUTS, "start": uniform(M)}
SIZES = {"M": M, "N": N, "K": K, "L": L, "n_bases": 0, "n_linear": 0, "T": T, "S": S}
SIZES |= {"clipped": 0, "centered": 0, "affine": 0}
SIZE = M * M + 2 * M * L + M + L + (M - N) * N + M * K
STARTS = np.array([0, 7, 20])


def engine(dtype=np.float32):
    vectors = np.stack([0.1 * uniform(SIZE, dtype=dtype)] * 5)
    return {
        "sizes": SIZES,
        "rows": uniform(30, N + K, dtype=dtype),
        "seen": np.ones((30, N), np.uint8),
        "vectors": vectors,
        "forced": np.ones(T + 1, dtype),
        "forcing": (1, 0.5, 1.0, 0.9, 2, 3),
        "noise": False,
        "observation_penalty": 0.0,
    }


def cohort(dtype=np.float32):
    size = 3 * (M * M + 2 * M * L + M + L + M * K) + 2 * 4  # two features of four subjects
    return {
        "sizes": SIZES | {"N": M},
        "n_features": 2,
        "n_subjects": 4,
        "rows": uniform(30, M + K, dtype=dtype),
        "vectors": np.stack([0.1 * uniform(size, dtype=dtype)] * 5),
        "forced": np.ones(T + 1, dtype),
        "noise": False,
    }


ENGINE = core.Engine32(**engine())
COHORT, NOISY_COHORT = core.Cohort32(**cohort()), core.Cohort64(**cohort(float) | {"noise": True})
COUNTS = {"starts": STARTS, "counts": np.array([2, 0, 1, 0])}
EQUATIONS = core.NormalEquations(3, 2)
EQUATIONS.add(uniform(9, 3), uniform(9, 2))
# Arguments that each function takes.
CALLS = {
    "Map": (core.Map, dict(zip("A W1 W2 h1 h2 C".split(), (*ARRAYS, uniform(M, K)), strict=True))),
    "simulate": (
        core.simulate,
        {"map": MAP, "z0": uniform(2, M), "inputs": np.empty((2, 0, 0)), "n_steps": 5},
    ),
    "jacobian": (core.jacobian, {"map": MAP, "Z": uniform(4, M)}),
    "follow": (core.follow, {"map": MAP, "inverse": uniform(M, N)} | ALONG),
    "filter": (core.filter, {"map": MAP} | ALONG | {"noise": np.ones(N), "Q": 0.1 * np.eye(M)}),
    "noise_sums": (
        core.noise_sums,
        {"map": MAP} | ALONG | {"noise": np.ones(N), "Q": np.eye(M), "blocks": (10, 5)},
    ),
    "smooth": (core.smooth, {"map": MAP} | ALONG | {"ratio": 2.0, "blocks": (10, 5)}),
    "stretching": (
        core.stretching,
        {"map": MAP, "start": uniform(M), "basis": np.eye(M), "inputs": INPUTS, "flow": False}
        | {"n_transient": 5, "ends": np.array([5, 9])},
    ),
    "growth": (core.growth, {"jacobians": uniform(9, M, M), "skip": 2}),
    "multiply": (core.multiply, {"X": uniform(4, 3), "Y": uniform(3, 2)}),
    "gram": (core.gram, {"X": uniform(4, 3), "Y": uniform(4, 2)}),
    "NormalEquations": (core.NormalEquations, {"n_features": 3, "n_targets": 2}),
    "NormalEquations.add": (EQUATIONS.add, {"features": uniform(9, 3), "targets": uniform(9, 2)}),
    "NormalEquations.solve": (EQUATIONS.solve, {"penalties": np.full(3, 0.1)}),
    "solve": (core.solve, {"G": 2 * np.eye(3), "B": uniform(3, 2)}),
    "eigh": (core.eigh, {"S": np.eye(3)}),
    "pseudo_inverse": (core.pseudo_inverse, {"B": uniform(4, 3)}),
    "orthonormal": (core.orthonormal, {"X": uniform(3, 5)}),
    "exponential": (core.exponential, {"x": uniform(7)}),
    "log": (core.log, {"x": np.abs(uniform(7))}),
    "dot": (core.dot, {"a": uniform(7), "b": uniform(7)}),
    "lbfgs_direction": (
        core.lbfgs_direction,
        {"gradient": uniform(7), "steps": uniform(3, 7), "changes": uniform(3, 7), "n": 2},
    ),
    "cell_numbers": (
        core.cell_numbers,
        {"rows": uniform(9, 2), "low": -np.ones(2), "width": np.full(2, 0.1), "n_bins": 20},
    ),
    "search_boxes": (
        core.search_boxes,
        {"map": ARRAYS, "low": -np.ones(M), "high": np.ones(M), "order": 1, "n_boxes": 50}
        | {"n_kept": 5},
    ),
    "settle_all": (core.settle_all, {"map": ARRAYS, "Z": uniform(4, 2, M), "n_iterations": 3}),
    "settle_everywhere": (core.settle_everywhere, {"map": ARRAYS, "order": 1, "n_kept": 5}),
    "runge_kutta_4": (
        core.runge_kutta_4,
        {"system": 0, "state": np.ones(3), "parameters": np.array([10, 28, 8 / 3]), "inputs": NONE}
        | {"step": 0.01, "n_substeps": 2, "n_samples": 5},
    ),
    "spectral_norm": (core.spectral_norm, {"J": uniform(4, 3)}),
    "multiply_adds": (core.multiply_adds, {"n": 5}),
    "Engine32": (core.Engine32, engine()),
    "Engine64": (core.Engine64, engine(np.float64)),
    "Engine32.loss_gradient": (ENGINE.loss_gradient, {"starts": STARTS, "alpha": 0.3}),
    "Engine32.growth_rate": (ENGINE.growth_rate, {"starts": STARTS}),
    "Engine32.run": (
        ENGINE.run,
        {"starts": np.stack([STARTS] * 2), "rates": np.full(2, 1e-3), "noise": None},
    ),
    "Engine32.theta": (lambda values: setattr(ENGINE, "theta", values), {"values": ENGINE.theta}),
    "Cohort32": (core.Cohort32, cohort()),
    "Cohort64": (core.Cohort64, cohort(np.float64)),
    "Cohort32.loss_gradient": (COHORT.loss_gradient, COUNTS | {"alpha": 0.3}),
    "Cohort64.loss_gradient": (
        NOISY_COHORT.loss_gradient,
        COUNTS | {"alpha": 0.3, "noise": uniform(3 * (T + 1) * M)},
    ),
    "Cohort32.theta": (lambda values: setattr(COHORT, "theta", values), {"values": COHORT.theta}),
}


def test_every_function_is_tried():
    names = {n for n in dir(core) if callable(getattr(core, n)) and not n.startswith("_")}
    assert names - {"best_isa"} <= set(CALLS)


@pytest.mark.parametrize("name", CALLS)
def test_the_arguments_are_right_before_one_is_spoilt(name):
    function, arguments = CALLS[name]
    function(**arguments)


def spoilt(value):
    """Strategy of values in place of an argument."""
    anything = st.sampled_from([None, "x", -1, 0, 2, 10**6, 2**70, 1.5, np.nan, np.inf, (), {}, []])
    if isinstance(value, np.ndarray):
        others = [
            value.astype(np.float32 if value.dtype != np.float32 else float),
            value.astype(complex),
            value.astype(object),
            value[None],
            value[..., :0],
            value[:0],
            value[1:],
            np.concatenate([value, value]),
            np.repeat(value, 2, axis=-1)[..., ::2],
            np.asfortranarray(np.stack([value] * 2))[0],
            np.full_like(value, np.nan if value.dtype.kind == "f" else 0),
            np.full_like(value, np.inf if value.dtype.kind == "f" else 100),
            value.tolist(),
        ]
        return anything | st.sampled_from(others)
    if isinstance(value, tuple):
        return anything | st.integers(0, len(value) - 1).flatmap(
            lambda i: spoilt(value[i]).map(lambda new: (*value[:i], new, *value[i + 1 :]))
        )
    if isinstance(value, dict):
        return anything | st.sampled_from(sorted(value)).flatmap(
            lambda k: st.sampled_from([-1, 0, 1, 2, 7, 2**40, None, 1.5]).map(
                lambda new: value | {k: new}
            )
        )
    return anything | st.integers(-3, 100) | st.floats()


@pytest.mark.parametrize("name", CALLS)
@settings(max_examples=60)
@given(data=st.data())
def test_spoilt_arguments_raise_a_clear_error_or_none(name, data):
    function, arguments = CALLS[name]
    changed = dict(arguments)
    for key in data.draw(st.sets(st.sampled_from(sorted(arguments)), min_size=1, max_size=2)):
        changed[key] = data.draw(spoilt(arguments[key]))
    if name == "settle_everywhere" and changed["order"] in range(2, 61):
        changed["order"] = 1  # it solves for 2**(order L) cycles, which may take years
    try:
        function(**changed)
    except (TypeError, ValueError, MemoryError):
        pass


@pytest.mark.parametrize("name", CALLS)
def test_another_type_of_array_and_none_are_type_errors(name):
    function, arguments = CALLS[name]
    for key, value in arguments.items():
        if not isinstance(value, np.ndarray):
            continue
        wrong = [
            value.astype(complex),
            value[None],
            value.tolist(),
            np.repeat(value, 2, axis=-1)[..., ::2],
        ]
        if key not in ("seen", "inverse", "noise"):
            wrong.append(None)
        for other in wrong:
            if isinstance(other, np.ndarray) and other.dtype == value.dtype and other.size < 2:
                continue
            with pytest.raises(TypeError):
                function(**arguments | {key: other})


def test_a_window_beyond_the_rows_is_an_error():
    for starts in ([-1, 0, 1], [0, 1, 30 - T]):
        with pytest.raises(ValueError, match="not within the rows"):
            ENGINE.loss_gradient(np.array(starts), 0.3)
        with pytest.raises(ValueError, match="not within the rows"):
            COHORT.loss_gradient(np.array(starts), COUNTS["counts"], 0.3)


@pytest.mark.parametrize(
    "counts", [[2, 0, 0, 0], [2, 0, 2, 0], [4, -1, 0, 0], [2**62, 2**62, 0, 0]]
)
def test_counts_that_do_not_add_up_to_the_windows_are_an_error(counts):
    with pytest.raises(ValueError, match="counts do not add up"):
        COHORT.loss_gradient(STARTS, np.array(counts), 0.3)


def test_a_cohort_checks_its_sizes_and_its_noise():
    made = cohort()
    for key, value, match in [
        ("sizes", made["sizes"] | {"affine": 1}, "no affine observation"),
        ("n_features", -1, "n_features is not in its range"),
        ("n_subjects", 0, "n_subjects is not in its range"),
        ("rows", made["rows"][:, 1:].copy(), "rows"),
        ("vectors", made["vectors"][:, 1:].copy(), "vectors"),
        ("forced", made["forced"][1:], "forced"),
    ]:
        with pytest.raises(ValueError, match=match):
            core.Cohort32(**made | {key: value})
    with pytest.raises(ValueError, match="noise is missing"):
        NOISY_COHORT.loss_gradient(**COUNTS, alpha=0.3)
    with pytest.raises(ValueError, match="without noise"):
        COHORT.loss_gradient(**COUNTS, alpha=0.3, noise=uniform(3 * (T + 1) * M, dtype=np.float32))
