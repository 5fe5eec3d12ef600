"""The forced run's gradient for units that act each by itself: z' = A z + W phi(z) + h + C s.

phi(u) = linear u + relu_ relu(u) + sum_b alphas_b relu(u - H_b) [- sum_b alphas_b relu(u)], with u
the state or, centred, the state minus its mean over units. M wide where the canonical map is as
wide as units times bases. The entries of a whole batch are the SIMD lanes. W (M, M); alphas (B,);
H (B, M), transposed; linear, relu_ (M,), constants;
units = (W, alphas, H, linear, relu_, clipped, n_centred) with n_centred = M, or 0 for none.
"""

import numpy as np
from numba import njit

from .._maps._compiling import INLINE
from ._forced_step import carry_back, fold, force
from ._products import combine, outer, reduce, tiled


@njit(**INLINE)
def _tiled_units(units, n):
    """Coefficients of phi for a flat batch of n windows: linear, relu (n M,) and H (B, n M)."""
    _, alphas, H, linear, relu_, clipped, _ = units
    ls, ks = tiled(linear, n), tiled(relu_, n)
    Hs = np.empty((H.shape[0], len(ls)), H.dtype)
    for b in range(H.shape[0]):
        Hs[b] = tiled(H[b], n)
        if clipped:
            for i in range(len(ks)):
                ks[i] -= alphas[b]
    return ls, ks, Hs


@njit(**INLINE)
def center(Z, U, n):
    """U = Z minus its mean over the first n units, of which the others are padding."""
    for s in range(Z.shape[0]):
        total = Z.dtype.type(0)
        for m in range(n):
            total += Z[s, m]
        total /= Z.dtype.type(n)
        for m in range(n):
            U[s, m] = Z[s, m] - total


@njit(**INLINE)
def _activate(u, ls, ks, alphas, Hs, f):
    """F = phi(u), flat; the number of bases is a multiple of 4."""
    zero = u.dtype.type(0)
    for i in range(u.shape[0]):
        v = u[i]
        f[i] = ls[i] * v + ks[i] * (v if v > zero else zero)
    for b in range(0, Hs.shape[0], 4):
        a0, a1, a2, a3 = alphas[b], alphas[b + 1], alphas[b + 2], alphas[b + 3]
        h0, h1, h2, h3 = Hs[b], Hs[b + 1], Hs[b + 2], Hs[b + 3]
        for i in range(u.shape[0]):
            v = u[i]
            r0, r1, r2, r3 = v - h0[i], v - h1[i], v - h2[i], v - h3[i]
            f[i] += (
                a0 * (r0 if r0 > zero else zero)
                + a1 * (r1 if r1 > zero else zero)
                + a2 * (r2 if r2 > zero else zero)
                + a3 * (r3 if r3 > zero else zero)
            )


@njit(**INLINE)
def _gate(u, ls, ks, alphas, Hs, p, slope, galphas, gHs, gks):
    """P = phi'(u) p in place; add p relu(u - H) to galphas, p 1[u > H] to gHs, p relu(u) to gks."""
    zero = u.dtype.type(0)
    for i in range(u.shape[0]):
        v = u[i]
        slope[i] = ls[i] + (ks[i] if v > zero else zero)
        gks[i] += p[i] * (v if v > zero else zero)
    for b in range(Hs.shape[0]):
        a, h, ga, gh = alphas[b], Hs[b], galphas[b], gHs[b]
        for i in range(u.shape[0]):
            r = u[i] - h[i]
            q = p[i] if r > zero else zero
            ga[i] += q * r
            gh[i] += q
            slope[i] += a if r > zero else zero
    for i in range(u.shape[0]):
        p[i] *= slope[i]


@njit(**INLINE)
def forward_units(units, A, h1, alpha, work, buffers, observation):
    """Forced run: E gets the predictions z, Z the forced states z~; Z[0] is the first state."""
    W, alphas, n_centred = units[0], units[1], units[6]
    Z, E = work[8], work[9]
    U, F, _, _ = buffers
    As, hs = tiled(A, Z.shape[1]), tiled(h1, Z.shape[1])
    ls, ks, Hs = _tiled_units(units, Z.shape[1])
    for t in range(E.shape[0]):
        u = Z[t]
        if n_centred > 0:
            center(Z[t], U, n_centred)
            u = U
        _activate(u.reshape(-1), ls, ks, alphas, Hs, F[t].reshape(-1))
        reduce(F[t], W, E[t])
        force(t, alpha, As, hs, work, observation)


@njit(**INLINE)
def backward_units(units, gradients, A, gA, gh1, alpha, work, buffers, observation):
    """Gradient of the forced run, added; see `_kernel_layer.backward_layer`."""
    W, alphas, _, _, _, clipped, n_centred = units
    gW, galphas, gH = gradients
    Z, E, G = work[8], work[9], work[10]
    U, F, P, slope = buffers
    n = E.shape[1]
    As, gAs, ghs, gks = tiled(A, n), tiled(A, n), tiled(A, n), tiled(A, n)
    gAs[:] = 0
    ghs[:] = 0
    gks[:] = 0
    ls, ks, Hs = _tiled_units(units, n)
    zero = A.dtype.type(0)
    ga, gh = np.zeros_like(Hs), np.zeros_like(Hs)
    for step in range(E.shape[0]):
        t = E.shape[0] - 1 - step
        combine(E[t], W, P)
        outer(E[t], F[t], gW)
        u = Z[t]
        if n_centred > 0:
            center(Z[t], U, n_centred)
            u = U
        _gate(u.reshape(-1), ls, ks, alphas, Hs, P.reshape(-1), slope, ga, gh, gks)
        if n_centred > 0:
            center(P, G, n_centred)
        else:
            G[:] = P
        carry_back(t, alpha, As, gAs, ghs, work, observation)
    fold(gAs, gA)
    fold(ghs, gh1)
    for b in range(Hs.shape[0]):
        for i in range(gh.shape[1]):
            galphas[b] += ga[b, i] - (gks[i] if clipped else zero)
            gH[b, i % gH.shape[1]] -= alphas[b] * gh[b, i]
