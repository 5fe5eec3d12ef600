"""Linear regions of a free run, their maps, and the run as symbols."""

import numpy as np
import pytest
from known_maps import linear, map_step, random_map, skew_tent
from models import FAMILY
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sklearn_dsr import AlmostLinearRNNReconstructor
from sklearn_dsr.dynamics import linear_regions

pytestmark = pytest.mark.filterwarnings("ignore::sklearn_dsr.exceptions.ReconstructionWarning")


def test_a_skew_tent_map_visits_its_two_regions_as_its_density_says():
    a = 0.37
    regions = linear_regions(skew_tent(a), [0.2345], n_steps=200_000)
    np.testing.assert_allclose(regions.frequencies, [1 - a, a], atol=5e-3)
    np.testing.assert_allclose(regions.jacobians.ravel(), [-1 / (1 - a), 1 / a], atol=1e-10)
    np.testing.assert_allclose(regions.offsets.ravel(), [1 / (1 - a), 0.0], atol=1e-10)
    # Uniform density: the next state is below a with probability a, whatever the region.
    shares = regions.transitions.toarray() / 200_000
    np.testing.assert_allclose(shares, np.outer([1 - a, a], [1 - a, a]), atol=5e-3)
    # The symbols are those of the orbit.
    np.testing.assert_array_equal(regions.sequence, (regions.orbit[:, 0] <= a).astype(int))


@pytest.mark.parametrize("kind", FAMILY)
def test_regions_are_those_of_a_plain_run(kind):
    f, z, seen = random_map(kind, 3, 3, 8, gain=0.4), np.array([3.0, -2.0, 1.0]), {}
    regions = linear_regions(f, z, n_steps=30, n_transient=0)
    for t in range(30):
        z = map_step(f, z)
        np.testing.assert_allclose(regions.orbit[t], z, rtol=1e-9)
        on = f.W2 @ z + f.h2 > 0
        number = regions.sequence[t]
        np.testing.assert_array_equal(regions.patterns[number], on)
        seen[tuple(on)] = seen.get(tuple(on), 0) + 1
        J, c = regions.jacobians[number], regions.offsets[number]
        np.testing.assert_allclose(J @ z + c, map_step(f, z), rtol=1e-9)
    assert len(regions) == len(seen) == len(regions.patterns)
    np.testing.assert_allclose(regions.frequencies, np.sort(list(seen.values()))[::-1] / 30)
    counts = np.zeros((len(seen),) * 2)
    np.add.at(counts, (regions.sequence[:-1], regions.sequence[1:]), 1)
    np.testing.assert_array_equal(regions.transitions.toarray(), counts)
    assert regions.transitions.shape == (len(seen), len(seen))


def test_almost_linear_models_have_few_regions_and_orbits_in_the_units_of_the_data():
    t = 0.2 * np.arange(300)
    X = np.column_stack([3 + np.sin(t), 10 * np.cos(t)])
    model = AlmostLinearRNNReconstructor(5, 2, max_iter=4, n_init=1, random_state=0)
    pipeline = make_pipeline(StandardScaler(), model).fit(X)
    regions = linear_regions(pipeline, n_steps=200, n_transient=10)
    assert 1 <= len(regions) <= 4 and regions.patterns.shape[1] == 2
    start = pipeline[0].transform(X[:1])
    run = pipeline[0].inverse_transform(pipeline[-1].simulate(start[0], 210)[10:])
    np.testing.assert_allclose(regions.orbit, run)


def test_one_step_has_one_region_and_no_transition():
    regions = linear_regions(linear(np.diag([0.5, 0.2])), n_steps=1, n_transient=0)
    assert len(regions) == 1 and regions.transitions.nnz == 0 and regions.frequencies == [1.0]


def test_a_diverging_run_and_wrong_numbers_are_refused():
    with pytest.raises(ValueError, match="diverged within 6000 steps.*Give another x0"):
        linear_regions(linear([[3.0]]), [1.0], n_steps=5000)
    with pytest.raises(ValueError, match="n_steps must be an integer, at least 1"):
        linear_regions(linear([[0.5]]), n_steps=0)
    with pytest.raises(ValueError, match="n_transient must be an integer, at least 0"):
        linear_regions(linear([[0.5]]), n_transient=-1)
