"""Leave a pipeline as it was when its fit ends before there is a new model."""

from contextlib import contextmanager


@contextmanager
def undone_without_model(pipeline):
    """Fit a pipeline within: if an error or an interrupt leaves, transformers and model fit.

    If the last step is what it was before, so are all others: a model behind scalers of other data
    would give wrong numbers. If it has a new model, as after an interrupt, all steps are kept.

    Parameters
    ----------
    pipeline : Pipeline
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
