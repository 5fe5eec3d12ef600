"""Warnings of the package; errors are plain ValueError and TypeError with advice."""

from sklearn.exceptions import ConvergenceWarning

__all__ = ["DataWarning", "ReconstructionWarning"]


class ReconstructionWarning(ConvergenceWarning):
    """The fitted model's free run is not the data's: the message says how, and what to try.

    A subclass of :class:`sklearn.exceptions.ConvergenceWarning`, so that filters set for
    scikit-learn's estimators apply.

    Examples
    --------
    >>> import warnings
    >>> from sklearn_dsr import ShallowPLRNNReconstructor
    >>> from sklearn_dsr.datasets import make_lorenz63
    >>> from sklearn_dsr.exceptions import ReconstructionWarning
    >>> X = make_lorenz63(300, random_state=0)
    >>> model = ShallowPLRNNReconstructor(max_iter=2, start="random", random_state=0)
    >>> with warnings.catch_warnings():  # this model is to be trained on later
    ...     warnings.simplefilter("ignore", ReconstructionWarning)
    ...     model = model.fit(X)
    """


class DataWarning(UserWarning):
    """The data cannot tell what is asked of them: the message says why, and what to try.

    Examples
    --------
    >>> import warnings
    >>> from sklearn_dsr.datasets import make_lorenz63
    >>> from sklearn_dsr.exceptions import DataWarning
    >>> from sklearn_dsr.preprocessing import DelayEmbedding
    >>> X = make_lorenz63(300, random_state=0)
    >>> with warnings.catch_warnings(record=True) as caught:
    ...     warnings.simplefilter("always", DataWarning)
    ...     embedding = DelayEmbedding(2, lag=1).fit(X.T)  # time must run down the rows
    >>> [warning.category.__name__ for warning in caught]
    ['DataWarning']
    """
