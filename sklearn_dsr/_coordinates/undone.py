"""Undo the fit of a pipeline that ends before there is a new model."""

from contextlib import contextmanager


@contextmanager
def undone_without_model(pipeline):
    """Context for the fit of a pipeline that keeps transformers and model consistent.

    If the fit fails before the last step has a new model, all steps are restored, because the old
    model behind new transformers would give wrong numbers. If there is a new model, as after an
    interrupt, the new steps are kept.

    Parameters
    ----------
    pipeline : Pipeline
        Pipeline to fit.
    """
    steps, last = list(pipeline.steps), pipeline.steps[-1][1]
    params = pipeline.get_params(deep=True).values()
    kept = [(part, dict(vars(part))) for part in params if hasattr(part, "get_params")]
    before = dict(getattr(last, "__dict__", {}))
    try:
        yield
    except BaseException:
        now = getattr(last, "__dict__", {})
        same = now.keys() == before.keys() and all(now[name] is before[name] for name in now)
        if same:
            for part, attributes in kept:
                vars(part).clear()
                vars(part).update(attributes)
            pipeline.steps = steps
        raise
