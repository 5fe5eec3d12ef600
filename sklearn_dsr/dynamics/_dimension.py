"""Dimension of an attractor from Lyapunov exponents."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike


def kaplan_yorke_dimension(exponents: ArrayLike) -> float:
    r"""Dimension of an attractor from its Lyapunov exponents (Kaplan and Yorke [1]_).

    With the exponents sorted, :math:`\lambda_1 \ge \dots \ge \lambda_M`, and j the largest number
    for which the sum of the first j is not negative,

    .. math:: D = j + \frac{\lambda_1 + \dots + \lambda_j}{|\lambda_{j+1}|}

    Parameters
    ----------
    exponents : array-like of shape (n_exponents,)
        In any order and unit of time, as from `lyapunov_spectrum`; -inf is allowed.

    Returns
    -------
    float
        In [0, n_exponents]; 0 for a fixed point. If the sum of all is not negative, n_exponents:
        the flow fills all of these dimensions, or more where they are a part of the spectrum.

    Raises
    ------
    ValueError
        If there is no exponent, or one is NaN or +inf.

    Notes
    -----
    A limit cycle has D = 1, but its largest exponent, 0, comes out as a small number of either
    sign, and if that is negative, D = 0. Look at the standard error first.

    References
    ----------
    .. [1] Kaplan and Yorke (1979), "Chaotic behavior of multidimensional difference equations",
       Lecture Notes in Mathematics 730, 204-227.

    Examples
    --------
    The Lorenz system:

    >>> from sklearn_dsr.dynamics import kaplan_yorke_dimension
    >>> round(kaplan_yorke_dimension([0.906, 0.0, -14.572]), 3)
    2.062
    """
    given = np.asarray(exponents, dtype=np.float64)
    if given.ndim != 1 or len(given) == 0 or np.isnan(given).any() or np.max(given) == np.inf:
        raise ValueError(
            f"exponents must be one or more numbers below infinity; got {exponents!r}. Give what "
            "lyapunov_spectrum returns."
        )
    ordered = np.sort(given)[::-1]
    sums = np.cumsum(ordered)
    j = int(np.sum(sums >= 0))
    if j == len(ordered) or j == 0:
        return float(j)
    return float(j + sums[j - 1] / abs(ordered[j]))
