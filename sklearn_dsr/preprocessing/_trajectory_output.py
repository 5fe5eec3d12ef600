"""Transformer results in the form of X: array, DataFrame, list or 3-D array."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike
from sklearn.utils._set_output import _wrap_data_with_container
from sklearn.utils.validation import check_is_fitted

from .._data.stored import StoredMixin
from .._data.trajectories import as_trajectories
from .._data.types import Rows
from .._documentation_link import DocumentationLinkMixin


class TrajectoryOutputMixin(StoredMixin, DocumentationLinkMixin):
    """`transform` and `fit_transform` for transformers whose X may be several trajectories.

    scikit-learn wraps a `transform` that is defined in the body of a transformer, and would put a
    list of trajectories into one DataFrame. It does not wrap a `transform` that is inherited from
    this plain class, left of TransformerMixin. Here each trajectory gets its own container.

    A subclass defines ``_transform(trajectories) -> (rows, kept)``, with all transformed rows
    (n_rows, n_features_out) and a mask (n_rows,) of those to return. If it needs the index of
    DataFrames, it defines ``_transform_of(X, trajectories)`` instead.
    """

    def transform(self, X: ArrayLike) -> Rows:
        """Transform each trajectory of X.

        Parameters
        ----------
        X : array-like or DataFrame of shape (n_samples, n_features), list of such, or 3-D array
            Rows in the form that :meth:`fit` takes.

        Returns
        -------
        array or DataFrame of shape (n_samples_out, n_features_out), list of such, or 3-D array
            Transformed rows in the form of X. A 3-D array becomes a list if its trajectories keep
            different numbers of rows, or if `set_output` asks for DataFrames.

        Raises
        ------
        NotFittedError
            If the transformer is not fitted.
        ValueError
            If X is not valid, has other columns than in :meth:`fit`, or is too short.
        """
        check_is_fitted(self)
        trajectories = as_trajectories(X, estimator=self)
        rows, kept = self._transform_of(X, trajectories)
        if trajectories.kind == "array":
            return self._contain(X, rows, kept)
        ends = zip(trajectories.offsets[:-1], trajectories.offsets[1:], strict=True)
        parts = [self._contain(X[k], rows[a:b], kept[a:b]) for k, (a, b) in enumerate(ends)]
        alike = all(isinstance(p, np.ndarray) and len(p) == len(parts[0]) for p in parts)
        return np.stack(parts) if trajectories.kind == "stack" and alike else parts

    def _transform_of(self, X, trajectories):
        return self._transform(trajectories)

    def fit_transform(self, X: ArrayLike, y: object = None) -> Rows:
        """Fit to X, then transform it.

        Parameters
        ----------
        X : array-like or DataFrame of shape (n_samples, n_features), list of such, or 3-D array
            Rows in the form that :meth:`fit` takes.
        y : None
            Ignored.

        Returns
        -------
        array or DataFrame of shape (n_samples_out, n_features_out), list of such, or 3-D array
            Result of ``fit(X).transform(X)``.
        """
        return self.fit(X, y).transform(X)

    def _contain(self, X, rows, kept):
        """Kept rows of one trajectory, in the container that set_output asks for."""
        if not np.all(kept):
            rows = rows[kept]
            # The rows of a DataFrame keep their index values.
            X = X.iloc[kept] if hasattr(X, "iloc") else None
        return _wrap_data_with_container("transform", rows, X, self)
