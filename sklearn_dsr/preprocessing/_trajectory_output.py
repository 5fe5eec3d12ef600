"""Give row-wise results of a transformer the form of X: array, frame, list or 3-D array of them."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike
from sklearn.utils._set_output import _wrap_data_with_container
from sklearn.utils.validation import check_is_fitted

from .._data.stored import StoredMixin
from .._data.trajectories import as_trajectories
from .._data.types import Rows


class TrajectoryOutputMixin(StoredMixin):
    """`transform` and `fit_transform` for transformers whose X may be several trajectories.

    scikit-learn wraps a `transform` that stands in a transformer's own body and would put a list of
    trajectories into one frame. Inherited from this plain class, left of TransformerMixin, it is
    not wrapped, and every trajectory is put into its own container here.

    A subclass gives ``_transform(trajectories) -> (rows, kept)``: `rows` of shape
    (n_rows, n_features_out) for all rows, and `kept`, a mask (n_rows,) of the rows to return; or
    ``_transform_of(X, trajectories)``, if it looks at the index of frames.
    """

    def transform(self, X: ArrayLike) -> Rows:
        """Transform every trajectory of X.

        Parameters
        ----------
        X : array-like or DataFrame of shape (n_samples, n_features), list of such, or 3-D array
            Rows in time order; a row that holds a NaN is a gap.

        Returns
        -------
        array or DataFrame of shape (n_samples_out, n_features_out), list of such, or 3-D array
            In the form of X. A 3-D array comes back as a list where its trajectories keep
            different numbers of rows, or where `set_output` asks for frames.

        Raises
        ------
        NotFittedError
            If the transformer is not fitted.
        ValueError
            If X is not a valid set of trajectories or does not suit the fitted transformer.
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
        """Fit to X and transform it.

        Parameters
        ----------
        X : array-like or DataFrame of shape (n_samples, n_features), list of such, or 3-D array
        y : None
            Ignored.

        Returns
        -------
        ndarray or DataFrame, list of such, or 3-D array
            ``fit(X).transform(X)``.
        """
        return self.fit(X, y).transform(X)

    def _contain(self, X, rows, kept):
        """Put the kept rows of one trajectory into the container that set_output asks for."""
        if not np.all(kept):
            rows = rows[kept]
            # The rows of a frame keep their own index values.
            X = X.iloc[kept] if hasattr(X, "iloc") else None
        return _wrap_data_with_container("transform", rows, X, self)
