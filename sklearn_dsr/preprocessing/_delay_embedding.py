"""Delay embedding: put past values of a series beside the present ones, never across a gap."""

import numpy as np
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils.validation import _check_feature_names_in, check_is_fitted

from .._trajectories import as_trajectories
from .._validation import check_choice, check_int
from ._trajectory_output import TrajectoryOutputMixin


class DelayEmbedding(TrajectoryOutputMixin, TransformerMixin, BaseEstimator):
    r"""Delay embedding of one or several time series.

    A row :math:`x_t \in R^d` becomes the delay vector of its m = `n_delays` copies, each
    :math:`\tau` = `lag` rows further in the past, the present one first:

    .. math:: u_t = (x_t, x_{t - \tau}, ..., x_{t - (m - 1) \tau}) \in R^{m d}

    For almost every observed quantity of a system on an attractor of dimension D, the delay vectors
    with m > 2 D trace the attractor out up to a smooth change of coordinates [1]_: so a model can
    be learned where only one quantity was measured. `inverse_transform` takes the present rows.

    Time and memory: O(n_samples m d).

    Parameters
    ----------
    n_delays : int, default=3
        Number of copies m >= 1, the present one counted.
    lag : int, default=1
        Rows between two copies, tau >= 1. The first minimum of the mutual information of
        :math:`x_t` and :math:`x_{t - \tau}`, or the first zero of the autocorrelation, is a start.
    boundary : {"nan", "drop"}, default="nan"
        What becomes of rows whose past is incomplete, at the start of X and after every gap.
        "nan" keeps them, all NaN, that is, as gaps: rows in and out correspond. "drop" drops them
        and the gaps of X; one row of NaN stays between two gap-free pieces, so that they are not
        taken for one.

    Attributes
    ----------
    lags_ : ndarray of shape (n_delays,)
        Age of every copy in rows: 0, lag, 2 lag, ...
    context_length_ : int
        Rows needed for one delay vector, ``(n_delays - 1) * lag + 1``.
    n_features_in_ : int
        Number of columns d of X in `fit`.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Names of the columns of X in `fit`; only where they are all strings.

    Notes
    -----
    No delay vector crosses a gap, the border of two trajectories or a jump of a frame's index. A
    transformer before this one that returns arrays hides the index: mark the cuts with rows of NaN,
    or let it return frames with ``set_output(transform="pandas")``.

    References
    ----------
    .. [1] T. Sauer, J. A. Yorke and M. Casdagli (1991). "Embedology". Journal of Statistical
       Physics 65, 579-616.

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
    """

    def __init__(self, n_delays=3, lag=1, *, boundary="nan"):
        self.n_delays = n_delays
        self.lag = lag
        self.boundary = boundary

    def fit(self, X, y=None):
        """Check X and set the lags; nothing else is learned.

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
            If `n_delays` or `lag` is not an integer.
        ValueError
            If one of them is below 1, `boundary` is unknown, X is not a valid set of trajectories,
            or no gap-free piece of X has `context_length_` rows.
        """
        m = check_int(self.n_delays, "n_delays", 1, advice="1 keeps X as it is.")
        tau = check_int(self.lag, "lag", 1, advice="Set n_delays=1 for no past rows.")
        check_choice(self.boundary, "boundary", ("nan", "drop"))
        lags = np.arange(m) * tau
        _check_length(as_trajectories(X), lags)  # before anything is set
        as_trajectories(X, estimator=self, reset=True)
        self.lags_, self.context_length_ = lags, int(lags[-1]) + 1
        return self

    def _transform(self, trajectories):
        _check_length(trajectories, self.lags_)
        values, past = trajectories.values, self.context_length_ - 1
        n, d = values.shape
        rows = np.full((n, d * len(self.lags_)), np.nan)
        kept = np.full(n, self.boundary == "nan")
        piece_before = -1  # the trajectory that the last piece with a delay vector lies in
        for a, b in zip(trajectories.starts, trajectories.stops, strict=True):
            if b - a <= past:
                continue
            for k, age in enumerate(self.lags_):
                rows[a + past : b, k * d : (k + 1) * d] = values[a + past - age : b - age]
            kept[a + past : b] = True
            trajectory = np.searchsorted(trajectories.offsets, a, side="right")
            if trajectory == piece_before:
                kept[a + past - 1] = True  # a row of NaN that parts the two pieces
            piece_before = trajectory
        return rows, kept

    def inverse_transform(self, X):
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

    def get_feature_names_out(self, input_features=None):
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


def _check_length(trajectories, lags):
    needed = lags[-1] + 1
    if trajectories.longest < needed:
        lag = lags[1] - lags[0] if len(lags) > 1 else 1
        most = 1 + max(trajectories.longest - 1, 0) // lag
        raise ValueError(
            f"The longest gap-free piece of X has n_samples={trajectories.longest} rows, but a "
            f"delay vector of {len(lags)} copies {lag} rows apart needs {needed}. Give a longer "
            f"piece, or set n_delays to at most {most} at this lag, or a smaller lag."
        )
