"""Delay embedding: past rows of a series next to the present one, never across a gap."""

from __future__ import annotations

from typing import Literal, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils.validation import _check_feature_names_in, check_is_fitted

from .._data.shape import warn_of_shape
from .._data.target import check_no_target
from .._data.trajectories import as_trajectories
from .._data.types import Rows
from .._data.validation import check_choice
from ._choice import check_delay_settings, check_lags, choose_lags
from ._trajectory_output import TrajectoryOutputMixin
from ._windows import check_length, complete_spans, delay_vectors, kept_rows


class DelayEmbedding(TrajectoryOutputMixin, TransformerMixin, BaseEstimator):
    r"""Delay embedding of one or several time series.

    The delay vector of a row :math:`x_t \in R^d` holds m = `n_delays` copies of X, each
    :math:`\tau` = `lag` rows older than the one before:

    .. math:: u_t = (x_t, x_{t - \tau}, ..., x_{t - (m - 1) \tau}) \in R^{m d}

    If m is larger than twice the dimension of the attractor, then for almost every measured
    quantity the delay vectors trace out the attractor up to a smooth change of coordinates [1]_.
    So a model can be fitted even if only one quantity was measured.

    By default :meth:`fit` chooses both numbers from the data, the same for all columns. Noise
    without dynamics gets m = 1, which leaves X as it is. No delay vector crosses a gap, the border
    of two trajectories or a jump of a DataFrame's index.

    Parameters
    ----------
    n_delays : int, "auto", "amplification" or "forecasts", default="auto"
        Number m of copies, at least 1, the present row included.

        - "amplification": the smallest m whose noise amplification [3]_ is lowest up to a factor of
          1.12 and sampling noise. The noise amplification is the spread of the futures of
          neighbouring delay vectors. This choice needs many rows.
        - "forecasts": the m among 1, 2, 4, ..., 64 with the best forecasts of held-out rows by a
          linear or piecewise-linear regression, or 1 if past rows do not help. ``lag="auto"`` means
          1 here.
        - "auto": "amplification" from 5000 rows on. With fewer rows and ``lag="auto"`` it compares
          both choices on held-out rows. It is "forecasts" unless a piecewise-linear regression
          with the embedding of "amplification" beats all linear ones.
    lag : int, "auto" or "autocorrelation", default="auto"
        Rows :math:`\tau` between two copies, at least 1. "auto" is the first minimum of the mutual
        information of :math:`x_t` and :math:`x_{t - \tau}` [2]_, averaged over the columns.
        Without a minimum it is "autocorrelation": the first lag with a mean autocorrelation
        below 1/e. Automatic lags are at most a tenth of the longest gap-free piece.
    lags : sequence of int, "pecuzal" or None, default=None
        Ages of the copies in rows, 0 first and increasing, in place of `n_delays` and `lag`.
        "pecuzal" chooses them [4]_ among the peaks of the continuity statistic, up to four times
        the automatic lag, by the noise amplification.
    max_delays : int or None, default=None
        Largest number of copies, at least 1, that an automatic choice may make. None is 64 for
        "forecasts" and 10 for the others.
    boundary : {"nan", "drop"}, default="nan"
        Treatment of rows without a complete past, at the start of X and after each gap. "nan"
        returns rows of NaN, so rows in and out correspond. "drop" leaves them and the gaps of X
        out, and keeps one row of NaN between two gap-free pieces.

    Attributes
    ----------
    lags_ : ndarray of shape (`n_delays_`,)
        Age of each copy in rows: 0, lag, 2 lag, ...
    n_delays_ : int
        Number m of copies.
    lag_ : int
        Rows between the first two copies; 1 if there is only one copy.
    context_length_ : int
        Rows needed for one delay vector, ``lags_[-1] + 1``.
    autocorrelation_ : ndarray of shape (n_lags + 1,)
        Mean autocorrelation of the columns at the lags 0, 1, ... Empty if nothing was chosen.
    mutual_information_ : ndarray of shape (n_searched,)
        Mutual information in nats at the lags 1, 2, ... that were searched. Empty unless it was
        used.
    embedding_cost_ : ndarray of shape (n_tried,)
        Decimal logarithm of the noise amplification with 1, 2, ... copies, in the order in which
        they were added. Empty unless it was used.
    forecast_errors_ : ndarray of shape (n_tried,)
        Errors of the forecasts of held-out rows with 1, 2, 4, ... copies, in standard deviations.
        Empty unless they were used.
    n_features_in_ : int
        Number of columns d of X in :meth:`fit`.
    feature_names_in_ : ndarray of shape (`n_features_in_`,)
        Names of the columns. Exists if all names in X are strings.

    See Also
    --------
    SVDDelayEmbedding : Principal components of delay vectors, for noisy data.
    sklearn_dsr.pipeline.make_reconstruction_pipeline : Puts an embedding in front of a
        reconstructor.

    Notes
    -----
    A transformer in front that returns arrays hides the index of a DataFrame. Mark its jumps by
    rows of NaN, let it return DataFrames with ``set_output(transform="pandas")``, or use a
    :class:`~sklearn_dsr.pipeline.ReconstructionPipeline`.

    The choices use standardised columns. Rows closer in time than the decay of the autocorrelation
    do not count as neighbours. Long series are sampled with a fixed seed.

    **Cost.** O(n_samples m d) time and memory; the choices add a second or two, whatever the
    length. See :doc:`/guide/embedding`.

    References
    ----------
    .. [1] T. Sauer, J. A. Yorke and M. Casdagli (1991). "Embedology". Journal of Statistical
       Physics 65, 579-616.
    .. [2] A. M. Fraser and H. L. Swinney (1986). "Independent coordinates for strange attractors
       from mutual information". Physical Review A 33, 1134-1140.
    .. [3] L. C. Uzal, G. L. Grinblat and P. F. Verdes (2011). "Optimal reconstruction of dynamical
       systems: a noise amplification approach". Physical Review E 84, 016223.
    .. [4] K. H. Kraemer et al. (2021). "A unified and automated approach to attractor
       reconstruction". New Journal of Physics 23, 033017.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_dsr.preprocessing import DelayEmbedding
    >>> X = np.arange(5.0)[:, np.newaxis]
    >>> embedding = DelayEmbedding(n_delays=2, lag=2)
    >>> embedding.fit_transform(X)
    array([[nan, nan],
           [nan, nan],
           [ 2.,  0.],
           [ 3.,  1.],
           [ 4.,  2.]])
    >>> embedding.get_feature_names_out()
    array(['x0', 'x0_lag2'], dtype=object)

    One column of a chaotic system in three dimensions:

    >>> from sklearn_dsr.datasets import make_lorenz63
    >>> X = make_lorenz63(10_000, random_state=0)[:, :1]
    >>> DelayEmbedding().fit(X).n_delays_
    3
    """

    def __init__(
        self,
        n_delays: int | Literal["auto"] = "auto",
        lag: int | Literal["auto"] = "auto",
        *,
        lags: ArrayLike | None = None,
        max_delays: int | None = None,
        boundary: Literal["nan", "drop"] = "nan",
    ) -> None:
        self.n_delays = n_delays
        self.lag = lag
        self.lags = lags
        self.max_delays = max_delays
        self.boundary = boundary

    def fit(self, X: ArrayLike, y: object = None) -> Self:
        """Set the lags, as given or as chosen from X.

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
            If `n_delays`, `lag`, `max_delays` or an entry of `lags` has a wrong type.
        ValueError
            If a parameter is out of its range, `lags` is given together with `n_delays` or `lag`,
            X is not valid, or no gap-free piece of X has `context_length_` rows.

        Warns
        -----
        DataWarning
            If X has more columns than rows.
        """
        check_no_target(y)
        check_delay_settings(self.n_delays, self.lag, self.max_delays)
        if self.lags is not None:
            check_lags(self.lags, self.n_delays, self.lag)
        check_choice(self.boundary, "boundary", ("nan", "drop"))
        trajectories = as_trajectories(X)
        warn_of_shape(trajectories)
        choice = choose_lags(trajectories, self.n_delays, self.lag, self.max_delays, self.lags)
        check_length(trajectories, choice.lags)  # before anything is set
        as_trajectories(X, estimator=self, reset=True)
        self.lags_, self.n_delays_ = choice.lags, len(choice.lags)
        self.lag_ = int(choice.lags[1]) if self.n_delays_ > 1 else 1
        self.context_length_ = int(choice.lags[-1]) + 1
        self.autocorrelation_ = choice.autocorrelation
        self.mutual_information_ = choice.mutual_information
        self.embedding_cost_ = choice.cost
        self.forecast_errors_ = choice.forecast_errors
        return self

    def _transform(self, trajectories):
        check_length(trajectories, self.lags_)
        values, past = trajectories.values, self.context_length_ - 1
        rows = np.full((len(values), values.shape[1] * len(self.lags_)), np.nan)
        for a, b in complete_spans(trajectories, past):
            rows[a:b] = delay_vectors(values, np.arange(a, b), self.lags_)
        return rows, kept_rows(trajectories, past, self.boundary)

    def inverse_transform(self, X: ArrayLike) -> Rows:
        """Return the present row of each delay vector.

        Parameters
        ----------
        X : array-like or DataFrame of shape (n_samples, `n_delays_` * `n_features_in_`), list of \
such, or 3-D array
            Delay vectors.

        Returns
        -------
        ndarray of shape (n_samples, `n_features_in_`), list of such, or 3-D array
            First `n_features_in_` columns of X.

        Raises
        ------
        NotFittedError
            If the transformer is not fitted.
        ValueError
            If X has another number of columns.
        """
        check_is_fitted(self)
        trajectories = as_trajectories(X)
        width, wanted = trajectories.values.shape[1], self.n_features_in_ * len(self.lags_)
        if width != wanted:
            raise ValueError(
                f"X has {width} columns, but delay vectors of {len(self.lags_)} copies of "
                f"{self.n_features_in_} features have {wanted}. Give the result of transform, or a "
                "free run in those coordinates."
            )
        return trajectories.like_input(trajectories.values[:, : self.n_features_in_].copy())

    def get_feature_names_out(self, input_features: ArrayLike | None = None) -> NDArray[np.object_]:
        """Return the names of the columns of the delay vectors: ``x0``, ``x0_lag10``, ...

        Parameters
        ----------
        input_features : array-like of str of shape (`n_features_in_`,), default=None
            Names of the columns of X. None takes `feature_names_in_`, or ``x0``, ``x1``, ...

        Returns
        -------
        ndarray of str objects of shape (`n_delays_` * `n_features_in_`,)
            Names of the columns.

        Raises
        ------
        NotFittedError
            If the transformer is not fitted.
        ValueError
            If `input_features` differ from `feature_names_in_`, or their number is wrong.
        """
        check_is_fitted(self)
        names = _check_feature_names_in(self, input_features)
        ages = ["" if age == 0 else f"_lag{age}" for age in self.lags_]
        return np.asarray([f"{name}{age}" for age in ages for name in names], dtype=object)

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = True  # a row that holds a NaN is a gap
        return tags
