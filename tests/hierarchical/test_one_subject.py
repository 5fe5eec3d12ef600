"""The plain model of given features is the map of these features, and works wherever models do."""

import pickle

import matplotlib
import numpy as np
import pytest
from cohorts import RHO, lorenz, quick, turns, with_columns
from planted import fitted
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler

from sklearn_dsr import ShallowPLRNNReconstructor, inspection
from sklearn_dsr.dynamics import (
    basins,
    cycles,
    fixed_points,
    jacobian_growth,
    linear_regions,
    lyapunov_spectrum,
    manifolds,
)
from sklearn_dsr.export import to_onnx
from sklearn_dsr.model_selection import DSRScorer
from sklearn_dsr.pipeline import forecast, simulate
from sklearn_dsr.preprocessing import DelayEmbedding

matplotlib.use("Agg")
pytestmark = [
    pytest.mark.filterwarnings("ignore::sklearn_dsr.exceptions.ReconstructionWarning"),
]
X = lorenz()
F = np.linspace(-1.0, 1.0, 7)
TURNS, _ = turns(F, K=1)
COHORTS = {
    "learned": (X, {}),
    "two learned": (X, {"n_subject_features": 2}),
    "not standardised": (X, {"standardize": False}),
    "common scale": (X, {"standardize": "common"}),
    "known": (with_columns(X, RHO), {"n_parameters": 1}),
    "known and learned, driven": (
        with_columns(TURNS, 5.0 + 3.0 * F, F**2),
        {"n_parameters": 2, "n_subject_features": 1, "n_inputs": 1},
    ),
}


@pytest.fixture(scope="module")
def models():
    return {name: fitted(quick(**params), cohort) for name, (cohort, params) in COHORTS.items()}


@pytest.fixture(scope="module")
def chaotic():
    """A plain model between two Lorenz systems that does not come to rest, and its cohort."""
    cohort = lorenz(n_rows=400)
    model = fitted(quick(hidden_dim=50, stages="refine"), cohort)
    assert model.outcome_ == "converged"
    return model, model.reconstructor([0.1]), cohort


def brute_force(model, features, row, inputs=()):
    """The next row by the equation of the documentation."""
    p, K, N = model.n_parameters, model.n_inputs_, model.latent_dim_
    f = np.array(features, dtype=float)
    f[:p] = (f[:p] - model.parameter_mean_) / model.parameter_scale_
    names = ("A_", "W1_", "h1_", "C_") if K else ("A_", "W1_", "h1_")
    A, W1, h1, *C = (
        part[0] + sum(a * selected for a, selected in zip(f, part[1:], strict=True))
        for part in (getattr(model, name) for name in names)
    )
    z = (row - model.mean_[:N]) / model.scale_[:N]
    after = A @ z + W1 @ np.maximum(model.W2_ @ z + model.h2_, 0.0) + h1
    if K:
        after = after + C[0] @ ((inputs - model.mean_[N:]) / model.scale_[N:])
    return model.mean_[:N] + model.scale_[:N] * after


@pytest.mark.parametrize("name", COHORTS)
def test_the_map_is_the_shared_one_plus_what_the_features_select(models, name):
    model, rng = models[name], np.random.default_rng(0)
    N, K = model.latent_dim_, model.n_inputs_
    low, high = model.data_range_
    for own in (model.subject_features_[1], model.subject_features_.mean(axis=0) + 0.3):
        plain = model.reconstructor(own)
        rows = rng.uniform(low, high, (9, N))
        inputs = rng.standard_normal((9, K))
        wanted = [brute_force(model, own, x, s) for x, s in zip(rows, inputs, strict=True)]
        found = plain.predict(np.hstack([rows, inputs]))
        np.testing.assert_allclose(found, wanted, rtol=1e-9, atol=1e-9 * np.max(np.abs(wanted)))
        runs = model.simulate(rows, 1, inputs[:, None] if K else None, features=own)
        np.testing.assert_allclose(runs[:, 0], found, rtol=1e-12)


@pytest.mark.parametrize("name", COHORTS)
def test_it_is_a_fitted_plain_model_of_the_columns_without_parameters(models, name):
    model, (cohort, params) = models[name], COHORTS[name]
    model.set_params(dt=0.5)
    plain = model.reconstructor(model.subject_features_[2])
    p = params.get("n_parameters", 0)
    assert isinstance(plain, ShallowPLRNNReconstructor) and plain.dt == 0.5
    assert plain.n_features_in_ == cohort[0].shape[1] - p
    np.testing.assert_array_equal(plain.initial_row_, cohort[2][0, : model.latent_dim_])
    np.testing.assert_array_equal(plain.data_range_, model.data_range_)
    assert plain.outcome_ == model.outcomes_[2]
    rows = cohort[2][:, : plain.n_features_in_]
    assert np.isfinite(plain.score(rows)) and plain.simulate(rows[0], 3, rows[:3, 2:3] if (
        model.n_inputs_) else None).shape == (3, model.latent_dim_)  # fmt: skip
    model.set_params(dt=1.0)


def test_what_is_done_with_the_plain_model_leaves_the_cohort_as_it_was(models):
    model = models["learned"]
    before = pickle.dumps(vars(model))
    plain = model.reconstructor([0.5])
    fitted(plain.set_params(stages="start"), X[0])
    assert plain.A_.shape == (3, 3)
    assert pickle.dumps(vars(model)) == before


def test_analyses_take_it(chaotic):
    _, plain, cohort = chaotic
    rows = cohort[3]
    # The first exponents of these Lorenz systems are about 1 per unit of time, of 50 rows.
    assert 0.2 < lyapunov_spectrum(plain, rows[0], n_steps=5_000)[0] * 50 < 2.0
    points = fixed_points(plain)
    assert points and cycles(plain, 2) is not None
    for point in points:
        np.testing.assert_allclose(plain.predict(point.points), point.points, rtol=1e-6)
    assert linear_regions(plain, rows[0], n_steps=300).orbit.shape == (300, 3)
    assert np.isfinite(jacobian_growth(plain, rows, n_steps=100).norms).all()
    found = basins(plain, rows, n_steps=300)
    assert found.shares.sum() + found.diverged == pytest.approx(1.0)
    assert np.isfinite(list(DSRScorer()(plain, rows).values())).all()
    saddle = next(point for point in points if point.kind == "saddle")
    assert len(manifolds(plain, saddle, n_steps=20).unstable.segments)


SHOWN = [
    "AttractorDisplay",
    "BasinDisplay",
    "FixedPointDisplay",
    "ForecastDisplay",
    "LinearRegionDisplay",
    "LyapunovDisplay",
    "PITDisplay",
    "PowerSpectrumDisplay",
    "ReturnMapDisplay",
]


@pytest.mark.parametrize("name", SHOWN)
def test_displays_take_it(chaotic, name):
    _, plain, cohort = chaotic
    given = {"resolution": 8, "n_steps": 300} if name == "BasinDisplay" else {}
    display = getattr(inspection, name).from_estimator(plain, cohort[3], **given)
    assert display.plot() is display
    matplotlib.pyplot.close("all")


def test_a_bifurcation_diagram_runs_along_a_feature(chaotic):
    model, _, cohort = chaotic
    values = [-0.5, 0.1]
    given = {"values": values, "points": "rows", "n_steps": 100, "n_transient": 50}
    display = inspection.BifurcationDisplay.from_estimator(model, cohort, **given)
    assert display.training_values.shape == (len(cohort),)
    for value, points in zip(values, display.points, strict=True):
        run = model.reconstructor([value])
        assert points.shape == (100,) and np.isfinite(points).all()
        assert run.simulate(cohort[0][0], 5).shape == (5, 3)
    display.plot()
    matplotlib.pyplot.close("all")


def test_reports_and_tables_take_it(chaotic):
    _, plain, cohort = chaotic
    text = str(inspection.reconstruction_report(plain, cohort[3]))
    assert "converged" in text


def test_it_can_be_stored_and_exported(chaotic):
    torch = pytest.importorskip("torch")
    _, plain, cohort = chaotic
    rows = cohort[3]
    expected = plain.predict(rows)
    loaded = pickle.loads(pickle.dumps(plain))
    np.testing.assert_array_equal(loaded.predict(rows), expected)
    step = plain.to_torch()
    np.testing.assert_allclose(step(torch.tensor(rows)).detach(), expected, rtol=1e-12)


def test_its_graph_of_onnx_is_its_step(chaotic):
    pytest.importorskip("onnx")
    runtime = pytest.importorskip("onnxruntime")
    _, plain, cohort = chaotic
    rows = cohort[3]
    session = runtime.InferenceSession(to_onnx(plain).SerializeToString())
    (got, *_) = session.run(["Y"], {"X": rows})
    np.testing.assert_allclose(got, plain.predict(rows), rtol=1e-9)


def test_behind_a_delay_embedding_a_pipeline_forecasts_the_single_column():
    embedding = DelayEmbedding(n_delays=3, lag=2)
    series = [x[:, :1] for x in X]
    embedding.fit(series)
    cohort = [embedding.transform(x) for x in series]
    model = fitted(quick(), cohort)
    plain = model.reconstructor(model.transform(cohort[2])[0])
    pipeline = Pipeline([("delays", embedding), ("model", plain)])
    found = forecast(pipeline, series[2], 7)
    assert found.shape == (7, 1)
    np.testing.assert_array_equal(found, forecast(pipeline, [series[0], series[2]], 7)[1])
    # Its next value is that of the model of delay vectors.
    np.testing.assert_allclose(found[0], plain.forecast(cohort[2], 1)[0, :1], rtol=1e-9)
    assert simulate(pipeline, series[2], 5).shape == (5, 1)


def test_behind_a_scaler_it_is_the_same_model_in_other_units():
    scaler = StandardScaler().fit(np.concatenate(X))
    model = fitted(quick(), [scaler.transform(x) for x in X])
    pipeline = Pipeline([("scaler", scaler), ("model", model.reconstructor([0.2]))])
    own = pipeline[-1].forecast(scaler.transform(X[2]), 6)
    np.testing.assert_allclose(forecast(pipeline, X[2], 6), scaler.inverse_transform(own))


@pytest.mark.parametrize("name", ["learned", "known"])
def test_simulate_takes_features_of_all_runs_or_of_each(models, name):
    model = models[name]
    own = model.subject_features_[[3, 0, 3, 5, 1]]  # one twice, and not in their order
    starts = np.array([x[5, :3] for x in X[:5]])
    runs = model.simulate(starts, 12, features=own)
    assert runs.shape == (5, 12, 3)
    for run, start, f in zip(runs, starts, own, strict=True):
        np.testing.assert_allclose(run, model.reconstructor(f).simulate(start, 12), rtol=1e-9)
    alike = model.simulate(starts, 12, features=own[0])
    np.testing.assert_array_equal(alike, model.reconstructor(own[0]).simulate(starts, 12))
    np.testing.assert_array_equal(model.simulate(starts[0], 12, features=own[0]), alike[0])


def test_inputs_of_each_run_go_with_its_features(models):
    model, rng = models["known and learned, driven"], np.random.default_rng(0)
    own, starts = model.subject_features_[[4, 1, 4]], rng.standard_normal((3, 2))
    inputs = rng.standard_normal((3, 6, 1))
    runs = model.simulate(starts, 6, inputs, features=own)
    for run, start, s, f in zip(runs, starts, inputs, own, strict=True):
        np.testing.assert_allclose(run, model.reconstructor(f).simulate(start, 6, s), rtol=1e-9)


def test_noise_of_a_run_has_the_seed_that_is_given(models):
    model = fitted(quick(), lorenz(n_rows=120, noise_level=0.05))
    f, starts = model.subject_features_[[1, 0, 2]], np.array([x[0] for x in X[:3]])
    runs = [
        model.simulate(starts, 5, features=f, noise=noise, random_state=seed)
        for noise, seed in [(True, 0), (True, 0), (True, 1), (False, 0)]
    ]
    np.testing.assert_array_equal(runs[0], runs[1])
    assert np.any(model.process_noise_) and not np.array_equal(runs[0], runs[2])
    assert not np.array_equal(runs[0], runs[3])
    with pytest.raises(TypeError, match="noise must be True or False"):
        model.simulate(starts, 5, features=f, noise="yes")
