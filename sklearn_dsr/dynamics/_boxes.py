"""Compiled proof that no cycle is missed: a box of states is halved until each part is decided.

For all z within r of the centre c of a box, F(z) - F(c) = A d + W1 diag(s) W2 d with d = z - c,
where the slope s_l of a hidden unit is 1 or 0 if it is active or inactive in the whole box, and in
an interval between them if not. So a cycle of order k through z has d in a set that the box may not
meet, which proves that it holds none, or only in part, which narrows it (Krawczyk's operator
[1]_ with slopes in place of derivatives). Where no unit changes in a box its cycle is the exact
one.

.. [1] Neumaier (1990), "Interval methods for systems of equations", Cambridge, Chapter 5.
"""

import numpy as np
from numba import njit

from .._maps._algebra import below, copy, multiply, solve
from .._maps._compiling import STRICT
from .._validation import LARGEST

EMPTY, NARROWED, UNKNOWN = 0, 1, 2


@njit(**STRICT)
def search_boxes(low, high, k, f, n_boxes, candidates):
    """Where in the box between low and high (M,) first points of cycles of order k may be.

    Parameters
    ----------
    low, high : ndarray of shape (M,)
    k : int
    f : tuple of arrays
        See `_linear_pieces`.
    n_boxes : int
        Boxes to look at, at most.
    candidates : ndarray of shape (n, M)
        Filled with points, each in a box too small to be told from it. Outside such boxes there
        are no cycles, up to rounding, if all of the box was decided.

    Returns
    -------
    n_candidates : int
        May be more than `candidates` has room for.
    used : int
        Boxes that were looked at.
    left : float
        Share of the volume that was not decided within `n_boxes`, in [0, 1].
    """
    M, L = len(low), len(f[4])
    # Depth first: a box of each depth at most is waiting, and none is halved 40 times a side.
    n = 40 * M + 2
    centers, radii = np.empty((n, M)), np.empty((n, M))
    whole = (high - low) / 2
    copy(whole, radii[0])
    copy(low + whole, centers[0])
    # What is known of each waiting box, and holds in its parts: for each of the k points J and c of
    # the units that are active or inactive in all of the box, and which n_open others there are.
    J, c = np.empty((n, k, M, M)), np.empty((n, k, M))
    units, n_open = np.empty((n, k, L), np.int32), np.empty((n, k), np.int32)
    n_open[0] = L
    for j in range(k):
        copy(f[0], J[0, j])
        copy(f[3], c[0, j])
        copy(np.arange(L), units[0, j])
    work = np.empty((2, k, M, M)), np.empty((k, L)), np.empty((6, M)), np.empty((3, M, M))
    waiting, used, found = 1, 0, 0
    while waiting and used < n_boxes:
        top = waiting - 1
        center, r = centers[top], radii[top]
        known = J[top], c[top], units[top], n_open[top]
        state = NARROWED
        while state == NARROWED:
            state = narrow(center, r, whole, f, known, work)
            used += 1
            if state != EMPTY and below(r / whole, 1e-9):
                if found < len(candidates):
                    copy(center, candidates[found])
                found += 1
                state = EMPTY
        waiting -= 1
        if state == UNKNOWN:  # halve its longest side
            widest = np.argmax(r / whole)
            r[widest] /= 2
            center[widest] -= r[widest]
            for array in (centers, radii):
                copy(array[top], array[top + 1])
            copy(J[top], J[top + 1])
            copy(c[top], c[top + 1])
            copy(units[top], units[top + 1])
            copy(n_open[top], n_open[top + 1])
            centers[top + 1, widest] += 2 * r[widest]
            waiting += 2
    left = 0.0
    for i in range(waiting):
        left += np.prod(radii[i] / whole)
    return found, used, left


@njit(**STRICT)
def narrow(center, r, whole, f, known, work):
    """Narrow the box of a center and radii r (M,) to where a cycle may be.

    `known` says what is known of the units, see `search_boxes`, and learns more. Returns EMPTY if
    the box holds no cycle, UNKNOWN if it has lost too little to go on like that, or NARROWED.
    """
    (J, T), spread, vectors, (inverse, product, matrix) = work
    z, z_next, e, e_next, middle, radius = vectors
    k, M = len(J), len(center)
    known_J, known_c, units, n_open = known
    e[:], product[:] = 0.0, 0.0
    for m in range(M):
        z[m], product[m, m] = center[m], 1.0
    for j in range(k):
        # d_j = T_j d_1 up to e_j, componentwise, and z is the j-th image of the center.
        copy(product, T[j])
        images = J[j], z_next, e_next
        known_j = known_J[j], known_c[j], units[j], n_open[j : j + 1]
        image(z, e, T[j], r, f, known_j, spread[j], images)
        if not (below(z_next, LARGEST) and below(e_next, LARGEST)):
            return UNKNOWN
        multiply(J[j], T[j], product)
        copy(z_next, z)
        copy(e_next, e)
    if not invert(product, matrix, inverse, z_next):
        return UNKNOWN
    # d_1 = Y (z_{k+1} - z_1) + sum_j Y J_k ... J_{j+1} W1 (spread_j), Y = (I - J_k ... J_1)^-1.
    for m in range(M):
        middle[m], radius[m] = center[m], 0.0
        for i in range(M):
            middle[m] += inverse[m, i] * (z[i] - center[i])
    for j in range(k - 1, -1, -1):
        for place in range(n_open[j]):
            for m in range(M):
                total = 0.0
                for i in range(M):
                    total += inverse[m, i] * f[1][units[j, place], i]
                radius[m] += abs(total) * spread[j, place]
        multiply(inverse, J[j], matrix)
        copy(matrix, inverse)
    return meet(center, r, middle, radius, whole)


@njit(**STRICT)
def image(z, e, T, r, f, known, spread, images):
    """One step of a box of radii r, which has come to z + T d up to e: J, the next z and e.

    spread (L,) says by how much the relu of each open unit may be off from its mean slope in J.
    """
    _, W1T, W2, _, h2 = f
    known_J, known_c, units, n_open = known
    J, z_next, e_next = images
    M, n = len(z), 0
    J[:], z_next[:], e_next[:] = 0.0, 0.0, 0.0
    for place in range(n_open[0]):
        l = units[place]
        u, width = h2[l], 0.0
        for m in range(M):
            total = 0.0
            for i in range(M):
                total += W2[l, i] * T[i, m]
            u += W2[l, m] * z[m]
            width += abs(total) * r[m] + abs(W2[l, m]) * e[m]
        if u + width <= 0.0:
            continue
        if u >= width:
            for m in range(M):
                known_c[m] += W1T[l, m] * h2[l]
                for i in range(M):
                    known_J[m, i] += W1T[l, m] * W2[l, i]
            continue
        # From u to anywhere in u +- width, relu has slopes up to 1, or from 0 on.
        least = u / width if u > 0.0 else 0.0
        most = 1.0 if u > 0.0 else (u + width) / width
        units[n], spread[n] = l, (most - least) / 2 * width
        for m in range(M):
            w = W1T[l, m]
            z_next[m] += w * max(u, 0.0)
            e_next[m] += abs(w) * spread[n]
            for i in range(M):
                J[m, i] += w * (least + most) / 2 * W2[l, i]
        n += 1
    n_open[0] = n
    for m in range(M):
        z_next[m] += known_c[m]
        for i in range(M):
            z_next[m] += known_J[m, i] * z[i]
            J[m, i] += known_J[m, i]
            e_next[m] += abs(J[m, i]) * e[i]


@njit(**STRICT)
def invert(product, matrix, inverse, column):
    """Inverse of I - product (M, M); False if it is singular or not finite."""
    if not below(product, LARGEST):
        return False
    for i in range(len(product)):
        copy(product, matrix)
        column[:] = 0.0
        column[i] = 1.0
        if not solve(matrix, column):
            return False
        for m in range(len(product)):
            inverse[m, i] = column[m]
    return True


@njit(**STRICT)
def meet(center, r, middle, radius, whole):
    """Narrow center +- r to its part in middle +- radius, with a margin for rounding."""
    gain = 1.0
    for m in range(len(center)):
        margin = radius[m] + 1e-10 * whole[m]
        low = max(center[m] - r[m], middle[m] - margin)
        high = min(center[m] + r[m], middle[m] + margin)
        if not low <= high:
            return EMPTY
        gain = min(gain, (high - low) / (2 * r[m]))
        center[m], r[m] = (low + high) / 2, (high - low) / 2
    return NARROWED if gain < 0.7 else UNKNOWN
