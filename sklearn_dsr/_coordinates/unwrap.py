"""Take a fitted estimator apart: the transformers of X, and the reconstructor behind them."""

from sklearn.impute import SimpleImputer
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import FunctionTransformer


def unwrap(estimator):
    """Split an estimator into the map to model coordinates and the model.

    Parameters
    ----------
    estimator : reconstructor, Pipeline that ends in one, or fitted search over either
        A reconstructor has ``simulate(x0, n_steps)``. Of a search, `best_estimator_` is taken.

    Returns
    -------
    transformer : Pipeline or None
        The steps before the reconstructor, each with `transform`, and `inverse_transform` or
        ``inverse_forecast(run, history)``; None if there are none, that is, if X is in model
        coordinates already.
    reconstructor : object
        The model, with `simulate`.

    Raises
    ------
    TypeError
        If the last step has no `simulate`, or one before it no way back.
    """
    estimator = getattr(estimator, "best_estimator_", estimator)
    transformer, reconstructor = None, estimator
    if isinstance(estimator, Pipeline):
        reconstructor = estimator.steps[-1][1]
        names = [name for name, s in estimator.steps[:-1] if s not in (None, "passthrough")]
        for name in names:
            step = estimator.named_steps[name]
            if not _has_inverse(step):
                raise TypeError(
                    f"Step {name!r} of the pipeline ({type(step).__name__}) has neither "
                    "inverse_transform nor inverse_forecast, so a free run cannot be brought back "
                    "to the coordinates of X. Use an invertible transformer (a FunctionTransformer "
                    "needs inverse_func), or transform X before the pipeline."
                )
        if names:
            transformer = estimator[:-1]
    if not hasattr(reconstructor, "simulate"):
        raise TypeError(
            f"{type(reconstructor).__name__} has no simulate(x0, n_steps), so it has no free run. "
            "Give a reconstructor, a Pipeline that ends in one, or a search that was fitted with "
            "refit."
        )
    return transformer, reconstructor


def _has_inverse(step):
    if isinstance(step, Pipeline):
        return all(_has_inverse(inner) for _, inner in step.steps)
    if isinstance(step, FunctionTransformer):  # its inverse is the identity without inverse_func
        return step.func is None or step.inverse_func is not None
    if isinstance(step, SimpleImputer):  # what it filled in it can tell only if it marks it
        return bool(step.add_indicator)
    if getattr(step, "fit_inverse_transform", True) is False:  # as KernelPCA's
        return False
    ways = ("inverse_forecast", "inverse_transform")
    return step in (None, "passthrough") or any(hasattr(step, way) for way in ways)
