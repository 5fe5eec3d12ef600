"""A jump of the index cuts behind transformers that hide it, in fits and in what follows."""

import numpy as np
import pandas as pd
import pytest
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from timed import DAYS, quick

from sklearn_dsr.model_selection import DSRScorer
from sklearn_dsr.pipeline import make_reconstruction_pipeline
from sklearn_dsr.preprocessing import DelayEmbedding, SVDDelayEmbedding

pytestmark = pytest.mark.filterwarnings("ignore::sklearn_dsr.exceptions.ReconstructionWarning")


RNG = np.random.default_rng(0)
JUMP = pd.DataFrame(RNG.normal(size=(300, 2)), DAYS.delete(range(150, 350)), ["a", "b"])
EMBEDDINGS = [DelayEmbedding(3, lag=2), SVDDelayEmbedding(4, n_components=3)]


@pytest.mark.parametrize("library", [None, "polars"])
@pytest.mark.parametrize("embedding", EMBEDDINGS, ids=lambda step: type(step).__name__)
def test_a_pipeline_is_fitted_on_a_frame_that_jumps_as_on_rows_with_a_gap(embedding, library):
    if library is not None:
        pytest.importorskip(library)
    scaler = StandardScaler().set_output(transform=library)
    pipeline = make_reconstruction_pipeline(scaler, embedding, quick()).fit(JUMP)
    assert pipeline.memory is None
    rows = JUMP.to_numpy()
    gap = np.full((1, 2), np.nan)
    gappy = np.concatenate([rows[:150], gap, rows[150:]])
    if library is None:
        other = make_reconstruction_pipeline(StandardScaler(), embedding, quick()).fit(gappy)
        np.testing.assert_allclose(pipeline[-1].A_, other[-1].A_, rtol=1e-4)
        forecasts = (pipeline.forecast(JUMP, 5), other.forecast(gappy, 5))
        np.testing.assert_allclose(*forecasts, rtol=1e-9)
        assert pipeline.score(JUMP) == pytest.approx(other.score(gappy), rel=1e-9)
        both = np.delete(other.predict(gappy), 150, axis=0)
        np.testing.assert_allclose(pipeline.predict(JUMP), both, rtol=1e-9)
    assert np.isnan(pipeline.predict(JUMP)[[0, 150]]).all()  # no delay vector joins the two sides


def test_a_jump_in_front_of_the_model_itself_cuts_behind_a_scaler():
    pipeline = make_reconstruction_pipeline(StandardScaler(), quick()).fit(JUMP)
    rows = pd.DataFrame(StandardScaler().fit_transform(JUMP), JUMP.index)
    np.testing.assert_array_equal(pipeline[-1].A_, quick().fit(rows).A_)
    joined = make_pipeline(StandardScaler(), quick()).fit(JUMP)  # scikit-learn hides the index
    assert np.any(joined[-1].A_ != pipeline[-1].A_)


def test_frames_of_a_list_are_cut_behind_an_embedding():
    pipeline = make_reconstruction_pipeline(DelayEmbedding(2, lag=1), quick()).fit([JUMP, JUMP])
    pieces = [JUMP.iloc[:150], JUMP.iloc[150:]] * 2
    other = make_reconstruction_pipeline(DelayEmbedding(2, lag=1), quick()).fit(pieces)
    np.testing.assert_array_equal(pipeline[-1].A_, other[-1].A_)


def test_a_step_that_drops_rows_of_a_frame_that_jumps_is_an_error():
    dropping = make_reconstruction_pipeline(DelayEmbedding(2, lag=1, boundary="drop"), quick())
    with pytest.raises(ValueError, match='index jumps.*unknown.*Use DelayEmbedding.boundary="nan"'):
        dropping.fit(JUMP)
    assert dropping.memory is None


def test_the_cache_of_a_pipeline_works_on_frames_that_jump(tmp_path):
    pipelines = [
        make_reconstruction_pipeline(StandardScaler(), DelayEmbedding(2, lag=1), quick(), **given)
        for given in ({}, {"memory": str(tmp_path)}, {"memory": str(tmp_path)})
    ]
    for pipeline in pipelines:
        pipeline.fit(JUMP)
        np.testing.assert_array_equal(pipeline[-1].A_, pipelines[0][-1].A_)
    assert pipelines[1].memory == str(tmp_path)


def test_plain_pipelines_are_used_on_each_piece_of_a_frame_by_itself():
    rows = JUMP.to_numpy()
    plain = make_pipeline(StandardScaler(), DelayEmbedding(2, lag=3), quick()).fit(rows)
    scorer = DSRScorer("neg_n_step_error")
    gappy = np.concatenate([rows[:150], np.full((1, 2), np.nan), rows[150:]])
    assert scorer(plain, JUMP.set_axis([0, 1], axis=1)) == pytest.approx(
        scorer(plain, gappy), rel=1e-9
    )
