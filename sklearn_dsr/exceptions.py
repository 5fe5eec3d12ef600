"""Warnings of the package. Its errors are plain ValueError and TypeError."""

from sklearn.exceptions import ConvergenceWarning

__all__ = ["DataWarning", "ReconstructionWarning"]


class ReconstructionWarning(ConvergenceWarning):
    """Warning about a fitted model whose free run does not look like the data.

    The message says what the free run does and what to try. The class is a subclass of
    :class:`sklearn.exceptions.ConvergenceWarning`, so filters for scikit-learn's estimators apply.

    See Also
    --------
    DataWarning : Warning about the data.

    Examples
    --------
    >>> import warnings
    >>> from sklearn_dsr import ShallowPLRNNReconstructor
    >>> from sklearn_dsr.datasets import make_lorenz63
    >>> from sklearn_dsr.exceptions import ReconstructionWarning
    >>> X = make_lorenz63(300, random_state=0)
    >>> with warnings.catch_warnings():
    ...     warnings.simplefilter("ignore", ReconstructionWarning)
    ...     model = ShallowPLRNNReconstructor(20, stages="start", random_state=0).fit(X)
    """


class DataWarning(UserWarning):
    """Warning about data that do not suit a fit or a score.

    The message says what is wrong with the data and what to try.

    See Also
    --------
    ReconstructionWarning : Warning about a fitted model.

    Examples
    --------
    >>> import warnings
    >>> import numpy as np
    >>> from sklearn_dsr.exceptions import DataWarning
    >>> from sklearn_dsr.preprocessing import DelayEmbedding
    >>> with warnings.catch_warnings(record=True) as caught:
    ...     warnings.simplefilter("always", DataWarning)
    ...     embedding = DelayEmbedding(1, 1).fit(np.arange(30).reshape(3, 10))
    >>> caught[0].category.__name__
    'DataWarning'
    """
