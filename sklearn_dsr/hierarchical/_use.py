"""Features of trajectories, and the plain model of given features."""

from __future__ import annotations

from dataclasses import asdict

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils._set_output import _get_output_config
from sklearn.utils.validation import check_is_fitted

from .._data.stored import StoredMixin
from .._data.types import Rows
from .._documentation_link import DocumentationLinkMixin
from ..reconstruction import ShallowPLRNNReconstructor
from ._checks import check_steps
from ._data import Cohort
from ._family import Family
from ._features import estimate
from ._subjects import read_subjects

# Attributes that the plain model of a subject has from the cohort.
_OF_ALL = (
    "mean_",
    "scale_",
    "data_range_",
    "latent_dim_",
    "hidden_dim_",
    "n_inputs_",
    "sequence_length_",
    "process_noise_",
    "observation_noise_",
    "forecast_spread_",
    "held_out_errors_",
    "seed_",
)


def model_attributes(family):
    """Arrays of a family as fitted attributes, by name."""
    parts = family.parts()
    selected = {f"{name}_": np.stack([part[name] for part in parts]) for name in parts[0]}
    return selected | {
        "W2_": family.W2,
        "h2_": family.h2,
        "latent_dim_": family.latent_dim,
        "hidden_dim_": len(family.h2),
    }


class FeatureTransformer(TransformerMixin, StoredMixin, DocumentationLinkMixin, BaseEstimator):
    """Features of trajectories, and the plain model of given features."""

    def __sklearn_is_fitted__(self):
        return hasattr(self, "outcome_")

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = True  # a row that holds a NaN is a gap
        return tags

    def _family(self):
        """Family of the fitted arrays."""
        names = [name for name in ("A", "W1", "C", "h1") if hasattr(self, f"{name}_")]
        arrays = {name: getattr(self, f"{name}_") for name in names}
        parts = [{name: array[a] for name, array in arrays.items()} for a in range(len(self.A_))]
        return Family.from_parts(parts, self.W2_, self.h2_)

    def _cohort(self, subjects):
        """Standardised rows and parameters of subjects."""
        rows = [
            own.with_values((own.values - self.mean_) / self.scale_)
            for own in subjects.trajectories
        ]
        known = (subjects.parameters - self.parameter_mean_) / self.parameter_scale_
        return Cohort(rows, known, self.n_inputs_, self.n_jobs)

    def transform(self, X: ArrayLike) -> Rows:
        """Estimate the features of trajectories, with the shared arrays fixed.

        Each subject counts by itself: its features explain its own steps best. If the fit has found
        noise, the rows are smoothed along the model, in turns with the regression.

        Parameters
        ----------
        X : list of array-like or DataFrame of shape (n_samples, n_features), or 3-D array
            Trajectories in the form that :meth:`fit` takes. A 2-D array is one trajectory.

        Returns
        -------
        ndarray or DataFrame of shape (n_subjects, n_parameters + k)
            Control parameters in the units of X, and the learned features.

        Raises
        ------
        NotFittedError
            If the estimator is not fitted.
        ValueError
            If X is not valid, has other columns than in :meth:`fit`, or a control parameter varies
            along a trajectory. If features are learned, and a trajectory has no two consecutive
            rows without NaN.
        """
        check_is_fitted(self)
        subjects = read_subjects(X, self)
        if self.subject_features_.shape[1] > subjects.parameters.shape[1]:
            check_steps(subjects)
        learned = estimate(self._cohort(subjects), self._family(), noisy=self.noisy_)
        found = np.concatenate([subjects.parameters, learned], axis=1)
        if _get_output_config("transform", self)["dense"] != "pandas":
            return found
        import pandas as pd  # asked for by set_output

        return pd.DataFrame(found, subjects.names, self.get_feature_names_out())

    def fit_transform(self, X: ArrayLike, y: object = None) -> Rows:
        """Fit to X, and return its features.

        Parameters
        ----------
        X, y : array-like, object
            As in :meth:`fit`.

        Returns
        -------
        ndarray or DataFrame of shape (n_subjects, n_parameters + k)
            Result of ``fit(X).transform(X)``, which is `subject_features_`.
        """
        return self.fit(X, y).transform(X)

    def get_feature_names_out(self, input_features: ArrayLike | None = None) -> np.ndarray:
        """Return the names of the columns that :meth:`transform` returns.

        Parameters
        ----------
        input_features : array-like of str or None, default=None
            Ignored: names are those in :meth:`fit`.

        Returns
        -------
        ndarray of str objects of shape (n_parameters + k,)
            Names of the control parameters, and "subject_feature0" and so on.

        Raises
        ------
        NotFittedError
            If the estimator is not fitted.
        """
        check_is_fitted(self)
        n, p = self.n_features_in_, len(self.parameter_mean_)
        names = getattr(self, "feature_names_in_", [f"x{i}" for i in range(n)])
        k = self.subject_features_.shape[1] - p
        own = [f"subject_feature{a}" for a in range(k)]
        return np.array([*names[n - p :], *own], dtype=object)

    def reconstructor(self, features: ArrayLike) -> ShallowPLRNNReconstructor:
        """Return the plain model of some features, for analyses, displays and pipelines.

        Parameters
        ----------
        features : array-like of shape (n_parameters + k,)
            Control parameters in the units of X, and learned features, as in a row of
            `subject_features_`. Values between those of the subjects interpolate, values beyond
            them extrapolate.

        Returns
        -------
        ShallowPLRNNReconstructor
            Fitted model of X without the columns of control parameters. Its `initial_row_` and
            `outcome_` are those of the nearest subject, its `data_range_` and noise those of all.
            If the nearest subject was not judged, `outcome_` is that of all.

        Raises
        ------
        NotFittedError
            If the estimator is not fitted.
        ValueError
            If there are not as many features as columns in `subject_features_`, or one is not
            finite.
        """
        check_is_fitted(self)
        (features,) = self._checked_features(features, 1)
        family, width = self._family(), len(self.mean_)
        scaled = self._scaled(features)
        distances = np.sum((self._scaled(self.subject_features_) - scaled) ** 2, axis=1)
        nearest = int(np.argmin(distances))
        attributes = {f"{name}_": value for name, value in family.arrays(scaled).items()}
        attributes |= {name: getattr(self, name) for name in _OF_ALL}
        attributes |= {
            "architecture_": asdict(family.parametrization),
            "initial_row_": self.initial_rows_[nearest],
            "outcome_": self.outcomes_.get(self.subjects_[nearest], self.outcome_),
            "driven_": False,
            "n_features_in_": width,
        }
        if hasattr(self, "feature_names_in_"):
            attributes["feature_names_in_"] = self.feature_names_in_[:width]
        shared = {name: getattr(self, name) for name in ("standardize", "dt", "n_jobs")}
        shared |= {"n_inputs": self.n_inputs_, "clipped": False}
        model = ShallowPLRNNReconstructor(self.hidden_dim_, **shared)
        vars(model).update(attributes)
        return model

    def _scaled(self, features):
        """Features (..., p + k) with the control parameters standardised."""
        p = len(self.parameter_mean_)
        known = (features[..., :p] - self.parameter_mean_) / self.parameter_scale_
        return np.concatenate([known, features[..., p:]], axis=-1)

    def _checked_features(self, features, n):
        """Finite features (n, p + k), from those of one or of n trajectories."""
        wanted = self.subject_features_.shape[1]
        try:
            rows = np.atleast_2d(np.asarray(features, dtype=np.float64))
        except (TypeError, ValueError) as error:
            raise ValueError(f"features are no numbers: {error}. Give a row of numbers.") from error
        if rows.shape not in ((1, wanted), (n, wanted)):
            raise ValueError(
                f"features have the shape {np.shape(features)}, and {wanted} of each of {n} "
                f"trajectories are needed. Give shape ({wanted},) or ({n}, {wanted}); "
                "get_feature_names_out() names them."
            )
        if not np.isfinite(rows).all():
            raise ValueError("features hold NaN or infinity. Give finite values.")
        return np.broadcast_to(rows, (n, wanted))
