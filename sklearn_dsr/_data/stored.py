"""Loading of estimators that older versions have stored."""

import inspect


class StoredMixin:
    """Sets missing parameters of a stored estimator to their defaults; left of BaseEstimator."""

    def __setstate__(self, state):
        super().__setstate__(state)
        for name, parameter in inspect.signature(type(self).__init__).parameters.items():
            if parameter.default is not parameter.empty:
                vars(self).setdefault(name, parameter.default)
