"""Progress of a fit: lines for `verbose`, and scikit-learn's callbacks where it has them."""

import time
from contextlib import contextmanager
from itertools import count
from threading import Lock

import numpy as np

try:  # experimental, since scikit-learn 1.9
    from sklearn.callback import CallbackSupportMixin, with_callbacks
except ImportError:

    class CallbackSupportMixin:
        """Stands for scikit-learn's mixin where there is none: no callbacks."""

    def with_callbacks(method):
        """Stands for scikit-learn's decorator where there is none."""
        return method


SILENCE = 4.0  # seconds without a line after which the next epoch has one
# What scikit-learn keeps on an estimator while it is fitted; a fit that fails must not drop it.
CALLBACK_STATE = ("_callback_fit_ctx", "_skl_callbacks_to_teardown")


class Progress:
    """Tells the user, and the callbacks, how far a fit is.

    The tasks of a fit are its candidates, and the tasks of a candidate its epochs. A callback whose
    `on_fit_task_end` returns True after an epoch ends that candidate. A task "best" ends with the
    model that is the best so far.

    Parameters
    ----------
    estimator : BaseReconstructor
        Being fitted.
    X : array-like
        What it is fitted on. Callbacks that score get it as y, too: the series is its own target.
    attributes : callable (Problem, dict of trained arrays) -> dict
        Fitted attributes with which the estimator can be used.
    n_architectures : int
        Architectures that may be tried.
    score : callable (canonical map, observation) -> float
        By which models of all stages are compared, less for a better one.
    """

    def __init__(self, estimator, X, attributes, n_architectures, score):
        self.estimator, self.X, self.attributes = estimator, X, attributes
        self.score, self.least, self.lock = score, [np.inf], Lock()
        self.context, self.prefix, self.numbers = None, "", count()
        self.spoken = [time.monotonic()]  # when the last line was printed
        if hasattr(estimator, "_init_callback_context"):
            # Of a model there may be twice as many candidates, and each has rounds.
            n = 8 + 8 * estimator.n_init * n_architectures
            self.best_numbers = count(n)  # no candidate has these
            context = estimator._init_callback_context(
                max_subtasks=2 * n, sequential_subtasks=False
            )
            self.context = context.call_on_fit_task_begin(estimator=estimator, X=X, y=X)

    def line(self, text, level=1):
        """Print a line if the estimator is so verbose."""
        if self.estimator.verbose >= level:
            print(f"[{type(self.estimator).__name__}] {self.prefix}{text}", flush=True)
            self.spoken[0] = time.monotonic()

    def quiet(self):
        """Return the same without callbacks, for a fit within the fit."""
        return self._with(context=None)

    def within(self, name):
        """Return the same for a part of the fit, whose name lines begin with."""
        return self._with(prefix=f"{self.prefix}{name}: ") if name else self

    def _with(self, **changed):
        other = object.__new__(Progress)
        other.__dict__ = self.__dict__ | changed
        return other

    @contextmanager
    def candidate(self, problem, name, n_epochs):
        """Follow a candidate: yields a function to be called after each epoch.

        That takes (epoch, loss, alpha, arrays), and returns whether a callback asks to stop.
        """
        task = None
        if self.context is not None:
            task = self.context.subcontext(
                "candidate", task_id=next(self.numbers), max_subtasks=n_epochs
            )
            task.call_on_fit_task_begin(estimator=self.estimator, X=self.X, y=self.X)

        def watch(epoch, loss, alpha, arrays):
            tenth = epoch % max(n_epochs // 10, 1) == 0 or epoch == n_epochs
            silent = time.monotonic() - self.spoken[0] > SILENCE
            if tenth or silent:
                text = f"{name}: epoch {epoch}/{n_epochs}, loss {loss:.3g}, alpha {alpha:.3f}"
                self.line(text, 1 if silent else 2)
            if task is None:
                return False
            inner = task.subcontext("epoch")
            inner.call_on_fit_task_begin(estimator=self.estimator, X=self.X, y=self.X)
            return self._end(inner, lambda: self.attributes(problem, arrays))

        yield watch
        if task is not None:
            self._end(task, None)

    @np.errstate(all="ignore")
    def found(self, problem, arrays):
        """Tell the callbacks of a model, if it is the best so far."""
        if self.context is None or not getattr(self.estimator, "_skl_callbacks", None):
            return
        with self.lock:  # of candidates in threads one after the other
            score = self.score(problem.maps(arrays))
            if not score < self.least[0]:
                return
            self.least[0] = score
            task = self.context.subcontext("best", task_id=next(self.best_numbers))
            task.call_on_fit_task_begin(estimator=self.estimator, X=self.X, y=self.X)
            self._end(task, lambda: self.attributes(problem, arrays))

    def end(self):
        """Tell the callbacks that the fit is done, and with which attributes."""
        if self.context is not None:
            self._end(self.context, lambda: vars(self.estimator))

    def _end(self, task, attributes):
        return task.call_on_fit_task_end(
            estimator=self.estimator, X=self.X, y=self.X, reconstruction_attributes=attributes
        )
