"""SVDDelayEmbedding against numpy's SVD of the explicit Hankel matrix, with gaps, and inverted."""

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sklearn_dsr.datasets import make_lorenz63
from sklearn_dsr.preprocessing import DelayEmbedding, SVDDelayEmbedding


def smooth_rows(n, d, seed=0):
    return np.random.default_rng(seed).standard_normal((n, d)).cumsum(axis=0)


def hankel(X, m, lag):
    """All complete delay vectors, in time order, by a loop."""
    pieces = np.split(X, np.flatnonzero(np.isnan(X).any(axis=1)))
    pieces = [p[~np.isnan(p).any(axis=1)] for p in pieces]
    past = (m - 1) * lag
    return np.array(
        [
            np.concatenate([p[t - k * lag] for k in range(m)])
            for p in pieces
            for t in range(past, len(p))
        ]
    )


@pytest.mark.parametrize(("m", "lag", "d"), [(1, 1, 3), (7, 1, 1), (5, 3, 2)])
@pytest.mark.parametrize("gaps", [[], [50, 51, 120]])
def test_equals_the_svd_of_the_hankel_matrix(m, lag, d, gaps):
    X = smooth_rows(200, d)
    X[gaps] = np.nan
    embedding = SVDDelayEmbedding(m, m * d, lag=lag)
    V = embedding.fit_transform(X)
    H = hankel(X, m, lag)
    _, values, directions = np.linalg.svd(H - H.mean(axis=0), full_matrices=False)
    np.testing.assert_allclose(embedding.mean_, H.mean(axis=0))
    np.testing.assert_allclose(embedding.singular_values_, values, rtol=1e-7)
    np.testing.assert_allclose(np.abs(np.sum(directions * embedding.components_, axis=1)), 1.0)
    np.testing.assert_allclose(embedding.explained_variance_ratio_, values**2 / np.sum(values**2))
    complete = ~np.isnan(V).any(axis=1)
    np.testing.assert_allclose(
        V[complete], (H - H.mean(axis=0)) @ embedding.components_.T, atol=1e-9
    )
    assert (np.isnan(V).any(axis=1) == np.isnan(V).all(axis=1)).all()
    # All components: the present rows come back.
    np.testing.assert_allclose(embedding.inverse_transform(V)[complete], X[complete], atol=1e-9)


def test_inverse_is_the_least_squares_map_of_the_coordinates():
    X = smooth_rows(500, 2)
    embedding = SVDDelayEmbedding(10, 4, boundary="drop")
    V = embedding.fit_transform(X)
    present = X[9:]
    design = np.column_stack([V, np.ones(len(V))])
    best = design @ np.linalg.lstsq(design, present, rcond=None)[0]
    np.testing.assert_allclose(embedding.inverse_transform(V), best, atol=1e-9)


def test_a_share_of_the_variance_takes_as_few_components_as_reach_it():
    X = make_lorenz63(5000, random_state=0)[:, :1]
    embedding = SVDDelayEmbedding(30, 0.99).fit(X)
    shares = np.cumsum(embedding.explained_variance_ratio_)
    assert shares[-1] >= 0.99
    assert embedding.n_components_ == 1 or shares[-2] < 0.99
    everything = SVDDelayEmbedding(30, 30).fit(X).explained_variance_ratio_
    np.testing.assert_allclose(everything.sum(), 1.0)
    assert (np.diff(everything) <= 0).all()


def test_components_average_noise_out():
    clean = make_lorenz63(20_000, random_state=0)[:, :1]
    noisy = make_lorenz63(20_000, noise_level=0.1, random_state=0)[:, :1]
    embedding = SVDDelayEmbedding(15, 3, boundary="drop")
    back = embedding.inverse_transform(embedding.fit_transform(noisy))
    assert np.std(back - clean[14:]) < 0.75 * np.std(noisy - clean)


def test_automatic_window_spans_the_automatic_delay_embedding():
    X = make_lorenz63(5000, random_state=0)[:, :1]
    embedding, delays = SVDDelayEmbedding().fit(X), DelayEmbedding().fit(X)
    assert embedding.context_length_ == delays.context_length_ == embedding.n_delays_
    coarse = SVDDelayEmbedding(lag=4).fit(X)
    assert delays.context_length_ - 4 < coarse.context_length_ <= delays.context_length_
    assert coarse.lag_ == 4


@pytest.mark.parametrize("boundary", ["nan", "drop"])
def test_lists_stacks_and_frames_keep_the_rows_of_delay_embedding(boundary):
    settings = {"lag": 2, "boundary": boundary}
    svd, delays = SVDDelayEmbedding(3, 2, **settings), DelayEmbedding(3, **settings)
    frame = pd.DataFrame(smooth_rows(40, 2), columns=["v", "w"], index=np.arange(40) * 5)
    frame.iloc[20, 0] = np.nan
    for X in (frame, [smooth_rows(n, 2, n) for n in (30, 3, 20)], np.ones((3, 9, 2))):
        for one, other in zip(svd.fit_transform(X), delays.fit_transform(X), strict=True):
            np.testing.assert_array_equal(
                np.isnan(np.atleast_2d(one)[:, 0]), np.isnan(np.atleast_2d(other)[:, 0])
            )
    V = svd.set_output(transform="pandas").fit_transform(frame)
    assert list(V.columns) == ["svddelayembedding0", "svddelayembedding1"]
    np.testing.assert_array_equal(
        V.index, delays.set_output(transform="pandas").fit_transform(frame).index
    )


def test_a_pipeline_inverts_and_a_clone_keeps_the_parameters():
    X = 5.0 + 3.0 * smooth_rows(300, 2)
    pipeline = make_pipeline(StandardScaler(), SVDDelayEmbedding(4, 8)).fit(X)
    V = pipeline.transform(X)
    np.testing.assert_allclose(pipeline.inverse_transform(V)[3:], X[3:])
    assert clone(pipeline[-1]).get_params() == {
        "n_delays": 4, "n_components": 8, "lag": 1, "boundary": "nan",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("params", "error", "match"),
    [
        ({"n_delays": 0}, ValueError, "n_delays must be an integer, at least 1; got 0"),
        ({"n_components": 0}, ValueError, "n_components must be an integer"),
        ({"n_delays": 3, "n_components": 7}, ValueError, r"in \[1, 6\]; got 7. Give at most"),
        ({"n_components": 1.5}, ValueError, "share of the variance below 1; got 1.5"),
        ({"n_components": "all"}, TypeError, "n_components must be a number"),
        ({"lag": "auto"}, TypeError, "lag must be an integer"),
        ({"n_delays": 40}, ValueError, "n_samples=30 rows.*needs 40"),
        ({"boundary": "pad"}, ValueError, "boundary must be one of"),
    ],
)
def test_bad_settings_are_refused(params, error, match):
    with pytest.raises(error, match=match):
        SVDDelayEmbedding(**params).fit(smooth_rows(30, 2))


def test_the_inverse_refuses_a_wrong_width():
    embedding = SVDDelayEmbedding(3, 2).fit(smooth_rows(30, 2))
    with pytest.raises(ValueError, match="X has 3 columns, but there are 2 components"):
        embedding.inverse_transform(np.zeros((5, 3)))
    assert not np.isnan(SVDDelayEmbedding().fit(np.ones((9, 1))).explained_variance_ratio_).any()
