"""Fixed points and cycles of a fitted model, by the exact method of Eisenmann et al. (2023)."""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from .._data.types import Estimator, Seed
from .._data.validation import check_int, check_random_generator, is_auto
from ._finder import Finder
from ._found import Cycle, Cycles
from ._model import Model

N_RUN = 10_000  # steps of the free run from which starts are taken
FAR = 1e4  # a run that leaves the data's range so many times is not looked at
MARGIN = 0.01  # by which the data's range is widened: a cycle may go through its extremes
N_BOXES, BOX_DIMENSION = 200_000, 4  # exhaustive search by default, and up to which dimension


def fixed_points(
    estimator: Estimator,
    X: ArrayLike | None = None,
    *,
    inputs: ArrayLike | None = None,
    n_starts: int = 500,
    n_boxes: int | Literal["auto"] = "auto",
    random_state: Seed = 0,
) -> Cycles:
    """Fixed points of the model, stable or not.

    As `cycles` with ``max_order=1``; see there for the method, the parameters and the cost.

    Parameters
    ----------
    estimator : fitted reconstructor, Pipeline or search over one, or CanonicalMap
    X : array-like or DataFrame of shape (n_samples, n_features) or list of such, default=None
        Data; for a CanonicalMap its states.
    inputs : array-like of shape (n_inputs,), default=None
        Constant external inputs, if the model has any.
    n_starts : int, default=500
    n_boxes : "auto" or int, default="auto"
    random_state : int, RandomState, Generator or None, default=0

    Returns
    -------
    Cycles
        Of order 1, by the first column. ``fixed_points(model).points`` are their places, and
        ``print(fixed_points(model))`` is a table.

    Raises
    ------
    ValueError, TypeError
        As `cycles`.

    Examples
    --------
    >>> from sklearn_dsr import ShallowPLRNNReconstructor
    >>> from sklearn_dsr.datasets import make_lorenz63
    >>> from sklearn_dsr.dynamics import fixed_points
    >>> X = make_lorenz63(4000, noise_level=0.05, random_state=0)
    >>> model = ShallowPLRNNReconstructor(50, n_init=1, max_iter=100, random_state=0).fit(X)
    >>> found = fixed_points(model, X)
    >>> found.complete
    True
    """
    return cycles(
        estimator,
        1,
        X,
        inputs=inputs,
        n_starts=n_starts,
        n_boxes=n_boxes,
        random_state=random_state,
    )


def cycles(
    estimator: Estimator,
    max_order: int = 10,
    X: ArrayLike | None = None,
    *,
    min_order: int = 1,
    inputs: ArrayLike | None = None,
    n_starts: int = 500,
    n_boxes: int | Literal["auto"] = "auto",
    random_state: Seed = 0,
) -> Cycles:
    r"""Cycles of the model up to an order, stable or not: points with F^k(z) = z.

    In each linear region the map is z' = J z + c, so a cycle through given regions is the solution
    of a linear system,

    .. math:: z_1 = (I - J_k \cdots J_1)^{-1} (c_k + J_k c_{k-1} + \dots + J_k \cdots J_2 c_1),

    and a real one if its points lie in these regions. If not, the regions that this virtual cycle
    visits are the next guess (Eisenmann et al. [1]_, Algorithm 1). Starts are near-recurrences of
    the free run and of X, runs from random states, and random states.

    An exhaustive search follows where it is feasible. If the sequences of all patterns of active
    units are at most `n_boxes`, each is solved. Else, for up to 4 latent units, a box of states is
    halved until interval arithmetic has decided each part. It is twice as wide as the range of the
    free run, of X, and of the training data. The result says which orders
    are complete.

    Parameters
    ----------
    estimator : fitted reconstructor, Pipeline or search over one, or CanonicalMap
        The model; all of the family are searched in their canonical map.
    max_order : int, default=10
        Largest order k, at least 1.
    X : array-like or DataFrame of shape (n_samples, n_features) or list of such, default=None
        Data, for starts and for what is in their range; for a CanonicalMap its states.
    min_order : int, default=1
        Smallest order, in [1, max_order].
    inputs : array-like of shape (n_inputs,), default=None
        Constant external inputs, in the units that the reconstructor was fitted in. A model that
        has any has no cycles without.
    n_starts : int, default=500
        Starts of the search for each order, at least 1.
    n_boxes : "auto" or int, default="auto"
        Budget of the exhaustive search for each order, in boxes or sequences of regions; 0 leaves
        it out. "auto" is 200,000 up to order 10, and then fewer; no boxes for more than 4 latent
        units, nor after an order for which they did not suffice. A number holds for each order.
    random_state : int, RandomState, Generator or None, default=0
        Seed of the random starts.

    Returns
    -------
    Cycles
        A sequence of `Cycle` with fields `points`, `states`, `eigenvalues`, `order`, `kind`,
        `n_unstable`, `stable`, `in_range` and `n_hits`; its `searches` say for each order how
        complete it is, and `complete` whether all are. Each cycle is there once, with its smallest
        order, and begins with the point of the least first column.

    Raises
    ------
    ValueError
        If a number is out of its range, X has no complete row or a wrong width, or the model has
        external inputs and none are given, or the other way round.
    TypeError
        If `estimator` is no reconstructor, or a number no integer.

    Notes
    -----
    Cost of order k: some 10 ``n_starts`` solutions of O(k (M^2 L + M^3)), and as much for each box.
    A clipped model with M = 3 and L = 50 of the Lorenz system takes 0.03 s on one core for order 1,
    0.2 s for order 5, 1.3 s for order 10, and 4 s up to order 10; a plain one a tenth of that.
    With 5 latent units, the fixed points of a model of the electrocardiogram needed 9 million boxes
    and 20 s.

    A closed orbit of a flow is a closed curve of the map, and in general no cycle, as no whole
    number of rows makes a turn of it. A cycle lies on it where model and sampling are locked.
    Cycles that fill a line or plane, as of a rotation by a rational angle, are not listed.

    References
    ----------
    .. [1] Eisenmann, Monfared, Goering and Durstewitz (2023), "Bifurcations and loss jumps in RNN
       training", NeurIPS 36, arXiv:2310.17561.

    Examples
    --------
    The tent map 1 - |2 x - 1| has the points 0 and 2 / 3, and the cycle 2 / 5, 4 / 5:

    >>> import numpy as np
    >>> from sklearn_dsr._maps._canonical import CanonicalMap
    >>> from sklearn_dsr.dynamics import cycles
    >>> tent = CanonicalMap(np.array([[2.0]]), np.array([[-4.0]]), np.array([[1.0]]),
    ...                     np.zeros(1), np.array([-0.5]))
    >>> print(cycles(tent, 2))
    order  kind            unstable  in range  point
        1  unstable node           1  yes       [0.]
        1  unstable node           1  yes       [0.6667]
        2  unstable node           1  yes       [0.4]
    order 1: all there are, by 2 sequences of linear regions
    order 2: all there are, by 4 sequences of linear regions
    """
    check_int(max_order, "max_order", 1, advice="1 is for fixed points.")
    check_int(min_order, "min_order", 1, max_order, advice="1 is for fixed points.")
    check_int(n_starts, "n_starts", 1, advice="500 is usual.")
    if not is_auto(n_boxes):
        check_int(n_boxes, "n_boxes", 0, advice='0 is for none, "auto" for a default.')
    rng = check_random_generator(random_state)
    model = Model.of(estimator).autonomous(inputs)
    states, (low, high) = None, model.usual_range()
    if X is not None:
        trajectories, states = model.along(X)
        known = ~np.isnan(states).any(axis=1)
        states, rows = states[known], trajectories.values[known, : len(low)]
        low, high = np.nanmin(rows, axis=0), np.nanmax(rows, axis=0)
    low, high = low - MARGIN * (high - low), high + MARGIN * (high - low)
    finder = Finder(model.canonical, *surroundings(model, states))
    searches = []
    for order in range(min_order, max_order + 1):
        boxes = n_boxes != "auto" or (
            model.canonical.latent_dim <= BOX_DIMENSION
            and all(s.complete for s in searches if s.proof == "box")
        )
        budget = min(N_BOXES, 10 * N_BOXES // order) if n_boxes == "auto" else n_boxes
        searches.append(finder.search(order, n_starts, budget, boxes, rng))
    found = [_describe(model, z, n, low, high) for z, n in finder.results(min_order)]
    return Cycles(tuple(sorted(found, key=lambda c: (c.order, *c.points[0]))), tuple(searches))


def surroundings(model, states):
    """Where to look: the free run (n, M) with `states` behind it, and a box of twice their range.

    Without a free run that is finite and without states, the first is empty. The box has the ends
    of the data's usual range in it too.
    """
    run = model.canonical.simulate(model.start(None)[None], N_RUN)[0]
    usual = model.usual_states()
    parts = [run] if np.all(np.abs(run) < FAR * np.abs(usual).max()) else []
    path = np.concatenate([usual[:0], *parts, *([] if states is None else [states])])
    around = np.concatenate([usual, path])
    low, high = around.min(axis=0), around.max(axis=0)
    margin = (high - low) / 2
    margin = np.maximum(margin, 1e-3 * margin.max())  # a unit may be constant
    return path, low - margin, high + margin


def _describe(model, z, n_hits, low, high):
    rows = model.rows(z)
    points = model.original(rows)
    first = -np.argmin(points[:, 0])
    product = np.eye(z.shape[1])
    for J in model.canonical.jacobian(z):
        product = J @ product
    eigenvalues = np.linalg.eigvals(product).astype(complex)
    return Cycle(
        np.roll(points, first, axis=0),
        np.roll(z, first, axis=0),
        eigenvalues[np.argsort(-np.abs(eigenvalues), kind="stable")],
        bool(np.all((rows >= low) & (rows <= high))),
        n_hits,
    )
