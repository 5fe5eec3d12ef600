"""A series in pieces trains like the whole: windows in proportion to their rows."""

import numpy as np
import pandas as pd
import pytest
from engines import CompiledEngine
from scipy.stats import chisquare

from sklearn_dsr._data.trajectories import as_trajectories
from sklearn_dsr.forcing import GTF

pytestmark = pytest.mark.filterwarnings("ignore::sklearn_dsr.exceptions.ReconstructionWarning")

# Ten pieces of a series: their rows, of which each holds a window of 11 but the last.
LENGTHS = [300, 150, 11, 80, 40, 20, 12, 200, 13, 7]


def joined(parts):
    gap = np.full((1, parts[0].shape[1]), np.nan)
    return np.concatenate([row for part in parts for row in (part, gap)][:-1])


def framed(parts):
    """The parts as one frame, whose index jumps where one ends."""
    lengths = [len(part) for part in parts]
    index = np.arange(sum(lengths)) + np.repeat(1000 * np.arange(len(parts)), lengths)
    return pd.DataFrame(np.concatenate(parts), index=index)


def forms(parts):
    yield "list", parts
    yield "nan", joined(parts)
    yield "frame", framed(parts)
    if len({len(part) for part in parts}) == 1:
        yield "stack", np.stack(parts)


@pytest.fixture
def drawn(monkeypatch):
    """The first rows of all windows that trainings draw, one array per epoch."""
    epochs, run = [], CompiledEngine.run

    def recorded(self, starts, *args):
        epochs.append(np.array(starts))
        return run(self, starts, *args)

    monkeypatch.setattr(CompiledEngine, "run", recorded)
    return epochs


def test_windows_are_drawn_in_proportion_to_possible_starts(shallow, rotation, drawn):
    parts = [rotation(n, seed) for seed, n in enumerate(LENGTHS)]
    fits = np.maximum(np.array(LENGTHS) - 10, 0)
    for form, X in forms(parts):
        drawn.clear()
        shallow(hidden_dim=2, sequence_length=10, max_iter=25, forcing=GTF(0.5)).fit(X)
        starts = np.concatenate([epoch.ravel() for epoch in drawn])
        assert starts.size == 25 * 50 * 16
        if form == "nan":  # a row between two pieces
            first = np.cumsum([0, *LENGTHS[:-1]]) + np.arange(10)
        else:
            first = np.cumsum([0, *LENGTHS[:-1]])
        piece = np.searchsorted(first, starts, side="right") - 1
        assert np.all(starts - first[piece] < fits[piece])  # the whole window is in the piece
        counts = np.bincount(piece, minlength=10)
        assert counts[-1] == 0
        expected = fits[:-1] / fits.sum() * starts.size
        assert chisquare(counts[:-1], expected).pvalue > 1e-4
        # And evenly in the longest piece.
        inside = np.histogram(starts[piece == 0] - first[0], bins=10, range=(0, 290))[0]
        assert chisquare(inside).pvalue > 1e-4


def test_all_forms_of_ten_pieces_give_the_same_fit(new, rotation):
    series = rotation(600)
    cuts = np.cumsum(LENGTHS[:-1]) * 600 // sum(LENGTHS)
    for parts in (np.split(series, 10), np.split(series, cuts)):
        fits = [new().fit(X) for _, X in forms(parts)]
        assert len(fits) >= 3
        for other in fits[1:]:
            assert other.loss_curve_ == fits[0].loss_curve_
            assert other.candidates_ == fits[0].candidates_
            assert other.floor_ == fits[0].floor_
            np.testing.assert_array_equal(other.A_, fits[0].A_)
            run = fits[0].simulate(series[:3], 30)
            np.testing.assert_array_equal(other.simulate(series[:3], 30), run)


def test_equal_steps_of_nanoseconds_are_no_jumps_and_a_hole_is_one():
    # Today's nanoseconds are beyond what float64 tells: 200 ns of 1.7e18.
    index = pd.to_datetime("2026-11-30").value + 200 * np.arange(1000)
    for kept, n_pieces in ((np.arange(1000), 1), (np.r_[0:400, 500:1000], 2)):
        X = pd.DataFrame(np.zeros((len(kept), 2)), index=pd.to_datetime(index[kept], unit="ns"))
        assert len(as_trajectories(X).segments()) == n_pieces


@pytest.mark.parametrize("many", [False, True])
def test_what_is_masked_is_missing(many):
    rows = np.arange(20.0).reshape(10, 2)
    masked = np.ma.masked_equal(np.where(rows == 9.0, -9999.0, rows), -9999.0)
    expected = np.where(rows == 9.0, np.nan, rows)
    found = as_trajectories([masked, masked] if many else masked)
    np.testing.assert_array_equal(found.values, np.tile(expected, (1 + many, 1)))
    assert len(found.segments()) == 2 * (1 + many)
