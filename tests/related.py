"""A stand-in for a fitted model of related systems, whose map of each system is planted."""

import copy

import numpy as np
from planted import with_map
from sklearn.base import BaseEstimator

from sklearn_dsr._data.trajectories import as_trajectories


class Related(BaseEstimator):
    """One map for each vector of features, in place of a learned one.

    The features are the parameters in the last columns of X and, of these statistics of the first
    column, the first `n_subject_features`: mean, standard deviation.

    Parameters
    ----------
    model : ShallowPLRNNReconstructor
        Fitted on the columns without parameters. Its copies take the maps.
    map_of : callable features -> CanonicalMap or fitted reconstructor
    """

    def __init__(self, model, map_of, n_parameters=1, n_subject_features=0):
        self.model = model
        self.map_of = map_of
        self.n_parameters = n_parameters
        self.n_subject_features = n_subject_features

    def fit(self, X, y=None):
        as_trajectories(X, estimator=self, reset=True)
        self.subject_features_ = self.transform(X)
        return self

    def transform(self, X):
        rows = [np.asarray(x) for x in X]
        learned = [[x[:, 0].mean(), x[:, 0].std()][: self.n_subject_features] for x in rows]
        known = [x[0, x.shape[1] - self.n_parameters :] for x in rows]
        return np.hstack([known, learned])

    def get_feature_names_out(self, input_features=None):
        names = [f"x{k}" for k in range(self.n_features_in_)]
        names = list(getattr(self, "feature_names_in_", names))
        learned = [f"feature{k}" for k in range(self.n_subject_features)]
        return np.array(names[len(names) - self.n_parameters :] + learned, dtype=object)

    def reconstructor(self, features):
        assert np.shape(features) == (self.n_parameters + self.n_subject_features,)
        made = self.map_of(features)
        return made if hasattr(made, "fit") else with_map(copy.deepcopy(self.model), made)


def with_parameter(runs, values):
    """Trajectories (n_rows, N + 1) of runs (n_rows, N), with their parameter as the last column."""
    return [np.column_stack([x, np.full(len(x), v)]) for x, v in zip(runs, values, strict=True)]
