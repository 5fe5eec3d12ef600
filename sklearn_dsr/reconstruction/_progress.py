"""Progress of a fit: lines for `verbose`, and scikit-learn's callbacks where it has them."""

from contextlib import contextmanager

try:  # experimental, since scikit-learn 1.9
    from sklearn.callback import CallbackSupportMixin, with_callbacks
except ImportError:

    class CallbackSupportMixin:
        """Stands for scikit-learn's mixin where there is none: no callbacks."""

    def with_callbacks(method):
        """Stands for scikit-learn's decorator where there is none."""
        return method


# What scikit-learn keeps on an estimator while it is fitted; a fit that fails must not drop it.
CALLBACK_STATE = ("_callback_fit_ctx", "_skl_callbacks_to_teardown")


class Progress:
    """Tells the user, and the callbacks, how far a fit is.

    The tasks of a fit are its candidates, and the tasks of a candidate its epochs. A callback whose
    `on_fit_task_end` returns True after an epoch ends that candidate.

    Parameters
    ----------
    estimator : BaseReconstructor
        Being fitted.
    X : array-like
        What it is fitted on. Callbacks that score get it as y, too: the series is its own target.
    n_inits : list of int
        Candidates in a round, of each architecture that may be tried.
    """

    def __init__(self, estimator, X, n_inits):
        self.estimator, self.X, self.attributes, self.n_inits = estimator, X, None, n_inits
        self.context, self.prefix, self.first, self.n_init = None, "", 0, n_inits[0]
        if hasattr(estimator, "_init_callback_context"):
            n = sum(n_inits) * (1 + estimator._n_rounds)
            context = estimator._init_callback_context(max_subtasks=n, sequential_subtasks=False)
            self.context = context.call_on_fit_task_begin(estimator=estimator, X=X, y=X)

    def line(self, text, level=1):
        """Print a line if the estimator is so verbose."""
        if self.estimator.verbose >= level:
            print(f"[{type(self.estimator).__name__}] {self.prefix}{text}", flush=True)

    def quiet(self):
        """Return the same without callbacks, for a fit within the fit."""
        return self._with(context=None)

    def showing(self, attributes):
        """Return the same that shows callbacks the model under way.

        `attributes`, a callable (dict of trained arrays) -> dict, makes the fitted attributes with
        which the estimator can be used.
        """
        return self._with(attributes=attributes)

    def architecture(self, k, name):
        """Return the same for the k-th architecture."""
        first = sum(self.n_inits[:k]) * (1 + self.estimator._n_rounds)
        prefix = f"{name}: " if k else ""
        return self._with(prefix=prefix, first=first, n_init=self.n_inits[k])

    def round(self, k):
        """Return the same for round `k` of smoothing, whose candidates come after all others."""
        prefix = f"{self.prefix}smoothed {k}x: "
        return self._with(prefix=prefix, first=self.first + k * self.n_init)

    def _with(self, **changed):
        other = object.__new__(Progress)
        other.__dict__ = self.__dict__ | changed
        return other

    @contextmanager
    def candidate(self, k, name, n_epochs):
        """Follow candidate `k`: yields a function to be called after each epoch.

        That takes (epoch, loss, alpha, arrays), and returns whether a callback asks to stop.
        """
        task = None
        if self.context is not None:
            task = self.context.subcontext(
                "candidate", task_id=self.first + k, max_subtasks=n_epochs
            )
            task.call_on_fit_task_begin(estimator=self.estimator, X=self.X, y=self.X)

        def watch(epoch, loss, alpha, arrays):
            if epoch % max(n_epochs // 10, 1) == 0 or epoch == n_epochs:
                self.line(
                    f"{name}: epoch {epoch}/{n_epochs}, loss {loss:.3g}, alpha {alpha:.3f}", 2
                )
            if task is None:
                return False
            inner = task.subcontext("epoch")
            inner.call_on_fit_task_begin(estimator=self.estimator, X=self.X, y=self.X)
            return self._end(inner, lambda: self.attributes(arrays))

        yield watch
        if task is not None:
            self._end(task, None)

    def end(self):
        """Tell the callbacks that the fit is done, and with which attributes."""
        if self.context is not None:
            self._end(self.context, lambda: vars(self.estimator))

    def _end(self, task, attributes):
        return task.call_on_fit_task_end(
            estimator=self.estimator, X=self.X, y=self.X, reconstruction_attributes=attributes
        )
