"""Kaplan-Yorke dimension of known spectra."""

import numpy as np
import pytest

from sklearn_dsr.dynamics import kaplan_yorke_dimension


@pytest.mark.parametrize(
    ("exponents", "dimension"),
    [
        ([0.906, 0.0, -14.572], 2 + 0.906 / 14.572),  # Lorenz
        ([-14.572, 0.906, 0.0], 2 + 0.906 / 14.572),  # in any order
        ([0.419, -1.623], 1 + 0.419 / 1.623),  # Henon
        ([0.0, -0.5], 1.0),  # limit cycle
        ([0.0, 0.0, -1.0], 2.0),  # torus
        ([-0.1, -0.2], 0.0),  # fixed point
        ([0.5, 0.2], 2.0),  # no contraction
        ([0.5, -0.5], 2.0),  # a map that keeps volumes
        ([0.7, -np.inf], 1.0),
        ([0.7], 1.0),
        ([-0.7], 0.0),
    ],
)
def test_known_spectra_have_their_dimension(exponents, dimension):
    assert kaplan_yorke_dimension(exponents) == pytest.approx(dimension, rel=1e-12)


@pytest.mark.parametrize("bad", [[], [np.nan, 1.0], [np.inf], 0.5, [[0.5, -1.0]]])
def test_what_is_no_spectrum_is_refused(bad):
    with pytest.raises(ValueError, match="exponents must be one or more numbers.*Give what"):
        kaplan_yorke_dimension(bad)
