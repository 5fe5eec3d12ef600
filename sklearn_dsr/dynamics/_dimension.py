"""Dimension of an attractor from Lyapunov exponents."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike


def kaplan_yorke_dimension(exponents: ArrayLike) -> float:
    r"""Kaplan-Yorke dimension of an attractor from its Lyapunov exponents.

    The exponents are sorted, :math:`\lambda_1 \ge \dots \ge \lambda_M`, and j is the largest number
    of exponents whose sum :math:`\lambda_1 + \dots + \lambda_j` is not negative [1]_:

    .. math:: D = j + \frac{\lambda_1 + \dots + \lambda_j}{|\lambda_{j+1}|}

    Parameters
    ----------
    exponents : array-like of shape (n_exponents,)
        Exponents in any order and any unit of time, as from :func:`lyapunov_spectrum`; -inf is
        allowed.

    Returns
    -------
    float
        Dimension in [0, n_exponents], 0 for a fixed point. If the sum of all exponents is not
        negative, it is n_exponents, a lower bound if the exponents are part of a spectrum.

    Raises
    ------
    ValueError
        If there is no exponent, or one is NaN or +inf.

    See Also
    --------
    lyapunov_spectrum : The exponents of a fitted model.

    Notes
    -----
    The dimension is sensitive to exponents near 0. A limit cycle has D = 1, but if its largest
    exponent is estimated as slightly negative, D is 0. Check the standard errors that
    :func:`lyapunov_spectrum` gives with ``return_history=True``.

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
