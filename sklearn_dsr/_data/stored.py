"""Estimators that earlier versions have stored: parameters that they lack get their defaults."""

import inspect


class StoredMixin:
    """Loads what a version with fewer parameters has stored; stands left of BaseEstimator."""

    def __setstate__(self, state):
        super().__setstate__(state)
        for name, parameter in inspect.signature(type(self).__init__).parameters.items():
            if parameter.default is not parameter.empty:
                vars(self).setdefault(name, parameter.default)
