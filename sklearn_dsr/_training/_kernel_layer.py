"""The forced run's gradient for a hidden layer of any size: z' = A z + W1 phi(W2 z) + h1 + C s.

Hidden units are the SIMD lanes. U (T, S, L) = W2 z; W1 (M, L); W2 (M, L), transposed; h2 (L,);
layer = (W1, W2, h2, clipped); see `_forced_step` for the rest.
"""

from numba import njit

from .._maps._compiling import INLINE
from ._forced_step import carry_back, fold, force
from ._products import combine, outer, reduce, tiled


@njit(**INLINE)
def activate(U, h2, clipped, F):
    """F = relu(U + h2) [- relu(U) if clipped]."""
    zero = h2.dtype.type(0)
    for s in range(U.shape[0]):
        u, f = U[s], F[s]
        if clipped:
            for l in range(u.shape[0]):
                a = u[l] + h2[l]
                b = u[l]
                f[l] = (a if a > zero else zero) - (b if b > zero else zero)
        else:
            for l in range(u.shape[0]):
                a = u[l] + h2[l]
                f[l] = a if a > zero else zero


@njit(**INLINE)
def gate(U, h2, clipped, F, P, gh2):
    """F = activation of U; P = D P in place with its derivative D; gh2 += 1[U + h2 > 0] P."""
    zero = h2.dtype.type(0)
    for s in range(U.shape[0]):
        u, f, p = U[s], F[s], P[s]
        if clipped:
            for l in range(u.shape[0]):
                a = u[l] + h2[l]
                b = u[l]
                q = p[l] if a > zero else zero
                r = p[l] if b > zero else zero
                f[l] = (a if a > zero else zero) - (b if b > zero else zero)
                gh2[l] += q
                p[l] = q - r
        else:
            for l in range(u.shape[0]):
                a = u[l] + h2[l]
                q = p[l] if a > zero else zero
                f[l] = a if a > zero else zero
                gh2[l] += q
                p[l] = q


@njit(**INLINE)
def forward_layer(layer, A, h1, alpha, work, buffers, observation):
    """Forced run: E gets the predictions z, Z the forced states z~; Z[0] is the first state."""
    W1, W2, h2, clipped = layer
    Z, E = work[8], work[9]
    U, F, _ = buffers
    As, hs = tiled(A, Z.shape[1]), tiled(h1, Z.shape[1])
    for t in range(E.shape[0]):
        combine(Z[t], W2, U[t])
        activate(U[t], h2, clipped, F)
        reduce(F, W1, E[t])
        force(t, alpha, As, hs, work, observation)


@njit(**INLINE)
def backward_layer(layer, gradients, A, gA, gh1, alpha, work, buffers, observation):
    """Gradient of the forced run; E holds dl/dz on entry, dL/dz on return.

    The only recursion: d_t = e_t + (1 - alpha) (A d_{t+1} + W2' D W1' d_{t+1}). The gradients are
    added; G (S, M) returns dL/dz~_0, the gradient of the first state.
    """
    W1, W2, h2, clipped = layer
    gW1, gW2, gh2 = gradients
    Z, E, G = work[8], work[9], work[10]
    U, F, P = buffers
    As, gAs, ghs = tiled(A, E.shape[1]), tiled(A, E.shape[1]), tiled(A, E.shape[1])
    gAs[:] = 0
    ghs[:] = 0
    for step in range(E.shape[0]):
        t = E.shape[0] - 1 - step
        combine(E[t], W1, P)
        gate(U[t], h2, clipped, F, P, gh2)
        outer(E[t], F, gW1)
        outer(Z[t], P, gW2)
        reduce(P, W2, G)
        carry_back(t, alpha, As, gAs, ghs, work, observation)
    fold(gAs, gA)
    fold(ghs, gh1)
