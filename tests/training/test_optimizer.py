"""The schedule of the learning rate."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sklearn_dsr._training._optimizer import learning_rates


@given(st.floats(1e-5, 1.0), st.integers(1, 3000), st.sampled_from([0.0, 0.02, 0.3]))
def test_learning_rates_are_positive_and_rise_and_fall_once(initial, n_updates, warmup):
    rates = learning_rates(initial, n_updates, warmup)
    assert rates.shape == (n_updates,)
    assert np.all(rates > 0) and np.all(rates <= initial * (1 + 1e-12))
    peak = int(np.argmax(rates))
    rounding = 1e-12 * initial  # the two largest may be equal
    assert np.all(np.diff(rates[: peak + 1]) > 0)
    assert np.all(np.diff(rates[peak:]) < rounding) and np.all(np.diff(rates[peak + 1 :]) < 0)
    assert peak <= warmup * (n_updates + 1)


def test_learning_rates_peak_after_the_warm_up_and_end_near_zero():
    rates = learning_rates(3e-3, 10_000)
    assert rates.max() == pytest.approx(3e-3, rel=1e-3)
    assert abs(int(np.argmax(rates)) - 200) <= 2
    assert rates[-1] < 1e-3 * 3e-3
    assert rates[0] < 1e-2 * 3e-3
    # Straight lines: second differences vanish on both sides of the peak.
    np.testing.assert_allclose(np.diff(rates[:199], 2), 0, atol=1e-15)
    np.testing.assert_allclose(np.diff(rates[202:], 2), 0, atol=1e-15)
