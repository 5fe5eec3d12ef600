"""The classes that a loader of stored models must trust."""

from __future__ import annotations

import importlib
import inspect

# Modules with classes that a fitted estimator, a pipeline or a search may hold. Not `callbacks`: a
# checkpoint of a crafted file would write wherever that says.
_MODULES = (
    "forcing",
    "hierarchical",
    "model_selection",
    "pipeline",
    "preprocessing",
    "reconstruction",
)


def trusted_types() -> list[str]:
    """Return the class names of this package that `skops.io.load` may trust.

    skops loads a file only if it knows each class in it or the user trusts it by name. The list
    has the estimators, transformers, pipelines, ways of forcing, scorers and splitters of this
    package. It has no functions, and nothing from other packages.

    Returns
    -------
    list of str
        Sorted names, for the parameter `trusted` of `skops.io.load`.

    Examples
    --------
    >>> import skops.io
    >>> import sklearn_dsr
    >>> from sklearn_dsr.datasets import make_lorenz63
    >>> X = make_lorenz63(1000, random_state=0)
    >>> model = sklearn_dsr.ShallowPLRNNReconstructor(20, stages="start", random_state=0).fit(X)
    >>> stored = skops.io.dumps(model)  # or dump(model, path)
    >>> loaded = skops.io.loads(stored, trusted=sklearn_dsr.trusted_types())
    >>> bool((loaded.predict(X) == model.predict(X)).all())
    True
    """
    from .model_selection import rank_average_refit
    from .preprocessing._clock import Clock

    modules = [importlib.import_module(f"{__package__}.{name}") for name in _MODULES]
    public = [getattr(module, name) for module in modules for name in module.__all__]
    classes = [thing for thing in public if inspect.isclass(thing)]
    classes.append(type(rank_average_refit(["score"])))  # `refit` of a search
    classes.append(Clock)  # part of a transformer that was fitted on times
    own = {c for c in classes if c.__module__.startswith(f"{__package__}.")}
    return sorted(f"{c.__module__}.{c.__qualname__}" for c in own)
