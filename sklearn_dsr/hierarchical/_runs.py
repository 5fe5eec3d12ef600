"""Forecasts and free runs of a hierarchical reconstructor, by the plain models of its subjects."""

from __future__ import annotations

import warnings
from functools import partial

import numpy as np
from numpy.typing import ArrayLike
from sklearn.utils.validation import check_is_fitted

from .._data.types import Floats, Forecast, Rows, Seed
from .._data.validation import check_inputs, check_int, check_random_generator, check_rows
from .._data.warning_level import level
from ..exceptions import ReconstructionWarning
from ._checks import check_ends
from ._parts import Parts
from ._subjects import read_subjects
from ._use import FeatureTransformer


class HierarchicalRunner(FeatureTransformer):
    """Forecasts and free runs for trajectories, each with its own features."""

    def forecast(
        self,
        X: ArrayLike,
        n_steps: int,
        inputs: ArrayLike | None = None,
        *,
        features: ArrayLike | None = None,
        quantiles: ArrayLike | None = None,
    ) -> Forecast:
        """Forecast the rows after the last row of each trajectory.

        Parameters
        ----------
        X : list of array-like or DataFrame of shape (n_samples, n_features), or 3-D array
            Trajectories in the form that :meth:`fit` takes. A 2-D array is one trajectory.
        n_steps : int
            Number of rows to forecast, at least 1.
        inputs : array-like of shape (n_steps, n_inputs) or (n_trajectories, n_steps, n_inputs), \
default=None
            External inputs, as in :meth:`ShallowPLRNNReconstructor.forecast`.
        features : array-like of shape (n_parameters + k,) or (n_subjects, n_parameters + k), \
default=None
            Features of the trajectories. None estimates them, as :meth:`transform` does.
        quantiles : sequence of float in [0, 1], default=None
            Quantiles of future measurements, as in :meth:`ShallowPLRNNReconstructor.forecast`.

        Returns
        -------
        ndarray, DataFrame or list of DataFrame
            As of :meth:`ShallowPLRNNReconstructor.forecast`; for a frame whose first level names
            subjects, a frame with the forecasts of all.

        Raises
        ------
        NotFittedError
            If the estimator is not fitted.
        ValueError
            If X, `n_steps`, `inputs`, `features` or `quantiles` are not valid, or a trajectory ends
            in a gap.

        Warns
        -----
        ReconstructionWarning
            If a run overflows, or leaves the range of the training data by more than its width.
        """
        models, parts = self._models_along(X, features)
        n, K = len(parts.parts), self.n_inputs_
        check_int(n_steps, "n_steps", 1, advice="It is the number of rows to return.")
        if not parts.single:
            check_ends(parts.parts, parts.names)
        given = [None] * n
        if inputs is not None or K:
            given = check_inputs(inputs, K, n, n_steps - 1, False)
        runs = zip(models, parts.parts, given, strict=True)
        return parts.forecasts(
            _told_once(
                partial(model.forecast, part, n_steps, own, quantiles=quantiles)
                for model, part, own in runs
            )
        )

    def predict(self, X: ArrayLike) -> Rows:
        """Predict the next row from each row, with the estimated features of its trajectory.

        Parameters
        ----------
        X : list of array-like or DataFrame of shape (n_samples, n_features), or 3-D array
            Trajectories in the form that :meth:`fit` takes. A 2-D array is one trajectory.

        Returns
        -------
        ndarray of shape (n_samples, n_columns), list of such, or 3-D array
            Row i forecasts row i + 1 of the trajectory. A gap gives a row of NaN. A list has one
            array per trajectory, also where one of its frames holds several subjects.

        Raises
        ------
        NotFittedError, ValueError
            As :meth:`transform`.
        """
        models, parts = self._models_along(X, None)
        pairs = zip(models, parts.parts, strict=True)
        return parts.rows([model.predict(part) for model, part in pairs])

    def score(self, X: ArrayLike, y: object = None) -> float:
        """Return the mean R^2 of forecasts 1 to 20 rows ahead, with estimated features.

        Parameters
        ----------
        X : list of array-like or DataFrame of shape (n_samples, n_features), or 3-D array
            Trajectories in the form that :meth:`fit` takes. A 2-D array is one trajectory.
        y : object
            Ignored.

        Returns
        -------
        float
            Mean over the trajectories of :meth:`ShallowPLRNNReconstructor.score`.

        Raises
        ------
        NotFittedError, ValueError
            As :meth:`transform`; also if no row of a trajectory has a successor.
        """
        models, parts = self._models_along(X, None)
        pairs = zip(models, parts.parts, strict=True)
        return float(np.mean([model.score(part) for model, part in pairs]))

    def simulate(
        self,
        x0: ArrayLike,
        n_steps: int,
        inputs: ArrayLike | None = None,
        *,
        features: ArrayLike | None = None,
        noise: bool = False,
        random_state: Seed = None,
    ) -> Floats:
        """Run the models of given features freely from one or several rows.

        Parameters
        ----------
        x0 : array-like of shape (n_columns,) or (n_ic, n_columns)
            Rows to start from, in the units of X, without inputs and control parameters.
        n_steps : int
            Number of steps, at least 1.
        inputs : array-like of shape (n_steps, n_inputs) or (n_ic, n_steps, n_inputs), default=None
            External inputs, as in :meth:`ShallowPLRNNReconstructor.simulate`.
        features : array-like of shape (n_parameters + k,) or (n_ic, n_parameters + k), default=None
            Features of all runs, or of each, as in a row of `subject_features_`. They are required.
        noise : bool, default=False
            Whether `process_noise_` drives the runs.
        random_state : int, RandomState, Generator or None, default=None
            Seed of the noise. The same int gives the same bits.

        Returns
        -------
        ndarray of shape (n_steps, n_columns) or (n_ic, n_steps, n_columns)
            Free runs in the units of X.

        Raises
        ------
        NotFittedError, ValueError, TypeError
            As :meth:`reconstructor`, and as :meth:`ShallowPLRNNReconstructor.simulate`.

        Warns
        -----
        ReconstructionWarning
            If a run overflows, or leaves the range of the training data by more than its width.
        """
        check_is_fitted(self)
        check_int(n_steps, "n_steps", 1, advice="It is the number of rows to return.")
        if features is None:
            raise ValueError(
                "features=None was given, and each subject has a map of its own. Give features, "
                "for instance a row of subject_features_. For a pipeline, take the plain model of "
                "some as its last step: reconstructor(features)."
            )
        single = np.ndim(x0) == 1
        starts = check_rows(np.atleast_2d(np.asarray(x0)), name="x0")
        n, rng = len(starts), check_random_generator(random_state)
        features = self._checked_features(features, n)
        given = check_inputs(inputs, self.n_inputs_, n, n_steps, single)
        runs, groups = [], _alike(features)
        for row, numbers in groups:
            own = None if given is None else given[numbers]
            model = self.reconstructor(row)
            model._check_names(x0)
            settings = {"noise": noise, "random_state": rng}
            runs.append(partial(model.simulate, starts[numbers], n_steps, own, **settings))
        order = np.argsort(np.concatenate([numbers for _, numbers in groups]))
        runs = np.concatenate(_told_once(runs))[order]
        return runs[0] if single else runs

    def _models_along(self, X, features):
        """Plain model of each trajectory of X, and the trajectories."""
        check_is_fitted(self)
        subjects = read_subjects(X, self)
        if features is None:
            found = np.asarray(self.transform(X))
        else:
            found = self._checked_features(features, len(subjects.names))
        models = [self.reconstructor(row) for row in found]
        parts = Parts(X, len(self.parameter_mean_))
        return [models[owner] for owner in parts.owners], parts


def _told_once(runs):
    """Results of the runs, with one warning if some diverge or leave the range of the data."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        results = [run() for run in runs]
    texts = {}
    for warning in caught:
        texts.setdefault(warning.category, []).append(str(warning.message))
    for category, told in texts.items():
        text = next((text for text in told if "diverged" in text), told[0])
        if category is ReconstructionWarning:
            # A cohort has no candidates, and is not clipped.
            text = text.split(", or fit with")[0] + ", or take features between those of the fit."
            text += f" This is one of {len(told)} such models." if len(told) > 1 else ""
        warnings.warn(text, category, stacklevel=level())
    return results


def _alike(features):
    """Different rows of features, and the numbers of the runs that have each."""
    rows, places = np.unique(features, axis=0, return_inverse=True)
    return [(row, np.flatnonzero(places.ravel() == k)) for k, row in enumerate(rows)]
