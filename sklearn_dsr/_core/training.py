"""The training engine: many updates per call, on one thread, the same bits on every processor."""

import numpy as np

from ._isa import core


def engine(sizes, rows, seen, vectors, forced, forcing, noise, observation_penalty):
    """Make an engine, which holds the trained numbers and all memory that training needs.

    Parameters
    ----------
    sizes : dict of int
        M latent units, N columns, K external inputs, T steps of a window, S windows of a batch. L
        hidden units of a layer; L = 0 stands for units that act each by itself, the first
        `n_linear` linear and the others with `n_bases` bases. clipped, centered, affine: 0 or 1.
    rows : ndarray of shape (n_rows, N + K), float32 or float64
        Data, external inputs last; they are not copied. All arrays here and the arithmetic have
        their type.
    seen : uint8 ndarray of shape (n_rows, N), or None
        0 where a value is missing; None if none is.
    vectors : ndarray of shape (5, P)
        Rows: the trained numbers; the weights of the squared and of the absolute differences from
        their targets; the targets; and 1 for trained or 0 for fixed. Each row holds A (M, M); W1
        (M, L), W2 (L, M), h1 (M), h2 (L) of a layer, or W (M, M), h (M), alphas (n_bases), H (M,
        n_bases) of units; B (N, M) if affine; L0 (M - N, N) if not; C (M, K).
    forced : ndarray of shape (T + 1,)
        1 at times of a window at which states are forced, else 0.
    forcing : tuple
        Code of the mean in `_forcing.MEANS`, alpha in [0, 1], scale, gamma, updates from one
        adaptation of alpha to the next, number of time points in 1..T that Jacobians are taken at.
    noise : bool
        Whether each call passes noise for first states and forcing signals.
    observation_penalty : float
        Weight of (1 - s_max(B) / s_min(B))^2.

    Returns
    -------
    Engine32 or Engine64
        It has

        ``theta``
            Trained numbers (P,), a copy; can be set.
        ``gradient``
            Gradient (P,) of the last call, a copy.
        ``loss_gradient(starts, alpha, noise=None)``
            Loss with penalties of the windows that begin at rows `starts` (S,), int64, forced with
            `alpha`; `noise` (1, T + 1, S, N).
        ``growth_rate(starts, noise=None)``
            Kappa of these windows: the largest mean of their Jacobians.
        ``run(starts, rates, noise=None)``
            One update for each row of `starts` (n, S) with learning rates (n,), float64, and noise
            (n, T + 1, S, N). Returns losses and alphas (n_done,). n_done is less than n if the
            loss, its gradient or the trained numbers are not finite any more.

    Raises
    ------
    TypeError
        If an array has another type, is not C-contiguous, or is no array.
    ValueError
        If sizes do not fit, a window is not within the rows, noise is missing or not expected, or
        the engine is busy in another thread.
    """
    make = core.Engine32 if getattr(rows, "dtype", None) == np.float32 else core.Engine64
    return make(sizes, rows, seen, vectors, forced, forcing, noise, observation_penalty)


def cohort(sizes, n_subjects, rows, vectors, forced, noise):
    """Make the loss of one model for many subjects, whose arrays depend on features.

    Subject j has the arrays theta_0 + sum_a f_ja theta_a.

    Parameters
    ----------
    sizes : dict of int
        As for `engine`, with affine 0 and n_features, the number k of features of a subject. S does
        not count.
    n_subjects : int
        Number J of subjects.
    rows, forced : ndarray
        As for `engine`.
    vectors : ndarray of shape (5, (k + 1) P + J k)
        Rows as for `engine`. Each holds theta_0, ..., theta_k, each with the arrays of `engine` (P
        numbers), and then the features (J, k).
    noise : bool
        Whether each call passes noise for first states and forcing signals.

    Returns
    -------
    Cohort32 or Cohort64
        ``theta`` and ``gradient`` are as of `engine`. ``loss_gradient(starts, counts, alpha,
        noise=None)`` is the loss, with penalties, of the windows that begin at rows `starts` (S,),
        int64. They come subject by subject, `counts` (J,) of each, int64. `noise` is flat: the
        blocks (T + 1, count, N) of the subjects.

    Raises
    ------
    TypeError, ValueError
        As for `engine`.
    """
    make = core.Cohort32 if getattr(rows, "dtype", None) == np.float32 else core.Cohort64
    sizes, k = dict(sizes), sizes["n_features"]
    return make(sizes, k, n_subjects, rows, vectors, forced, noise)


def spectral_norm(J):
    """Largest singular value of J, as used for the growth rate of Jacobians.

    Parameters
    ----------
    J : float64 ndarray of shape (n, M)
        Finite.

    Returns
    -------
    float
        Exact up to rounding for M <= 12. Above, mostly within 0.1 percent and never too large.
    """
    return core.spectral_norm(J)
