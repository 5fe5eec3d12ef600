"""The training engine: many updates a call, on one thread, the same bits on every processor."""

import numpy as np

from ._isa import core


def engine(sizes, rows, seen, vectors, forced, forcing, noise, observation_penalty):
    """Make an engine, which holds the trained numbers and all memory that training needs.

    Parameters
    ----------
    sizes : dict of int
        M latent units, N columns, K external inputs, L hidden units of a layer (0: units that act
        each by itself, of which the first `n_linear` are linear, with `n_bases` bases), T steps of
        a window, S windows of a batch; clipped, centered, affine: 0 or 1.
    rows : ndarray of shape (n_rows, N + K), float32 or float64
        Data, external inputs last; they are not copied. Their type is that of all arrays here and
        of the arithmetic.
    seen : uint8 ndarray of shape (n_rows, N), or None
        0 where a value is missing; None if none is.
    vectors : ndarray of shape (5, P)
        Trained numbers, weights of the squares and of the absolute values of what they differ from
        their targets, these targets, and 1 or 0 for trained or fixed. A row holds A (M, M); W1
        (M, L), W2 (L, M), h1 (M), h2 (L) of a layer, or W (M, M), h (M), alphas (n_bases), H (M,
        n_bases) of units; B (N, M) if affine; L0 (M - N, N) if not; C (M, K).
    forced : ndarray of shape (T + 1,)
        1 at times of a window at which states are forced, else 0.
    forcing : tuple
        Code of the mean in `_forcing.MEANS`, alpha in [0, 1], scale, gamma, updates from one
        adaptation of alpha to the next, time points in 1..T at which Jacobians are taken.
    noise : bool
        Whether each call brings noise for first states and forcing signals.
    observation_penalty : float
        Weight of (1 - s_max(B) / s_min(B))^2.

    Returns
    -------
    Engine32 or Engine64
        With

        ``theta``
            Trained numbers (P,), a copy; may be set.
        ``gradient``
            Gradient (P,) of the last call, a copy.
        ``loss_gradient(starts, alpha, noise=None)``
            Loss with penalties of the windows that begin at rows `starts` (S,), int64, forced with
            `alpha`; `noise` (1, T + 1, S, N).
        ``growth_rate(starts, noise=None)``
            Kappa of these windows: the largest mean of their Jacobians.
        ``run(starts, rates, noise=None)``
            One update for each row of `starts` (n, S) with learning rates (n,), float64, and noise
            (n, T + 1, S, N). Losses and alphas (n_done,); n_done < n where the loss, its gradient
            or the trained numbers stop being finite.

    Raises
    ------
    TypeError
        If an array has another type, is not C-contiguous, or is none.
    ValueError
        If sizes do not fit one another, a window is not within the rows, noise is missing or not
        wanted, or the engine is busy in another thread.
    """
    make = core.Engine32 if getattr(rows, "dtype", None) == np.float32 else core.Engine64
    return make(sizes, rows, seen, vectors, forced, forcing, noise, observation_penalty)


def spectral_norm(J):
    """Largest singular value of J, as the growth rate of Jacobians takes it.

    Parameters
    ----------
    J : float64 ndarray of shape (n, M)
        Finite.

    Returns
    -------
    float
        Exact up to rounding for M <= 12, else mostly within 0.1 percent, and never too large.
    """
    return core.spectral_norm(J)
