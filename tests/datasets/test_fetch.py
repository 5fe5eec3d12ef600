"""Downloads without a network: folders, damaged files, and what is left behind."""

import http.client
import os
from pathlib import Path

import numpy as np
import pytest

from sklearn_dsr.datasets import _fetch, fetch_ecg, fetch_eeg, get_data_home


@pytest.fixture
def server(tmp_path, monkeypatch):
    """A folder that stands for the repository, with small files in the place of the series."""
    folder = tmp_path / "server"
    small = {name: (source, (6, 2)) for name, (source, _) in _fetch._FILES.items()}
    for k, (source, shape) in enumerate(small.values()):
        (folder / source).parent.mkdir(parents=True, exist_ok=True)
        np.save(folder / source, np.full(shape, float(k)))
    monkeypatch.setattr(_fetch, "_FILES", small)
    monkeypatch.setattr(_fetch, "_REPOSITORY", folder.as_uri() + "/")
    monkeypatch.delenv("SKLEARN_DSR_DATA", raising=False)
    return folder


def test_folder_is_parameter_then_variable_then_home(monkeypatch):
    monkeypatch.setenv("SKLEARN_DSR_DATA", "from_variable")
    assert get_data_home("given") == Path("given")
    assert get_data_home(Path("~/given")) == Path.home() / "given"
    assert get_data_home() == Path("from_variable")
    monkeypatch.setenv("SKLEARN_DSR_DATA", "")
    assert get_data_home() == Path.home() / "sklearn_dsr_data"
    monkeypatch.delenv("SKLEARN_DSR_DATA")
    assert get_data_home() == Path.home() / "sklearn_dsr_data"


def test_download_happens_once_and_each_series_has_its_file(server, tmp_path):
    home = tmp_path / "new" / "home"
    series = [
        fetch_ecg(data_home=home),
        fetch_ecg(data_home=home, subset="test"),
        fetch_eeg(data_home=home),
    ]
    assert [X[0, 0] for X in series] == [0.0, 1.0, 2.0]
    assert all(X.dtype == np.float64 and X.shape == (6, 2) for X in series)
    assert sorted(os.listdir(home)) == ["ecg_test.npy", "ecg_train.npy", "eeg.npy"]
    for source, _ in _fetch._FILES.values():
        (server / source).unlink()
    np.testing.assert_array_equal(fetch_eeg(data_home=home), series[2])


def test_missing_file_without_permission_to_download(server, tmp_path):
    for fetch in (fetch_ecg, fetch_eeg):
        with pytest.raises(OSError, match="does not exist and download_if_missing is False"):
            fetch(data_home=tmp_path / "home", download_if_missing=False)
    assert not (tmp_path / "home").exists()


DAMAGES = {
    "truncated": lambda good: good[:-8],
    "page": lambda good: b"<html>not found</html>",
    "pointer": lambda good: b"version https://git-lfs.github.com/spec/v1",
    "empty": lambda good: b"",
}


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES)
def test_damaged_download_leaves_nothing_behind(server, tmp_path, damage):
    source = server / _fetch._FILES["eeg.npy"][0]
    source.write_bytes(damage(source.read_bytes()))
    with pytest.raises(OSError, match="The download of .* failed.*by hand"):
        fetch_eeg(data_home=tmp_path / "home")
    assert os.listdir(tmp_path / "home") == []


@pytest.mark.parametrize(
    "values", [np.zeros((5, 2)), np.full((6, 2), np.nan), np.zeros((6, 2), dtype=int)]
)
def test_download_of_something_else_leaves_nothing_behind(server, tmp_path, values):
    np.save(server / _fetch._FILES["eeg.npy"][0], values)
    with pytest.raises(OSError, match="The download of .* failed"):
        fetch_eeg(data_home=tmp_path / "home")
    assert os.listdir(tmp_path / "home") == []


@pytest.mark.parametrize("error", [OSError("no route"), http.client.IncompleteRead(b"")])
def test_offline_error_says_what_to_try(server, tmp_path, monkeypatch, error):
    def opener(url, timeout):
        raise error

    monkeypatch.setattr(_fetch, "urlopen", opener)
    with pytest.raises(OSError, match="Check the connection.*eeg.npy by hand"):
        fetch_eeg(data_home=tmp_path / "home")
    assert os.listdir(tmp_path / "home") == []


def test_damaged_file_in_the_folder_is_named(server, tmp_path):
    (tmp_path / "eeg.npy").write_bytes(b"")
    with pytest.raises(OSError, match="eeg.npy is damaged: .*Delete it"):
        fetch_eeg(data_home=tmp_path)


def test_an_unknown_subset_is_refused():
    with pytest.raises(ValueError, match="subset must be one of 'train', 'test'"):
        fetch_ecg(subset="all")


def test_recordings_have_their_shapes_and_spreads():
    if not os.environ.get("SKLEARN_DSR_DATA"):
        pytest.skip("SKLEARN_DSR_DATA is not set")
    try:
        train = fetch_ecg(download_if_missing=False)
        test = fetch_ecg(subset="test", download_if_missing=False)
        eeg = fetch_eeg(download_if_missing=False)
    except OSError as error:
        pytest.skip(str(error))
    for X in (train, test):
        assert X.shape == (100_000, 5) and X.dtype == np.float64
        np.testing.assert_allclose(X.std(axis=0), 0.83, atol=0.01)
    for column, lag in enumerate([0, 20, 68, 55, 10]):
        np.testing.assert_array_equal(train[:99_900, column], train[lag:][:99_900, 0])
    assert eeg.shape == (9640, 64) and eeg.dtype == np.float64
    np.testing.assert_allclose(eeg.std(axis=0), 1.0, atol=1e-4)
