"""Delay embedding: put past values of a series beside the present ones, never across a gap."""

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

    A row :math:`x_t \in R^d` becomes the delay vector of its m = `n_delays` copies, each
    :math:`\tau` = `lag` rows further in the past, the present one first:

    .. math:: u_t = (x_t, x_{t - \tau}, ..., x_{t - (m - 1) \tau}) \in R^{m d}

    For almost every observed quantity of a system on an attractor of dimension D, the delay vectors
    with m > 2 D trace the attractor out up to a smooth change of coordinates [1]_: so a model can
    be learned where only one quantity was measured. `inverse_transform` takes the present rows.

    By default both numbers are chosen from the data in `fit`, one choice for all columns. Noise
    without dynamics gets m = 1, that is, X as it is: no past row tells its future any better.

    Time and memory: O(n_samples m d); the choices add a second or two, whatever the length.

    Parameters
    ----------
    n_delays : int, "auto", "amplification" or "forecasts", default="auto"
        Number of copies m >= 1, the present one counted.

        - "amplification" is the smallest one whose noise amplification [3]_, the spread of the
          futures of neighbours over up to `lag` rows, no other one lowers by more than a factor of
          1.12 (and sampling noise). It asks for many rows, near which others lie.
        - "forecasts" is the one of 1, 2, 4, ..., 64 whose models by regression, linear or with some
          kinks, forecast rows held apart best, 1 if past rows tell nothing; with ``lag="auto"``
          one row apart: a ridge penalty makes many short lags harmless.
        - "auto" is "amplification"; but of fewer than 5,000 rows, with ``lag="auto"``, it is
          "forecasts" unless a model with kinks on the former's embedding forecasts rows held apart
          better than a linear one on any of the latter's.
    lag : int, "auto" or "autocorrelation", default="auto"
        Rows between two copies, tau >= 1. "auto" is the first minimum of the mutual information of
        :math:`x_t` and :math:`x_{t - \tau}` [2]_, averaged over the columns, where it has one,
        and else as "autocorrelation": the first lag at which the mean autocorrelation of the
        columns is below 1/e. At most a tenth of the longest gap-free piece.
    lags : sequence of int, "pecuzal" or None, default=None
        Unequal ages of the copies in rows, from 0 on and increasing, in place of `n_delays` and
        `lag`. "pecuzal" chooses them [4]_ among the peaks of the continuity statistic, up to four
        times the automatic lag, by the noise amplification.
    max_delays : int or None, default=None
        Largest number of copies that an automatic choice may make. None is 64 for "forecasts", and
        10 for others.
    boundary : {"nan", "drop"}, default="nan"
        What becomes of rows whose past is incomplete, at the start of X and after every gap.
        "nan" keeps them, all NaN, that is, as gaps: rows in and out correspond. "drop" drops them
        and the gaps of X; one row of NaN stays between two gap-free pieces, so that they are not
        taken for one.

    Attributes
    ----------
    lags_ : ndarray of shape (n_delays_,)
        Age of every copy in rows: 0, lag, 2 lag, ...
    n_delays_ : int
        Number of copies m.
    lag_ : int
        Rows between the first two copies, 1 if there is only one copy.
    context_length_ : int
        Rows needed for one delay vector, ``lags_[-1] + 1``.
    autocorrelation_ : ndarray of shape (n_lags + 1,)
        Mean autocorrelation of the columns at the lags 0, 1, ...; empty if nothing was chosen.
    mutual_information_ : ndarray of shape (n_searched,)
        Mutual information in nats at the lags 1, 2, ..., as far as it was searched; empty unless
        `lag` was chosen by it.
    embedding_cost_ : ndarray of shape (n_tried,)
        Logarithm to base 10 of the noise amplification with 1, 2, ... copies, in the order in which
        they were added; empty unless their number was chosen.
    forecast_errors_ : ndarray of shape (n_tried,)
        Errors of forecasts of rows held apart with 1, 2, 4, ... copies, in deviations of a column;
        empty unless their number was chosen by them.
    n_features_in_ : int
        Number of columns d of X in `fit`.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Names of the columns of X in `fit`; only where they are all strings.

    Notes
    -----
    No delay vector crosses a gap, the border of two trajectories or a jump of a frame's index, and
    no pair or neighbourhood of the choices does. A transformer before this one that returns arrays
    hides the index: mark the cuts with rows of NaN, or let it return frames with
    ``set_output(transform="pandas")``.

    The choices look at standardised columns. Rows closer in time than the decay of the
    autocorrelation are no neighbours; long series are sampled, with the same draw at every call.

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
        """Check X and set the lags, as given or as chosen.

        Parameters
        ----------
        X : array-like or DataFrame of shape (n_samples, n_features), list of such, or 3-D array
            Rows in time order, equally spaced; a row that holds a NaN is a gap.
        y : None
            Ignored.

        Returns
        -------
        DelayEmbedding
            The fitted transformer itself.

        Raises
        ------
        TypeError
            If `n_delays`, `lag` or `max_delays` or an entry of `lags` is not an integer.
        ValueError
            If one of them is out of range, `lags` stands beside `n_delays` or `lag`, `boundary` is
            unknown, X is not a valid set of trajectories, or no gap-free piece of X has
            `context_length_` rows.
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
        """Take the present row out of every delay vector.

        Parameters
        ----------
        X : array-like or DataFrame of shape (n_samples, n_delays * n_features_in_), list of such,
            or 3-D array
            Delay vectors.

        Returns
        -------
        ndarray of shape (n_samples, n_features_in_), list of such, or 3-D array
            The first `n_features_in_` columns; a row that holds a NaN keeps the NaN there.

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
                f"{self.n_features_in_} features have {wanted}. Give what transform returned, or "
                "a model's free run in those coordinates."
            )
        return trajectories.like_input(trajectories.values[:, : self.n_features_in_].copy())

    def get_feature_names_out(self, input_features: ArrayLike | None = None) -> NDArray[np.object_]:
        """Names of the columns of the delay vectors: ``x0``, then ``x0_lag10`` and so on.

        Parameters
        ----------
        input_features : array-like of str of shape (n_features_in_,), default=None
            Names of the columns of X; by default `feature_names_in_`, or ``x0``, ``x1``, ...

        Returns
        -------
        ndarray of str objects of shape (n_delays * n_features_in_,)
            The names.

        Raises
        ------
        NotFittedError
            If the transformer is not fitted.
        ValueError
            If `input_features` differ from `feature_names_in_` or are of another number.
        """
        check_is_fitted(self)
        names = _check_feature_names_in(self, input_features)
        ages = ["" if age == 0 else f"_lag{age}" for age in self.lags_]
        return np.asarray([f"{name}{age}" for age in ages for name in names], dtype=object)

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = True  # a row with NaN is a gap
        return tags
