"""A model behind transformers is judged and analysed as it is without them."""

import numpy as np
import pandas as pd
import pytest
from sklearn.decomposition import PCA
from sklearn.preprocessing import StandardScaler

from sklearn_dsr import EnsembleReconstructor, PLRNNReconstructor, ShallowPLRNNReconstructor
from sklearn_dsr.datasets import make_duffing, make_lorenz63
from sklearn_dsr.dynamics import cycles, fixed_points, jacobian_growth
from sklearn_dsr.inspection import reconstruction_report
from sklearn_dsr.model_selection import DSRScorer
from sklearn_dsr.pipeline import make_reconstruction_pipeline
from sklearn_dsr.preprocessing import DelayEmbedding, SVDDelayEmbedding

pytestmark = pytest.mark.filterwarnings("ignore::sklearn_dsr.exceptions.ReconstructionWarning")

X = make_lorenz63(900, dt=0.02, noise_level=0.02, random_state=0)
QUICK = {"max_iter": 2, "n_init": 1, "stages": "train", "random_state": 0}


def model(**params):
    return ShallowPLRNNReconstructor(15, clipped=False, **(QUICK | params))


KINDS = {
    "rows": model(),
    "ensemble": EnsembleReconstructor(model(), n_members=3, random_state=0),
    "hidden units": PLRNNReconstructor(8, **QUICK),
    "missing values": model(missing="mask", latent_dim=4),
    "inputs": model(n_inputs=1),
}


@pytest.mark.parametrize("kind", KINDS)
def test_the_score_of_a_pipeline_is_that_of_its_model_on_what_it_sees(kind):
    data = X.copy()
    if kind == "missing values":
        data[np.arange(900) % 2 == 0, 0] = np.nan
        data[np.arange(900) % 2 == 1, 1] = np.nan  # no row is complete
    pipeline = make_reconstruction_pipeline(StandardScaler(), KINDS[kind]).fit(data)
    scaled = pipeline[0].transform(data)
    # R^2 does not depend on the units of the columns.
    assert pipeline.score(data) == pytest.approx(pipeline[-1].score(scaled), abs=1e-9)
    several = pipeline.score([data[:400], data[400:]])
    assert several == pytest.approx(pipeline[-1].score([scaled[:400], scaled[400:]]), abs=1e-9)


def test_no_window_of_an_analysis_crosses_a_jump_that_a_transformer_hides():
    frame = pd.DataFrame(X[:600], index=np.r_[:300, 1000:1300])
    pipeline = make_reconstruction_pipeline(StandardScaler(), model()).fit(X)
    alone = pipeline[-1]
    rows = pd.DataFrame(pipeline[0].transform(X[:600]), index=frame.index)
    expected = jacobian_growth(alone, rows, n_steps=400).norms
    found = jacobian_growth(pipeline, frame, n_steps=400).norms
    assert found.shape == (2, 300)
    np.testing.assert_allclose(found, expected, rtol=1e-10)


def test_a_trajectory_too_short_for_the_embedding_is_left_out_of_analyses():
    pipeline = make_reconstruction_pipeline(DelayEmbedding(3, 5), model()).fit(X[:, :1])
    several = [X[:400, :1], X[400:, :1], X[:8, :1]]
    points = [cycles(pipeline, 1, data).points for data in (several, several[:2])]
    np.testing.assert_array_equal(*points)
    assert reconstruction_report(pipeline, several, max_order=1, verbose=False).n_rows > 100


@pytest.mark.parametrize("transformer", [PCA(3), SVDDelayEmbedding(2, n_components=3)], ids=str)
def test_transformers_that_mix_the_inputs_with_other_columns_are_found_out(transformer):
    data = make_duffing(600, random_state=0)
    pipeline = make_reconstruction_pipeline(transformer, model(n_inputs=1)).fit(data)
    calls = (
        lambda: pipeline.forecast(data, 3, data[:3, 2:]),
        lambda: pipeline.score(data),
        lambda: DSRScorer("neg_n_step_error")(pipeline, data),
    )
    for call in calls:
        with pytest.raises(ValueError, match="mix the columns of X, so it is unknown.*Use"):
            call()
    scaled = make_reconstruction_pipeline(StandardScaler(), model(n_inputs=1)).fit(data)
    assert scaled.forecast(data, 3, data[:3, 2:]).shape == (3, 2)


@pytest.mark.parametrize("standardize", [True, False, "common"])
def test_without_data_the_range_is_that_of_the_training(standardize):
    fitted = model(standardize=standardize).fit(X)
    np.testing.assert_array_equal(fitted.data_range_, [X.min(axis=0), X.max(axis=0)])
    ranges = [[c.in_range for c in fixed_points(fitted, *data)] for data in ((), (X,))]
    width = np.ptp(X, axis=0)
    low, high = X.min(axis=0) - 0.01 * width, X.max(axis=0) + 0.01 * width
    expected = [np.all((c.points >= low) & (c.points <= high)) for c in fixed_points(fitted)]
    assert ranges[0] == expected and sum(ranges[0]) == sum(ranges[1])
