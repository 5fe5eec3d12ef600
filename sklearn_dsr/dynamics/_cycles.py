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

N_RUN = 10_000  # steps of the free run that gives starts
FAR = 1e4  # a run that exceeds the usual states by this factor gives no starts
MARGIN = 0.01  # widening of the data's range: a cycle may go through its extremes
N_BOXES, BOX_DIMENSION = 200_000, 4  # default budget of boxes, and most latent units for them


def fixed_points(
    estimator: Estimator,
    X: ArrayLike | None = None,
    *,
    inputs: ArrayLike | None = None,
    n_starts: int = 500,
    n_boxes: int | Literal["auto"] = "auto",
    random_state: Seed = 0,
) -> Cycles:
    """Fixed points of a fitted model, stable or not: states with F(z) = z.

    Calls :func:`cycles` with ``max_order=1``. Its page describes the method, its cost and its
    limits.

    Parameters
    ----------
    estimator : fitted reconstructor, Pipeline that ends in one, or search over either
        The model.
    X : array-like or DataFrame of shape (n_samples, n_features) or list of such, default=None
        Data, which give starts of the search and the range for `in_range`.
    inputs : array-like of shape (n_inputs,), default=None
        Constant external inputs, in the units that the reconstructor was fitted in. Required if the
        model has inputs.
    n_starts : int, default=500
        Starts of the search, at least 1.
    n_boxes : "auto" or int, default="auto"
        Budget of the exhaustive search; 0 switches it off.
    random_state : int, RandomState, Generator or None, default=0
        Seed of the random starts.

    Returns
    -------
    Cycles
        The fixed points as cycles of order 1, sorted by the first column. The array
        ``fixed_points(model).points`` of shape (n_points, n_columns) holds their places in the
        units of X, and ``print(fixed_points(model))`` shows a table. See :func:`cycles` for all
        fields.

    Raises
    ------
    ValueError
        If a number is out of its range; if X has no complete row or a wrong width; if the model has
        external inputs and `inputs` is None, or the other way round.
    TypeError
        If `estimator` is no reconstructor, or a number is no integer.
    sklearn.exceptions.NotFittedError
        If the estimator is not fitted.

    See Also
    --------
    cycles : Cycles of any order.
    linear_regions : Linear regions that the free run visits.

    References
    ----------
    Eisenmann, Monfared, Goering and Durstewitz (2023), "Bifurcations and loss jumps in RNN
    training", NeurIPS 36, arXiv:2310.17561.

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
    r"""Cycles of a fitted model up to an order k, stable or not: states with F^k(z) = z.

    The model is piecewise linear. In each linear region it is z' = J z + c, and a cycle through k
    given regions solves a linear system:

    .. math:: z_1 = (I - J_k \cdots J_1)^{-1} (c_k + J_k c_{k-1} + \dots + J_k \cdots J_2 c_1)

    The solution is a cycle of the model if its points lie in the k regions. If not, the regions of
    its points are the next guess (Eisenmann et al. [1]_, Algorithm 1). The search starts from
    near-recurrences of the free run and of X, from runs of random states, and from random states.

    An exhaustive search follows where it is feasible, and the result says for which orders it is
    complete. If the number of sequences of activity patterns is at most `n_boxes`, each sequence is
    solved. Otherwise, up to 4 latent units, a box of states is halved until interval arithmetic has
    decided every part. The box is twice as wide as the range of the free run, of X, and of the
    training data.

    Parameters
    ----------
    estimator : fitted reconstructor, Pipeline that ends in one, or search over either
        The model.
    max_order : int, default=10
        Largest order k, at least 1.
    X : array-like or DataFrame of shape (n_samples, n_features) or list of such, default=None
        Data, which give starts of the search and the range for `in_range`.
    min_order : int, default=1
        Smallest order, in [1, max_order].
    inputs : array-like of shape (n_inputs,), default=None
        Constant external inputs, in the units that the reconstructor was fitted in. Required if the
        model has inputs: it has cycles only while these are constant.
    n_starts : int, default=500
        Starts of the search for each order, at least 1.
    n_boxes : "auto" or int, default="auto"
        Budget of the exhaustive search for each order, in boxes or in sequences of regions; 0
        switches it off. "auto" allows 200,000 up to order 10 and fewer above. It tries no boxes
        above 4 latent units, or after an order for which the budget was too small. An int holds for
        each order.
    random_state : int, RandomState, Generator or None, default=0
        Seed of the random starts.

    Returns
    -------
    Cycles
        A sequence of cycles, sorted by order and by the first column. Each cycle appears once, with
        its smallest order, and begins with the point whose first column is least. A cycle has the
        fields

        - `points` of shape (order, n_columns), in the units of X, and `states` of shape (order, M),
        - `eigenvalues` of shape (M,) of the Jacobian of F^k, the largest modulus first,
        - `order`, `kind` ("stable focus", "saddle", ...), `stable`, and `n_unstable`, the number of
          eigenvalues with a modulus above 1,
        - `in_range`, whether all points lie in the range of X, or of the training data without X,
        - `n_hits`, the number of starts that ended in it.

        The field `searches` says for each order how complete the search was, and `complete` whether
        all searches were.

    Raises
    ------
    ValueError
        If a number is out of its range; if X has no complete row or a wrong width; if the model has
        external inputs and `inputs` is None, or the other way round.
    TypeError
        If `estimator` is no reconstructor, or a number is no integer.
    sklearn.exceptions.NotFittedError
        If the estimator is not fitted.

    See Also
    --------
    fixed_points : Cycles of order 1.
    lyapunov_spectrum : Growth rates along the free run.
    sklearn_dsr.inspection.AttractorDisplay : Plots the free run.

    Notes
    -----
    Cost: order k takes about 10 `n_starts` solutions of O(k (M^2 L + M^3)) each, and the exhaustive
    search as much for each box. The number of boxes grows steeply with the latent units M.

    A periodic orbit of a flow is a closed curve of the map. It is a cycle of the map only if a
    whole number of steps makes one turn.

    Cycles that fill a line or a plane, as in a rotation by a rational angle, are not listed. The
    table counts them as solutions that are not unique.

    References
    ----------
    .. [1] Eisenmann, Monfared, Goering and Durstewitz (2023), "Bifurcations and loss jumps in RNN
       training", NeurIPS 36, arXiv:2310.17561.

    Examples
    --------
    The logistic map ``4 x (1 - x)`` has the fixed points 0 and 0.75, and a cycle through 0.345 and
    0.905:

    >>> import numpy as np
    >>> from sklearn_dsr import ShallowPLRNNReconstructor
    >>> from sklearn_dsr.dynamics import cycles
    >>> X = np.full((2000, 1), 0.3)
    >>> for t in range(1999):
    ...     X[t + 1] = 4 * X[t] * (1 - X[t])
    >>> model = ShallowPLRNNReconstructor(100, stages="start", random_state=0).fit(X)
    >>> found = cycles(model, 2)
    >>> [(cycle.order, cycle.kind) for cycle in found], found.complete
    ([(1, 'unstable node'), (1, 'unstable node'), (2, 'unstable node')], True)
    >>> np.allclose(found.points.ravel(), [0, 0.75, 0.345], atol=0.01)
    True
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
    """Where to search: a path of states (n, M), and the ends of a box of states.

    The path is the free run followed by `states`. A run that diverges is left out. The box is twice
    as wide as the range of the path and of the data's usual states.
    """
    run = model.canonical.simulate(model.start(None)[None], N_RUN)[0]
    usual = model.usual_states()
    parts = [run] if np.all(np.abs(run) < FAR * np.abs(usual).max()) else []
    path = np.concatenate([usual[:0], *parts, *([] if states is None else [states])])
    around = np.concatenate([usual, path])
    low, high = around.min(axis=0), around.max(axis=0)
    margin = (high - low) / 2
    margin = np.maximum(margin, 1e-3 * margin.max())  # a constant unit gets a width, too
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
