"""Progress of a fit: lines for `verbose`, and calls of scikit-learn's callbacks."""

import time
from contextlib import contextmanager
from itertools import count
from threading import Lock

import numpy as np

try:  # experimental, since scikit-learn 1.9
    from sklearn.callback import CallbackSupportMixin, with_callbacks
except ImportError:

    class CallbackSupportMixin:
        """Replaces scikit-learn's mixin in older versions, without callbacks."""

    def with_callbacks(method):
        """Replace scikit-learn's decorator in older versions."""
        return method


SILENCE = 4.0  # seconds without a line after which the next epoch prints one
# Attributes of scikit-learn's callbacks, which a failed fit must keep.
CALLBACK_STATE = ("_callback_fit_ctx", "_skl_callbacks_to_teardown")


class Progress:
    """Reports the progress of a fit to the user and to callbacks.

    The tasks of a fit are its candidates, and the tasks of a candidate are its epochs. A callback
    ends a candidate if its `on_fit_task_end` returns True after an epoch. A task "best" ends
    whenever a model is the best so far.

    Parameters
    ----------
    estimator : BaseReconstructor
        Estimator in `fit`.
    X : array-like
        Its data. Callbacks get X as y as well, because the series is its own target.
    attributes : callable (Problem, dict of trained arrays) -> dict
        Returns the fitted attributes that predictions need.
    n_architectures : int
        Largest number of architectures to try.
    score : callable (canonical map, observation) -> float
        Compares models of all stages; smaller is better.
    """

    def __init__(self, estimator, X, attributes, n_architectures, score):
        self.estimator, self.X, self.attributes = estimator, X, attributes
        self.score, self.least, self.lock = score, [np.inf], Lock()
        self.context, self.prefix, self.numbers = None, "", count()
        self.spoken = [time.monotonic()]  # when the last line was printed
        if hasattr(estimator, "_init_callback_context"):
            # An architecture may have twice as many candidates, and each has several rounds.
            n = 8 + 8 * estimator.n_init * n_architectures
            self.best_numbers = count(n)  # no candidate has these
            context = estimator._init_callback_context(
                max_subtasks=2 * n, sequential_subtasks=False
            )
            self.context = context.call_on_fit_task_begin(estimator=estimator, X=X, y=X)

    def line(self, text, level=1):
        """Print a line if `verbose` of the estimator is at least `level`."""
        if self.estimator.verbose >= level:
            print(f"[{type(self.estimator).__name__}] {self.prefix}{text}", flush=True)
            self.spoken[0] = time.monotonic()

    def quiet(self):
        """Return a copy without callbacks, for a fit within the fit."""
        return self._with(context=None)

    def within(self, name):
        """Return a copy for a part of the fit; its lines begin with `name`."""
        return self._with(prefix=f"{self.prefix}{name}: ") if name else self

    def _with(self, **changed):
        other = object.__new__(Progress)
        other.__dict__ = self.__dict__ | changed
        return other

    @contextmanager
    def candidate(self, problem, name, n_epochs):
        """Follow a candidate; yields a function to call after each epoch.

        The function takes (epoch, loss, alpha, arrays), and returns whether a callback stops the
        candidate.
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
        """Report a model to the callbacks if it is the best so far."""
        if self.context is None or not getattr(self.estimator, "_skl_callbacks", None):
            return
        with self.lock:  # candidates may run in threads
            score = self.score(problem.maps(arrays))
            if not score < self.least[0]:
                return
            self.least[0] = score
            task = self.context.subcontext("best", task_id=next(self.best_numbers))
            task.call_on_fit_task_begin(estimator=self.estimator, X=self.X, y=self.X)
            self._end(task, lambda: self.attributes(problem, arrays))

    def end(self):
        """Report the end of the fit and the fitted attributes to the callbacks."""
        if self.context is not None:
            self._end(self.context, lambda: vars(self.estimator))

    def _end(self, task, attributes):
        return task.call_on_fit_task_end(
            estimator=self.estimator, X=self.X, y=self.X, reconstruction_attributes=attributes
        )
