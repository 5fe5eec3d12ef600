"""Linear regions that a free run visits: their maps, and the run as a sequence of symbols."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike
from scipy.sparse import coo_array, csr_array

from .._data.types import Estimator
from .._data.validation import check_int
from .._maps._canonical import CanonicalMap
from ._model import Model

N_ROWS = 4096  # states whose hidden units are in memory at once


@dataclass(frozen=True, eq=False)
class LinearRegions:
    """Linear regions that a free run visits, numbered from the most visited one.

    A result of :func:`linear_regions`. The parameters are stored as attributes.

    Parameters
    ----------
    patterns : ndarray of shape (n_regions, L), bool
        Which hidden units are active in a region, in the order of the canonical map. A clipped
        shallow model has each unit twice, with its threshold and with 0.
    frequencies : ndarray of shape (n_regions,)
        Share of the run in each region; the shares sum to 1.
    sequence : ndarray of shape (n_steps,), int
        Region of each state of the run.
    transitions : csr_array of shape (n_regions, n_regions), int
        Number of steps of the run from region i to region j.
    orbit : ndarray of shape (n_steps, n_columns)
        The run in the units of X.

    See Also
    --------
    linear_regions : Computes them.
    sklearn_dsr.inspection.LinearRegionDisplay : Plots them.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_dsr import ShallowPLRNNReconstructor
    >>> from sklearn_dsr.dynamics import linear_regions
    >>> X = np.full((2000, 1), 0.3)
    >>> for t in range(1999):  # the logistic map
    ...     X[t + 1] = 4 * X[t] * (1 - X[t])
    >>> model = ShallowPLRNNReconstructor(20, stages="start", random_state=0).fit(X)
    >>> regions = linear_regions(model, n_steps=1000)
    >>> len(regions) <= 21, regions.sequence.shape, int(regions.transitions.sum())
    (True, (1000,), 999)
    """

    patterns: np.ndarray
    frequencies: np.ndarray
    sequence: np.ndarray
    transitions: csr_array
    orbit: np.ndarray
    _canonical: CanonicalMap = field(init=False, repr=False)

    def __len__(self):
        return len(self.patterns)

    @cached_property
    def jacobians(self) -> np.ndarray:
        """J of z' = J z + c in each region, (n_regions, M, M), in latent units."""
        return self._jacobians_of(self.patterns)

    def _jacobians_of(self, patterns):
        A, W1, W2 = self._canonical.A, self._canonical.W1, self._canonical.W2
        return np.stack([A + (W1 * on) @ W2 for on in patterns])

    @cached_property
    def offsets(self) -> np.ndarray:
        """Offset c of z' = J z + c in each region, (n_regions, M), in latent units."""
        f = self._canonical
        return f.h1 + (self.patterns * f.h2) @ f.W1.T


def linear_regions(
    estimator: Estimator,
    x0: ArrayLike | None = None,
    *,
    inputs: ArrayLike | None = None,
    n_steps: int = 20_000,
    n_transient: int = 1_000,
) -> LinearRegions:
    """Linear regions that the free run of a fitted model visits.

    The model is piecewise linear. A linear region is a set of states with the same active hidden
    units, W2 z + h2 > 0; in it the map is linear, z' = J z + c. With the regions as symbols, the
    run becomes a sequence of symbols with a transition graph (Brenner et al. [1]_). Models with few
    nonlinear units have few regions.

    Parameters
    ----------
    estimator : fitted reconstructor, Pipeline that ends in one, or search over either
        The model.
    x0 : array-like of shape (n_model_features,), default=None
        Row to start from, in the units that the reconstructor was fitted in. None starts from the
        first row of the training data.
    inputs : array-like of shape (n_inputs,), default=None
        Constant external inputs, in the units that the reconstructor was fitted in. Required if the
        model has inputs.
    n_steps : int, default=20_000
        States of the run that are assigned to regions, at least 1.
    n_transient : int, default=1_000
        Steps of the run in front of them, at least 0.

    Returns
    -------
    LinearRegions
        The regions, numbered from the most visited one, with the fields

        - `patterns` of shape (n_regions, L), bool: which hidden units are active,
        - `frequencies` of shape (n_regions,): share of the run in each region,
        - `sequence` of shape (n_steps,): region of each state of the run,
        - `transitions`, sparse, of shape (n_regions, n_regions): number of steps from i to j,
        - `orbit` of shape (n_steps, n_columns): the run in the units of X,
        - `jacobians` of shape (n_regions, M, M) and `offsets` of shape (n_regions, M): J and c.

    Raises
    ------
    ValueError
        If a number is out of its range; if the model has external inputs and `inputs` is None, or
        the other way round; if the free run diverges.
    TypeError
        If `estimator` is no reconstructor, or a number is no integer.
    sklearn.exceptions.NotFittedError
        If the estimator is not fitted.

    See Also
    --------
    sklearn_dsr.AlmostLinearRNNReconstructor : A model with few linear regions.
    sklearn_dsr.inspection.LinearRegionDisplay : Plots the regions.
    cycles : Fixed points and cycles, solved in the linear regions.

    Notes
    -----
    Cost: O(n_steps M L) time and O(n_steps L / 8 + n_regions L) memory. The Jacobians are computed
    at first access, O(n_regions M^2 L).

    References
    ----------
    .. [1] Brenner et al. (2024), "Almost-linear RNNs yield highly interpretable symbolic codes in
       dynamical systems reconstruction", NeurIPS 37, arXiv:2410.14240.

    Examples
    --------
    With one column, 20 hidden units divide the line into at most 21 regions:

    >>> import numpy as np
    >>> from sklearn_dsr import ShallowPLRNNReconstructor
    >>> from sklearn_dsr.dynamics import linear_regions
    >>> X = np.full((2000, 1), 0.3)
    >>> for t in range(1999):  # the logistic map
    ...     X[t + 1] = 4 * X[t] * (1 - X[t])
    >>> model = ShallowPLRNNReconstructor(20, stages="start", random_state=0).fit(X)
    >>> regions = linear_regions(model)
    >>> len(regions) <= 21, regions.jacobians.shape == (len(regions), 1, 1)
    (True, True)
    >>> visits = np.bincount(regions.sequence, minlength=len(regions))
    >>> np.array_equal(visits / len(regions.sequence), regions.frequencies)
    True
    """
    check_int(n_steps, "n_steps", 1)
    check_int(n_transient, "n_transient", 0)
    model = Model.of(estimator).autonomous(inputs)
    canonical = model.canonical
    run = canonical.simulate(model.start(x0)[None], n_transient + n_steps)[0, n_transient:]
    if not np.all(np.isfinite(run)):
        raise ValueError(
            f"The free run diverged within {n_transient + n_steps} steps, so its regions have no "
            "meaning. Give another x0 near the training data, or fit again with clipped=True."
        )
    codes = np.concatenate(
        [
            np.packbits(run[i : i + N_ROWS] @ canonical.W2.T + canonical.h2 > 0, axis=1)
            for i in range(0, n_steps, N_ROWS)
        ]
    )
    codes, first, sequence, counts = np.unique(
        codes, axis=0, return_index=True, return_inverse=True, return_counts=True
    )
    order = np.lexsort((first, -counts))
    sequence = np.argsort(order)[sequence.ravel()]
    steps = (np.ones(n_steps - 1, dtype=np.int64), (sequence[:-1], sequence[1:]))
    regions = LinearRegions(
        np.unpackbits(codes[order], axis=1, count=len(canonical.h2)).astype(bool),
        counts[order] / n_steps,
        sequence,
        coo_array(steps, shape=(len(order), len(order))).tocsr(),
        model.original(model.rows(run)),
    )
    object.__setattr__(regions, "_canonical", canonical)  # for the maps at first access
    return regions
