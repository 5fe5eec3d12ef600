"""SparseForcing: states are the data's at every n-th step only, the model's own in between."""

import re

import numpy as np
import pytest
from known_maps import rotation as turning
from known_maps import skew_tent
from planted import LITTLE, plant_none_good, planted

from sklearn_dsr.forcing import GTF, SparseForcing

pytestmark = pytest.mark.filterwarnings("ignore::sklearn_dsr.exceptions.ReconstructionWarning")

MODELS = {
    "identity": {},
    "hidden": {"latent_dim": 5},
    "affine": {"observation": "affine", "latent_dim": 3},
    "driven": {"n_inputs": 1},
    "mask": {"missing": "mask"},
}


@pytest.fixture(params=list(MODELS))
def params(request):
    return MODELS[request.param]


def data_of(rotation, n_rows, params):
    X = rotation(n_rows)
    if params.get("missing") == "mask":
        X[3::7, 0] = np.nan
    return X


def assert_same_arrays(a, b):
    names = [n for n, v in vars(a).items() if n.endswith("_") and isinstance(v, np.ndarray)]
    assert len(names) >= 6
    for name in names:
        np.testing.assert_array_equal(getattr(a, name), getattr(b, name), err_msg=name)
    assert a.loss_curve_ == b.loss_curve_ and a.outcome_ == b.outcome_


def test_every_step_is_teacher_forcing(new, rotation, params):
    X = data_of(rotation, 150, params)
    sparse = new(forcing=SparseForcing(1), **params).fit(X)
    assert_same_arrays(sparse, new(forcing=GTF(1.0), **params).fit(X))
    assert sparse.candidates_[0]["family"] == "sparse 1"
    assert sparse.gtf_alpha_ == 1.0


def test_the_last_step_only_is_a_free_run(new, rotation, params):
    # What is forced at the end of a window is not followed by a prediction.
    X = data_of(rotation, 150, params)
    free = new(forcing=GTF(0.0), sequence_length=20, **params).fit(X)
    once = {"forcing": SparseForcing(20), "sequence_length": 20}
    assert_same_arrays(new(**once, **params).fit(X), free)
    assert free.gtf_alpha_ == 0.0 and free.candidates_[0]["family"] == "constant 0"
    assert np.isfinite(free.loss_curve_).all()


@pytest.mark.parametrize("interval", [1, 3, 7, 20])
def test_the_loss_is_that_of_a_plain_loop(new, plain, rotation, params, at_start, interval):
    X = data_of(rotation, 21, params)  # one window
    how = {"forcing": SparseForcing(interval), "sequence_length": 20}
    model = new(**how, **params, **at_start).fit(X)
    loss = plain(model).loss(X, 1.0, interval)
    assert model.loss_curve_[0] == pytest.approx(loss, rel=1e-4)


def test_free_running_windows_learn_a_wave(new, rotation):
    X, test = rotation(600), rotation(300, 1)
    params = {
        "max_iter": 40,
        "latent_dim": 8,
        "learning_rate_init": 1e-2,
        "sequence_length": 30,
    }
    for how in ({"forcing": GTF(0.0)}, {"forcing": SparseForcing(10)}):
        model = new(**how, **params).fit(X)
        assert model.outcome_ == "converged"
        assert model.score(test) > 0.95


def intervals_of(model):
    """The intervals as they are reported in the record of the choice."""
    families = dict.fromkeys(candidate["family"] for candidate in model.candidates_)
    return [int(re.fullmatch(r"sparse (\d+)", family).group(1)) for family in families]


def started_from(f, X, **params):
    """Fit with the automatic interval, from the map that made X, which it hardly changes."""
    model = planted(f, X, warm_start=True, standardize=False)
    return model.set_params(**LITTLE | {"forcing": SparseForcing(), "n_init": 2} | params).fit(X)


@pytest.mark.parametrize("sequence_length", [15, 60])
def test_auto_is_the_length_of_a_window_where_errors_do_not_grow(
    sequence_length, capsys, monkeypatch
):
    plant_none_good(monkeypatch)
    X = turning(0.1).simulate(np.array([[1.0, 0.0]]), 400)[0]
    model = started_from(turning(0.1), X, sequence_length=sequence_length, verbose=1)
    # The whole of it and a quarter; a half and an eighth would come next.
    assert intervals_of(model) == [sequence_length, round(sequence_length / 4)]
    assert len(model.candidates_) == 2  # that of the first fit is not among them
    assert f"interval of SparseForcing: {sequence_length} steps" in capsys.readouterr().out


def test_auto_is_the_time_in_which_errors_double(monkeypatch):
    plant_none_good(monkeypatch)
    a = 0.02
    X = skew_tent(a).simulate(np.array([[0.2345]]), 2000)[0]
    slopes = np.where(X[:, 0] <= a, 1 / a, 1 / (1 - a))[200:]  # behind the first tenth
    model = started_from(skew_tent(a), X, sequence_length=40)
    time = np.log(2) / np.mean(np.log(slopes))
    assert 5 < time < 10
    assert intervals_of(model) == [round(time), round(round(time) / 4)]


def test_auto_is_cut_like_the_windows(new, rotation):
    model = new(forcing=SparseForcing(), latent_dim=6).fit([rotation(31), rotation(31, 1)])
    assert model.sequence_length_ == 30
    assert all(1 <= n <= 30 for n in intervals_of(model))


def test_auto_takes_missing_values_and_inputs(new, rotation, params):
    model = new(forcing=SparseForcing(), **params).fit(data_of(rotation, 150, params))
    assert all(1 <= n <= 100 for n in intervals_of(model))
    again = new(forcing=SparseForcing(), **params).fit(data_of(rotation, 150, params))
    assert_same_arrays(model, again)
