"""Compiled products of small matrices for a whole batch, without BLAS.

Three products serve everything (`combine`, `reduce`, `outer`); each takes the whole batch, reads at
most 8 rows in a storing loop (more would need alias checks that stop vectorisation) and keeps sums
in scalars. Sizes are padded by the caller: S (windows) to a multiple of 8, M (latent) to 4, L
(hidden) and N (columns) to 16. Padding with zeros is inert.
"""

import numpy as np
from numba import njit

from .._maps._compiling import INLINE


@njit(**INLINE)
def combine(C, W, U):
    """U = C W for C (S, M), W (M, L), U (S, L); S even."""
    for s in range(0, C.shape[0], 2):
        u, v = U[s], U[s + 1]
        for m in range(0, C.shape[1], 4):
            c0, c1, c2, c3 = C[s, m], C[s, m + 1], C[s, m + 2], C[s, m + 3]
            d0, d1, d2, d3 = C[s + 1, m], C[s + 1, m + 1], C[s + 1, m + 2], C[s + 1, m + 3]
            w0, w1, w2, w3 = W[m], W[m + 1], W[m + 2], W[m + 3]
            if m == 0:
                for l in range(u.shape[0]):
                    u[l] = c0 * w0[l] + c1 * w1[l] + c2 * w2[l] + c3 * w3[l]
                    v[l] = d0 * w0[l] + d1 * w1[l] + d2 * w2[l] + d3 * w3[l]
            else:
                for l in range(u.shape[0]):
                    u[l] += c0 * w0[l] + c1 * w1[l] + c2 * w2[l] + c3 * w3[l]
                    v[l] += d0 * w0[l] + d1 * w1[l] + d2 * w2[l] + d3 * w3[l]


@njit(**INLINE)
def tiled(values, n):
    """Repeat `values` n times, so that a batch is one loop without short remainders."""
    out = np.empty(n * values.shape[0], values.dtype)
    for i in range(out.shape[0]):
        out[i] = values[i % values.shape[0]]
    return out


@njit(**INLINE)
def reduce(P, W, O):
    """O = P W' for P (S, L), W (M, L), O (S, M)."""
    zero = P.dtype.type(0)
    for m in range(0, W.shape[0], 4):
        w0, w1, w2, w3 = W[m], W[m + 1], W[m + 2], W[m + 3]
        for s in range(0, P.shape[0], 4):
            p0, p1, p2, p3 = P[s], P[s + 1], P[s + 2], P[s + 3]
            a00 = a01 = a02 = a03 = a10 = a11 = a12 = a13 = zero
            a20 = a21 = a22 = a23 = a30 = a31 = a32 = a33 = zero
            for l in range(w0.shape[0]):
                v0, v1, v2, v3 = w0[l], w1[l], w2[l], w3[l]
                q0, q1, q2, q3 = p0[l], p1[l], p2[l], p3[l]
                a00 += q0 * v0
                a01 += q0 * v1
                a02 += q0 * v2
                a03 += q0 * v3
                a10 += q1 * v0
                a11 += q1 * v1
                a12 += q1 * v2
                a13 += q1 * v3
                a20 += q2 * v0
                a21 += q2 * v1
                a22 += q2 * v2
                a23 += q2 * v3
                a30 += q3 * v0
                a31 += q3 * v1
                a32 += q3 * v2
                a33 += q3 * v3
            O[s, m], O[s, m + 1], O[s, m + 2], O[s, m + 3] = a00, a01, a02, a03
            O[s + 1, m], O[s + 1, m + 1], O[s + 1, m + 2], O[s + 1, m + 3] = a10, a11, a12, a13
            O[s + 2, m], O[s + 2, m + 1], O[s + 2, m + 2], O[s + 2, m + 3] = a20, a21, a22, a23
            O[s + 3, m], O[s + 3, m + 1], O[s + 3, m + 2], O[s + 3, m + 3] = a30, a31, a32, a33


@njit(**INLINE)
def outer(E, F, G):
    """G += E' F for E (S, M), F (S, L), G (M, L)."""
    for s in range(0, E.shape[0], 8):
        f0, f1, f2, f3 = F[s], F[s + 1], F[s + 2], F[s + 3]
        f4, f5, f6, f7 = F[s + 4], F[s + 5], F[s + 6], F[s + 7]
        for m in range(E.shape[1]):
            g = G[m]
            e0, e1, e2, e3 = E[s, m], E[s + 1, m], E[s + 2, m], E[s + 3, m]
            e4, e5, e6, e7 = E[s + 4, m], E[s + 5, m], E[s + 6, m], E[s + 7, m]
            for l in range(g.shape[0]):
                g[l] += (
                    e0 * f0[l]
                    + e1 * f1[l]
                    + e2 * f2[l]
                    + e3 * f3[l]
                    + e4 * f4[l]
                    + e5 * f5[l]
                    + e6 * f6[l]
                    + e7 * f7[l]
                )
