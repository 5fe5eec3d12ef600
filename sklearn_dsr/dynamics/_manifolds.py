"""Stable and unstable manifolds of saddles of a fitted model, segment by segment."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from .._data.types import Estimator
from .._data.validation import check_int
from ._cycles import surroundings
from ._found import Cycle
from ._manifold import Manifold, Manifolds, has_curve
from ._model import Model
from ._segments import Inverse, clipped, images

N_PROBED = 2_000  # states of the box at which the sign of the determinant is looked at
NEAR = 1e-6  # most that a point of a cycle may miss itself, relative to its size
SHORT = 1e-12  # segments shorter than this share of the box are left out


def manifolds(
    estimator: Estimator,
    cycle: Cycle,
    *,
    inputs: ArrayLike | None = None,
    n_steps: int = 1_000,
    max_segments: int = 10_000,
) -> Manifolds:
    r"""Compute the stable and the unstable manifold of a saddle, where they are curves.

    Runs leave a saddle along its unstable manifold, and come to it along its stable manifold. The
    stable manifold of a saddle is often the boundary between two basins of attraction.

    The model is piecewise linear, so the curves consist of straight segments (see [1]_ for the
    idea). At the saddle the curve is a line along an eigenvector, up to where a hidden unit
    switches. The unstable manifold is this line and its images under the map, each cut where a
    hidden unit is at its kink. The stable manifold is a line and its preimages. A preimage is
    followed from linear region to linear region. Within a region both are exact, up to rounding.

    Parameters
    ----------
    estimator : fitted reconstructor, Pipeline that ends in one, or search over either
        The model.
    cycle : Cycle
        A saddle: an entry of what :func:`fixed_points` or :func:`cycles` returns for this model.
    inputs : array-like of shape (n_inputs,), default=None
        Constant external inputs, in the units that the reconstructor was fitted in. Required if the
        model has inputs.
    n_steps : int, default=1_000
        How often the first piece of a curve is mapped around the cycle, at least 0. A curve that
        leaves the saddle slowly needs more.
    max_segments : int, default=10_000
        A curve ends when it has as many segments, at least 2.

    Returns
    -------
    Manifolds
        An object with the fields

        - `unstable` and `stable`: a :class:`Manifold` with `segments` of shape
          (n_segments, 2, n_columns) in the units of X, or None if the manifold is no curve,
        - `invertible`: whether the determinant of the Jacobian has the same sign at all states that
          were looked at: 2,000 random ones and the ends of all segments,
        - `n_folds`: lines of the stable manifold that end where the map folds,
        - `cycle`: the saddle.

    Raises
    ------
    ValueError
        If a number is out of its range; if `cycle` is no saddle, no cycle of this model, or has no
        manifold that is a curve; if a hidden unit is exactly at its kink there; if the model has
        external inputs and `inputs` is None, or the other way round.
    TypeError
        If `cycle` is no Cycle, `estimator` is no reconstructor, or a number is no integer.
    sklearn.exceptions.NotFittedError
        If the estimator is not fitted.

    See Also
    --------
    basins : Which attractor each start leads to.
    fixed_points : Finds saddles.
    sklearn_dsr.inspection.ManifoldDisplay : Plots the curves.

    Notes
    -----
    A curve is followed in a box that is twice as wide as the range of the free run and of the
    training data. Parts outside are left out, with what they are mapped to.

    A map that is not invertible has several preimages of a state or none. One of them is followed,
    and only up to a fold. All runs from it come to the saddle, but the stable set has more parts.

    Of a system in three dimensions with one unstable direction, the stable manifold is a surface.
    Then `stable` is None.

    Cost: O(M L) for an image of a segment, O(M^3 + M L) for a preimage.

    References
    ----------
    .. [1] Eisenmann, Brändle, Monfared and Durstewitz (2025), "Detecting invariant manifolds in
       ReLU-based RNNs", arXiv:2510.03814.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_dsr import ShallowPLRNNReconstructor
    >>> from sklearn_dsr.dynamics import fixed_points, manifolds
    >>> X = np.full((2000, 2), 0.1)
    >>> for t in range(1999):  # the Henon map
    ...     X[t + 1] = 1 - 1.4 * X[t, 0] ** 2 + X[t, 1], 0.3 * X[t, 0]
    >>> model = ShallowPLRNNReconstructor(50, stages="start", random_state=0).fit(X)
    >>> saddle = min(fixed_points(model), key=lambda c: abs(c.points[0, 0] - 0.63))
    >>> found = manifolds(model, saddle, n_steps=5)
    >>> found.unstable.segments.shape[1:], len(found.stable) > 2
    ((2, 2), True)
    """
    check_int(n_steps, "n_steps", 0, advice="1_000 is usual.")
    check_int(max_segments, "max_segments", 2, advice="10_000 is usual.")
    model = Model.of(estimator).autonomous(inputs)
    f = model.canonical
    Z = _saddle(cycle, f)
    _, low, high = surroundings(model, Z)
    many = n_steps, max_segments
    n_unstable, M = cycle.n_unstable, Z.shape[1]
    out = _curve(f, Z, (low, high), *many) if n_unstable == 1 else None
    inverse = Inverse(f, np.roll(Z, 1, axis=0), Z)
    back = _curve(f, Z, (low, high), *many, inverse) if n_unstable == M - 1 else None
    probes = [np.random.default_rng(0).uniform(low, high, (N_PROBED, M))]
    probes += [curve[0].reshape(-1, M) for curve in (out, back) if curve is not None]
    signs = np.linalg.slogdet(f.jacobian(np.concatenate(probes)))[0]
    invertible = bool(np.all(signs == signs[0]) and signs[0] != 0 and inverse.n_folds == 0)
    curves = [None if curve is None else _in_units(model, *curve) for curve in (out, back)]
    return Manifolds(cycle, *curves, invertible, inverse.n_folds)


def _saddle(cycle, f):
    """States (k, M) of a saddle of the map with at least one manifold that is a curve."""
    if not isinstance(cycle, Cycle):
        raise TypeError(
            f"cycle must be a Cycle; got {type(cycle).__name__}. Give an entry of fixed_points(...)"
            " or cycles(...), for instance fixed_points(model)[0]."
        )
    Z = np.ascontiguousarray(cycle.states)
    if Z.shape[1] != f.latent_dim:
        raise ValueError(
            f"The cycle has {Z.shape[1]} latent units, and the model {f.latent_dim}. Give a cycle "
            "of this model."
        )
    missed = np.abs(f.step(Z) - np.roll(Z, -1, axis=0)).max() / (1.0 + np.abs(Z).max())
    if not missed <= NEAR:
        raise ValueError(
            f"The map of the model misses the next point of the cycle by {missed:.2g}. Give one "
            "that was found for this model, under the same inputs."
        )
    if "saddle" not in cycle.kind:
        raise ValueError(
            f"The cycle is a {cycle.kind}, and only saddles have both manifolds. Give another one; "
            "sklearn_dsr.dynamics.basins has what leads to a stable cycle."
        )
    M, n = Z.shape[1], cycle.n_unstable
    if not has_curve(cycle):
        raise ValueError(
            f"The saddle has {n} unstable directions and {M - n} stable ones: neither manifold is "
            "a curve. Give a saddle with one unstable or one stable direction."
        )
    return Z


def _curve(f, Z, box, n_steps, max_segments, inverse=None):
    """Segments (n, 2, M) and turns (n,) of the unstable manifold, or of the stable one."""
    rolled = [np.roll(Z, -j, axis=0) for j in range(len(Z))]
    first = [_first(f, z, side, box, inverse) for z in rolled for side in (1.0, -1.0)]
    segments = clipped(np.stack([piece for piece, _ in first]), *box)[0]
    newest = clipped(np.stack([domain for _, domain in first]), *box)[0]
    parts, turns, shortest = [segments], [np.zeros(len(segments), int)], SHORT * np.ptp(box)
    for step in range(1, n_steps + 1):
        for _ in range(len(Z)):
            newest = images(f, newest) if inverse is None else inverse.preimages(newest)
            newest = clipped(newest, *box)[0]
            newest = newest[np.abs(newest[:, 1] - newest[:, 0]).max(axis=1) > shortest]
        room = max_segments - sum(map(len, parts))
        parts.append(newest[: max(room, 0)])
        turns.append(np.full(len(parts[-1]), step))
        if len(newest) == 0 or len(newest) >= room:
            break
    return np.concatenate(parts), np.concatenate(turns)


def _first(f, Z, side, box, inverse):
    """Piece of a curve at Z[0] on which one turn is linear, and its part that one turn creates.

    Both are segments (2, M). The second begins where the image, or the preimage, of the first one
    by a turn begins to be new.
    """
    M = Z.shape[1]
    D, walls = np.eye(M), []
    for J in f.jacobian(Z):
        walls.append(f.W2 @ D)
        D = J @ D
    values, vectors = np.linalg.eig(D)
    k = np.argmax(np.abs(values)) if inverse is None else np.argmin(np.abs(values))
    factor, v = values[k].real, side * vectors[:, k].real
    v = v * (1.0 if v[np.argmax(np.abs(v))] * side > 0 else -1.0)  # the same side at each call
    u, du = (Z @ f.W2.T + f.h2).ravel(), np.concatenate(walls) @ v
    used = np.tile(np.any(f.W1 != 0, axis=0), len(Z))
    with np.errstate(divide="ignore", invalid="ignore"):
        # With a negative factor, a turn swaps the sides: the line must be linear on both.
        t = np.where((u * du < 0) | ((factor < 0) & (du != 0)), np.abs(u / du), np.inf)
    reach = min(np.min(t[used], initial=np.inf), np.abs(box[1] - box[0]).max() / np.abs(v).max())
    if reach == 0:
        raise ValueError(
            "A hidden unit is exactly at its kink at the saddle, so the manifold has no direction "
            "there. Give another cycle."
        )
    shrunk = 1.0 / factor if inverse is None else factor
    end = Z[0] + reach * v
    return np.stack([Z[0], end]), np.stack([Z[0] + abs(shrunk) * reach * v, end])


def _in_units(model, states, turns):
    rows = model.original(model.rows(states.reshape(-1, states.shape[2])))
    return Manifold(rows.reshape(len(states), 2, -1), states, turns)
