"""Basins of attraction of a fitted model: which attractor each start leads to."""

from __future__ import annotations

import warnings

import numpy as np
from numpy.typing import ArrayLike

from .._data.types import Estimator
from .._data.validation import check_int, check_rows
from .._data.warning_level import level
from ..exceptions import ReconstructionWarning
from ._attractors import Attractor, Basins
from ._cycles import FAR
from ._model import Model
from ._settling import UNSETTLED, Orbit, Settling


def basins(
    estimator: Estimator,
    grid: ArrayLike | tuple,
    *,
    inputs: ArrayLike | None = None,
    n_steps: int = 5_000,
    max_order: int = 20,
    n_jobs: int | None = None,
) -> Basins:
    r"""Find the attractor of a fitted model that each of many starts leads to.

    A basin is the set of starts whose runs end in one attractor. Each start runs freely until it is
    at an attractor that is known. A stable fixed point or cycle is found from the end of a run, and
    solved exactly. Around each of its points is an ellipsoid inside one linear region of F^k in
    which

    .. math:: V(z) = (z - z_j)^T P (z - z_j), \quad P = I + D^T P D

    falls in each turn, where D is the Jacobian of F^k. A run that enters the ellipsoid provably
    goes to the cycle, and its run ends there. So the label does not depend on `n_steps` if this is
    large enough.

    Other ends are compared with a long orbit on each aperiodic attractor: a run is on it if half of
    its last states are as near to the orbit as neighbours on the orbit are. Two aperiodic
    attractors that are nearer to each other than that count as one.

    Parameters
    ----------
    estimator : fitted reconstructor, Pipeline that ends in one, or search over either
        The model.
    grid : tuple, or array-like or DataFrame of shape (n_starts, n_columns)
        A tuple has one entry for each column of X without external inputs: an array of values, or a
        number that holds the column. Each combination is a start. Anything else has one start per
        row. Both are in the units of X.
    inputs : array-like of shape (n_inputs,), default=None
        Constant external inputs, in the units that the reconstructor was fitted in. Required if the
        model has inputs.
    n_steps : int, default=5_000
        Most steps of a run before it is compared with aperiodic attractors, at least 1. Larger
        values help if runs settle slowly.
    max_order : int, default=20
        Largest order of a cycle that is solved, in [1, 1000]. Cycles of higher orders count as
        aperiodic.
    n_jobs : int, default=None
        Number of threads, as in ``joblib.Parallel``; -1 takes all cores. The result has the
        same bits for each number.

    Returns
    -------
    Basins
        An object with the fields

        - `labels`, int: number of the attractor of each start; -1 if the run diverges, -2 if it has
          not settled. Of a grid, the shape is that of ``numpy.meshgrid(..., indexing="ij")``
          without the columns that are held,
        - `attractors`: a tuple of :class:`Attractor` with `kind`, `points`, `states` and `share`,
        - `shares` of shape (n_attractors,), `diverged` and `unsettled`: shares of the starts,
        - `starts` of shape (n_starts, n_columns), and `axes`.

    Raises
    ------
    ValueError
        If a number is out of its range; if a start is not complete or `grid` has another width than
        the model; if a state of the model needs several rows; if the model has external inputs and
        `inputs` is None, or the other way round.
    TypeError
        If `estimator` is no reconstructor, or a number is no integer.
    sklearn.exceptions.NotFittedError
        If the estimator is not fitted.

    Warns
    -----
    ReconstructionWarning
        If there are more than 64 attractors. The starts of the others have the label -2.

    See Also
    --------
    sklearn_dsr.inspection.BasinDisplay : Plots them.
    cycles : Fixed points and cycles, unstable ones too.

    Notes
    -----
    Cost: a step of a run is O(M L). Runs that go to stable cycles end early. Runs on aperiodic
    attractors take all `n_steps`.

    An attractor is missed if no start leads to it. A fixed point or cycle with a hidden unit
    exactly at its kink has no ellipsoid; its runs are told by where they end.

    The basin of a model outside the range of its data is a guess.

    Examples
    --------
    All runs of the logistic map that begin between 0 and 1 stay there, on a chaotic attractor:

    >>> import numpy as np
    >>> from sklearn_dsr import ShallowPLRNNReconstructor
    >>> from sklearn_dsr.dynamics import basins
    >>> X = np.full((2000, 1), 0.3)
    >>> for t in range(1999):
    ...     X[t + 1] = 3.9 * X[t] * (1 - X[t])
    >>> model = ShallowPLRNNReconstructor(50, stages="start", random_state=0).fit(X)
    >>> found = basins(model, (np.linspace(0.2, 0.9, 20),))
    >>> [attractor.kind for attractor in found.attractors], found.labels.shape
    (['aperiodic'], (20,))
    >>> bool(np.all(found.labels == 0)), found.diverged
    (True, 0.0)
    """
    check_int(n_steps, "n_steps", 1, advice="5_000 is usual.")
    check_int(max_order, "max_order", 1, 1000, advice="20 is usual.")
    model = Model.of(estimator).autonomous(inputs)
    rows, shape, axes = _starts(grid, model)
    states = model.states_of(rows if axes is not None else grid)
    extent = float(np.abs(model.usual_states()).max())
    limit = FAR * max(extent, float(np.abs(states).max()))
    settling = Settling(model.canonical, extent, limit, n_steps, max_order, n_jobs)
    labels = settling.labels(states)
    if np.any(labels == UNSETTLED):
        warnings.warn(
            f"The runs end in more than {len(settling.attractors)} places, and "
            f"{np.mean(labels == UNSETTLED):.1%} of them have the label {UNSETTLED}. Raise n_steps "
            "if runs settle slowly; a map that conserves volume has no attractors.",
            ReconstructionWarning,
            stacklevel=level(),
        )
    labels, attractors = _sorted(model, labels, settling.attractors)
    return Basins(labels.reshape(shape), attractors, rows, axes)


def _starts(grid, model):
    """Starts (n, N), the shape of their labels, and the axes of a grid or None."""
    N = model.n_original
    if not isinstance(grid, tuple):
        rows = check_rows(grid, name="grid")
        if rows.shape[1] != N or np.isnan(rows).any():
            raise ValueError(
                f"grid has {rows.shape[1]} columns, or NaN among them, and the model {N} columns. "
                "Give complete rows, one per start, or a tuple with the values of each column."
            )
        return rows, (len(rows),), None
    if len(grid) != N:
        raise ValueError(
            f"grid is a tuple for {len(grid)} columns, and the model has {N}. Give one entry per "
            "column: an array of values, or a number."
        )
    axes = [np.asarray(values, dtype=np.float64) for values in grid]
    for k, values in enumerate(axes):
        if values.ndim > 1 or values.size == 0 or not np.all(np.isfinite(values)):
            raise ValueError(
                f"Entry {k} of the tuple grid has shape {values.shape}, or values that are not "
                "finite. Give a 1-D array of values or a number; rows of starts are an array."
            )
    mesh = np.meshgrid(*axes, indexing="ij")
    rows = np.stack([values.ravel() for values in mesh], axis=1)
    axes = tuple(values if values.ndim else float(values) for values in axes)
    return rows, tuple(len(values) for values in axes if np.ndim(values)), axes


def _sorted(model, labels, found):
    """Labels and attractors that a start leads to, sorted by kind, order and place."""
    made = []
    for number, one in enumerate(found):
        share = float(np.mean(labels == number))
        if share:
            points = model.original(model.rows(one.points))
            kind = "fixed point" if len(points) == 1 else "cycle"
            kind = "aperiodic" if isinstance(one, Orbit) and not one.periodic else kind
            states = one.points
            if kind == "cycle":
                first = -np.argmin(points[:, 0])
                points, states = np.roll(points, first, axis=0), np.roll(states, first, axis=0)
            made.append((len(points), points[:, 0].min(), number, kind, points, states, share))
    made.sort(key=lambda a: (a[3] == "aperiodic", *a[:3]))
    new = np.arange(len(found) + 2) - 2  # from old labels, counted from -2 on
    for number, entry in enumerate(made):
        new[entry[2] + 2] = number
    return new[labels + 2], tuple(Attractor(*entry[3:]) for entry in made)
