"""Verdicts: tables of figures, no models."""

import numpy as np
import pytest
from planted import verdict

ESCAPED = {"outcome": "escaped"}


@pytest.mark.parametrize(
    ("better", "worse"),
    [
        (verdict(1.0), verdict(1.1)),
        (verdict(9.0), verdict(1.0, **ESCAPED)),  # fate before figures
        (verdict(9.0), verdict(1.0, captured=1 / 16)),
        (verdict(9.0, captured=1 / 16), verdict(1.0, captured=0.5)),
        (verdict(1.0, captured=1.0), verdict(1.0, **ESCAPED)),
        (verdict(1.0, long=1.0), verdict(1.0, long=1.1)),
        (verdict(1.0), verdict(np.inf)),
    ],
)
def test_fate_comes_before_figures(better, worse):
    assert better.rank < worse.rank


def test_what_was_not_looked_for_catches_nothing_yet():
    assert verdict(1.0, captured=np.nan).rank == verdict(1.0).rank
    assert not verdict(1.0, captured=np.nan).is_good


@pytest.mark.parametrize(
    ("changed", "good"),
    [
        ({}, True),
        ({"D": 2.0}, True),  # as far as the two halves of the data, and as much again
        ({"D": 2.1}, False),
        ({"D": 1.0, "H": 0.21}, False),
        ({"long": 2.1}, False),
        ({"captured": 1 / 16}, False),
        (ESCAPED, False),
        ({"baseline": 0.4}, False),
    ],
)
def test_a_good_model_is_as_near_to_the_rows_as_their_halves_are(changed, good):
    assert verdict(1.0, **changed).is_good == good


@pytest.mark.parametrize(
    ("later", "as_near"),
    [
        (verdict(2.0, error=0.3), True),
        (verdict(2.5, error=0.3), True),  # the standard error of the difference is 0.5
        (verdict(2.6, error=0.3), False),
        (verdict(1.0, error=0.3, captured=0.1), False),
        (verdict(1.0, error=0.3, **ESCAPED), False),
    ],
)
def test_a_later_model_may_be_farther_by_one_standard_error(later, as_near):
    before = verdict(2.0, error=0.4)
    assert later.is_as_near(before) == as_near
    assert verdict(9.0).is_as_near(verdict(2.0, captured=0.1))  # whose fate is better


@pytest.mark.parametrize(
    ("later", "progress"),
    [
        (verdict(1.8), True),
        (verdict(1.9), False),
        (verdict(9.0, captured=0.0), False),
        (verdict(1.0, **ESCAPED), False),
        (verdict(1.0, captured=0.1), False),
    ],
)
def test_progress_is_a_tenth_nearer_or_a_better_fate(later, progress):
    assert later.is_progress(verdict(2.0)) == progress
    assert verdict(9.0).is_progress(verdict(2.0, **ESCAPED))
