"""Warnings of the package; errors are plain ValueError and TypeError with advice."""

from sklearn.exceptions import ConvergenceWarning

__all__ = ["DataWarning", "ReconstructionWarning"]


class ReconstructionWarning(ConvergenceWarning):
    """The fitted model's free run is not the data's: the message says how, and what to try.

    A subclass of :class:`sklearn.exceptions.ConvergenceWarning`, so that filters set for
    scikit-learn's estimators apply.
    """


class DataWarning(UserWarning):
    """The data cannot tell what is asked of them: the message says why, and what to try."""
