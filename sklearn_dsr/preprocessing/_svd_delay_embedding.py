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
    all windows without a gap are the rows of a Hankel matrix; of this matrix, centred, the first r
    right singular vectors :math:`C \in R^{r \times m d}` give the coordinates (Broomhead and King
    [1]_)

    .. math:: v_t = C (u_t - \bar u) \in R^r

    A long window of closely spaced rows averages noise out: where the data are noisy, these
    coordinates are smoother than single delays.

    Time O(n_samples (m d)^2) in `fit`, O(n_samples m d r) in `transform`; memory O((m d)^2).

    Parameters
    ----------
    n_delays : int or "auto", default="auto"
        Rows m >= 1 of the window, the present one counted. "auto" spans as many rows as the
        noise amplification asks for; see :class:`DelayEmbedding`.
    n_components : int or float, default=0.99
        Number of coordinates r, from 1 to m d. A float in (0, 1) takes as few as explain this share
        of the variance.
    lag : int, default=1
        Rows between two rows of the window, tau >= 1.
    boundary : {"nan", "drop"}, default="nan"
        What becomes of rows whose window is incomplete; see :class:`DelayEmbedding`.

    Attributes
    ----------
    components_ : ndarray of shape (n_components_, n_delays_ * n_features_in_)
        Orthonormal directions C. The entry of largest absolute value in each is positive.
    mean_ : ndarray of shape (n_delays_ * n_features_in_,)
        Mean of the delay vectors.
    explained_variance_ratio_ : ndarray of shape (n_components_,)
        Share of each coordinate in the variance of the delay vectors.
    singular_values_ : ndarray of shape (n_components_,)
        Singular values of the centred Hankel matrix.
    n_components_ : int
        Number of coordinates r.
    n_delays_, lag_ : int
        Rows of the window, and rows between them.
    lags_ : ndarray of shape (n_delays_,)
        Age of every row of the window.
    context_length_ : int
        Rows needed for one window, ``lags_[-1] + 1``.
    n_features_in_ : int
        Number of columns d of X in `fit`.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Names of the columns of X in `fit`; only where they are all strings.

    Notes
    -----
    Columns count by their variance: bring them to one scale first, as with StandardScaler. The
    coordinates have unequal variances, the later ones small: a reconstructor that scales each
    column to variance 1 weighs them alike. Singular values below 1e-8 of the largest are rounding,
    as they are computed from the covariance matrix.

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
        """Find the principal directions of all windows of X.

        Parameters
        ----------
        X : array-like or DataFrame of shape (n_samples, n_features), list of such, or 3-D array
            Rows in time order, equally spaced; a row that holds a NaN is a gap.
        y : None
            Ignored.

        Returns
        -------
        SVDDelayEmbedding
            The fitted transformer itself.

        Raises
        ------
        TypeError
            If a setting is of the wrong type.
        ValueError
            If a setting is out of its range, X is not a valid set of trajectories, or no gap-free
            piece of X has `context_length_` rows.
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
        # In C order, as a pickled copy has it: sums depend on the order in the last bit.
        self.components_ = np.ascontiguousarray(directions[:r])
        self.explained_variance_ratio_ = ratio[:r]
        self.singular_values_ = np.sqrt(squares[:r])
        return self

    def _check_n_components(self, high=None):
        if isinstance(self.n_components, Integral):
            check_int(
                self.n_components, "n_components", 1, high,
                "At most as many as a window has values: n_delays times the columns of X.",
            )  # fmt: skip
            return
        check_real(self.n_components, "n_components", TINY, advice="Give a share, as 0.99.")
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
        r"""Present rows from the coordinates, by least squares.

        .. math:: \hat x_t = \bar u_{1..d} + C_{:, 1..d}^T v_t

        Of all linear maps of the coordinates it has the smallest mean squared error over the rows
        of `fit`, and the error is 0 if `n_components` is that of a whole window.

        Parameters
        ----------
        X : array-like or DataFrame of shape (n_samples, n_components_), list of such, or 3-D array
            Coordinates.

        Returns
        -------
        ndarray of shape (n_samples, n_features_in_), list of such, or 3-D array
            A row that holds a NaN gives NaN.

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
                f"X has {width} columns, but there are {self.n_components_} components. Give what "
                "transform returned, or a model's free run in those coordinates."
            )
        return trajectories.like_input(
            trajectories.values @ self.components_[:, :d] + self.mean_[:d]
        )

    @property
    def _n_features_out(self):
        return self.n_components_

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = True  # a row with NaN is a gap
        return tags
