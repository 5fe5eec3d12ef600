"""Principal components of delay vectors: singular spectrum of the Hankel matrix."""

from __future__ import annotations

from numbers import Integral
from typing import Literal, Self

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import BaseEstimator, ClassNamePrefixFeaturesOutMixin, TransformerMixin
from sklearn.utils.validation import check_is_fitted

from .._data.shape import warn_of_shape
from .._data.target import check_no_target
from .._data.trajectories import as_trajectories
from .._data.types import Rows
from .._data.validation import TINY, check_choice, check_int, check_real
from ._choice import check_delay_settings, choose_lags
from ._principal_directions import principal_directions
from ._trajectory_output import TrajectoryOutputMixin
from ._windows import check_length, complete_spans, kept_rows


class SVDDelayEmbedding(
    ClassNamePrefixFeaturesOutMixin, TrajectoryOutputMixin, TransformerMixin, BaseEstimator
):
    r"""Delay embedding in the principal directions of a window of past rows.

    The delay vectors :math:`u_t = (x_t, x_{t - \tau}, ..., x_{t - (m - 1) \tau}) \in R^{m d}` of
    all gap-free windows form the rows of a Hankel matrix. The coordinates [1]_ are

    .. math:: v_t = C (u_t - \bar u) \in R^r

    with the mean :math:`\bar u` and the first r right singular vectors
    :math:`C \in R^{r \times m d}` of the centred matrix. A long window averages noise out, so these
    coordinates are smoother than single delays if the data are noisy.

    Parameters
    ----------
    n_delays : int or "auto", default="auto"
        Rows m of the window, at least 1, the present one included. "auto" spans the same rows as
        :class:`DelayEmbedding` with ``n_delays="amplification"``.
    n_components : int or float, default=0.99
        Number r of coordinates, in [1, m d]. A float in (0, 1) takes the fewest coordinates that
        explain this share of the variance.
    lag : int, default=1
        Rows :math:`\tau` between two rows of the window, at least 1.
    boundary : {"nan", "drop"}, default="nan"
        Treatment of rows without a complete window, see :class:`DelayEmbedding`.

    Attributes
    ----------
    components_ : ndarray of shape (`n_components_`, `n_delays_` * `n_features_in_`)
        Orthonormal directions C. In each, the entry with the largest absolute value is positive.
    mean_ : ndarray of shape (`n_delays_` * `n_features_in_`,)
        Mean of the delay vectors.
    explained_variance_ratio_ : ndarray of shape (`n_components_`,)
        Share of the variance of the delay vectors that each coordinate explains.
    singular_values_ : ndarray of shape (`n_components_`,)
        Singular values of the centred Hankel matrix.
    n_components_ : int
        Number r of coordinates.
    n_delays_, lag_ : int
        Number of rows of the window, and their distance in rows of X.
    lags_ : ndarray of shape (`n_delays_`,)
        Age of each row of the window.
    context_length_ : int
        Rows needed for one window, ``lags_[-1] + 1``.
    n_features_in_ : int
        Number of columns d of X in :meth:`fit`.
    feature_names_in_ : ndarray of shape (`n_features_in_`,)
        Names of the columns. Exists if all names in X are strings.

    See Also
    --------
    DelayEmbedding : Single delays, chosen from the data.

    Notes
    -----
    Columns count by their variance. Scale them first if their units differ, for example with
    :class:`~sklearn.preprocessing.StandardScaler`. The later coordinates have small variances. A
    reconstructor gives all of them the same weight unless ``standardize="common"``.

    Singular values below 1e-8 of the largest are rounding errors, because they are computed from
    the covariance matrix.

    **Cost.** :meth:`fit` takes O(n_samples (m d)^2) time and O((m d)^2) memory, :meth:`transform`
    O(n_samples m d r) time.

    References
    ----------
    .. [1] D. S. Broomhead and G. P. King (1986). "Extracting qualitative dynamics from experimental
       data". Physica D 20, 217-236.

    Examples
    --------
    >>> from sklearn_dsr.datasets import make_lorenz63
    >>> from sklearn_dsr.preprocessing import SVDDelayEmbedding
    >>> X = make_lorenz63(5000, random_state=0)[:, :1]
    >>> embedding = SVDDelayEmbedding(n_delays=20, n_components=3).fit(X)
    >>> embedding.transform(X).shape
    (5000, 3)
    >>> embedding.context_length_
    20
    """

    def __init__(
        self,
        n_delays: int | Literal["auto"] = "auto",
        n_components: int | float = 0.99,
        *,
        lag: int = 1,
        boundary: Literal["nan", "drop"] = "nan",
    ) -> None:
        self.n_delays = n_delays
        self.n_components = n_components
        self.lag = lag
        self.boundary = boundary

    def fit(self, X: ArrayLike, y: object = None) -> Self:
        """Compute the principal directions of all windows of X.

        Parameters
        ----------
        X : array-like or DataFrame of shape (n_samples, n_features), list of such, or 3-D array
            One or several trajectories. Rows are in time order and equally spaced. A row that holds
            a NaN is a gap.
        y : None
            Ignored.

        Returns
        -------
        self : object
            Fitted transformer.

        Raises
        ------
        TypeError
            If a parameter has a wrong type.
        ValueError
            If a parameter is out of its range, X is not valid, or no gap-free piece of X has
            `context_length_` rows.

        Warns
        -----
        DataWarning
            If X has more columns than rows.
        """
        check_no_target(y)
        check_delay_settings(self.n_delays, self.lag, 1, ways=("auto",))
        check_int(self.lag, "lag", 1, advice="1 takes every row of the window.")
        check_choice(self.boundary, "boundary", ("nan", "drop"))
        self._check_n_components()
        trajectories = as_trajectories(X)
        warn_of_shape(trajectories)
        m = self.n_delays
        if m == "auto":
            m = (
                int(choose_lags(trajectories, "amplification", "auto", None).lags[-1]) // self.lag
                + 1
            )
        lags = np.arange(m) * self.lag
        check_length(trajectories, lags)
        width = m * trajectories.values.shape[1]
        self._check_n_components(width)  # before anything is set
        as_trajectories(X, estimator=self, reset=True)
        self.lags_, self.n_delays_, self.lag_ = lags, int(m), int(self.lag)
        self.context_length_ = int(lags[-1]) + 1
        self.mean_, directions, squares = principal_directions(trajectories, lags)
        ratio = squares / max(squares.sum(), TINY)
        r = self.n_components
        if not isinstance(r, Integral):
            r = min(int(np.searchsorted(np.cumsum(ratio), r)) + 1, width)
        self.n_components_ = int(r)
        # A pickled copy is in C order, and the last bit of a sum depends on the order.
        self.components_ = np.ascontiguousarray(directions[:r])
        self.explained_variance_ratio_ = ratio[:r]
        self.singular_values_ = np.sqrt(squares[:r])
        return self

    def _check_n_components(self, high=None):
        if isinstance(self.n_components, Integral):
            check_int(
                self.n_components, "n_components", 1, high,
                "Give at most the values of a window, n_delays times the columns of X.",
            )  # fmt: skip
            return
        check_real(self.n_components, "n_components", TINY, advice="Give a share such as 0.99.")
        if self.n_components >= 1:
            raise ValueError(
                f"n_components must be an integer or a share of the variance below 1; got "
                f"{self.n_components!r}. Set n_components=0.99, for instance."
            )

    def _transform(self, trajectories):
        check_length(trajectories, self.lags_)
        values, past = trajectories.values, self.context_length_ - 1
        rows = np.full((len(values), self.n_components_), np.nan)
        d = values.shape[1]
        for a, b in complete_spans(trajectories, past):
            rows[a:b] = 0.0
            for k, age in enumerate(self.lags_):
                part = slice(k * d, (k + 1) * d)
                shifted = values[a - age : b - age] - self.mean_[part]
                rows[a:b] += shifted @ self.components_[:, part].T
        return rows, kept_rows(trajectories, past, self.boundary)

    def inverse_transform(self, X: ArrayLike) -> Rows:
        r"""Estimate the present row from the coordinates, by least squares.

        .. math:: \hat x_t = \bar u_{1..d} + C_{:, 1..d}^T v_t

        No linear map of the coordinates has a smaller mean squared error on the rows of
        :meth:`fit`. The error is 0 if ``n_components_`` is m d.

        Parameters
        ----------
        X : array-like of shape (n_samples, `n_components_`), list of such, or 3-D array
            Coordinates, as an array or a DataFrame.

        Returns
        -------
        ndarray of shape (n_samples, `n_features_in_`), list of such, or 3-D array
            Estimated rows. A row that holds a NaN gives NaN.

        Raises
        ------
        NotFittedError
            If the transformer is not fitted.
        ValueError
            If X has another number of columns.
        """
        check_is_fitted(self)
        trajectories = as_trajectories(X)
        width, d = trajectories.values.shape[1], self.n_features_in_
        if width != self.n_components_:
            raise ValueError(
                f"X has {width} columns, but there are {self.n_components_} components. Give the "
                "result of transform, or a free run in those coordinates."
            )
        return trajectories.like_input(
            trajectories.values @ self.components_[:, :d] + self.mean_[:d]
        )

    @property
    def _n_features_out(self):
        return self.n_components_

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = True  # a row that holds a NaN is a gap
        return tags
