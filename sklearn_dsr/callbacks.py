"""Callbacks for the method `set_callbacks` of a reconstructor."""

from __future__ import annotations

import copy
import os
import threading
import time
import warnings
from os import PathLike
from pathlib import Path
from typing import Any

import joblib

from ._data.types import Estimator
from ._data.validation import check_real
from ._data.warning_level import level
from .exceptions import ReconstructionWarning

__all__ = ["Checkpoint"]

# Attributes that scikit-learn sets for its callbacks; they are not written to the file.
_OF_CALLBACKS = (
    "_skl_callbacks",
    "_callback_fit_ctx",
    "_skl_callbacks_to_teardown",
    "_parent_callback_ctx",
)


class Checkpoint:
    """Save the best model so far to a file during a long fit.

    A fit that was cut off continues from the file with ``warm_start=True``. During the fit, the
    best model of all stages has the smallest D + 5 H + F: the state space divergence, the spectral
    distance and the forecast error of short free runs, compared with X. While no model has a score,
    the file holds the model in training. After the fit it holds the chosen model.

    The file is complete at any moment: a new one is written under another name, flushed to the
    disk and renamed.

    Parameters
    ----------
    path : str or path-like
        File to write, in an existing folder. An existing file is replaced. ``joblib.load(path)``
        returns the fitted estimator without its callbacks.
    interval : float, default=10.0
        Least time in seconds, at least 0, between two files while no model has a score.

    Raises
    ------
    ValueError
        When a fit begins, if the folder does not exist or `interval` is negative or not finite.
    TypeError
        When a fit begins, if `path` is no path or `interval` not a number.

    Warns
    -----
    ReconstructionWarning
        If the file cannot be written, for example on a full disk. The fit goes on, and the previous
        file stays.

    See Also
    --------
    sklearn_dsr.ShallowPLRNNReconstructor : Its parameter `warm_start` continues from the file.

    Notes
    -----
    Callbacks need scikit-learn 1.9 or newer. Use one checkpoint per fit: members of an ensemble and
    fits of a search overwrite each other's file. See :doc:`/guide/saving`.

    Examples
    --------
    >>> import joblib
    >>> from sklearn_dsr import ShallowPLRNNReconstructor
    >>> from sklearn_dsr.callbacks import Checkpoint
    >>> from sklearn_dsr.datasets import make_lorenz63
    >>> X = make_lorenz63(2000, noise_level=0.05, random_state=0)
    >>> model = ShallowPLRNNReconstructor(hidden_dim=20, max_iter=50, n_init=1, random_state=0)
    >>> model.set_callbacks(Checkpoint("lorenz.joblib")).fit(X)  # doctest: +SKIP
    >>> model = joblib.load("lorenz.joblib")  # doctest: +SKIP
    >>> model.set_params(warm_start=True).fit(X)  # doctest: +SKIP
    """

    def __init__(self, path: str | PathLike[str], interval: float = 10.0) -> None:
        self.path = path
        self.interval = interval
        self._lock = threading.Lock()  # candidates train in threads

    def __getstate__(self):
        return {"path": self.path, "interval": self.interval}

    def __setstate__(self, state):
        self.__init__(**state)

    def setup(self, estimator: Estimator, context: Any) -> None:
        """Check the parameters at the begin of a fit.

        Parameters
        ----------
        estimator, context : object
            Given by scikit-learn.

        Raises
        ------
        ValueError, TypeError
            If `path` or `interval` is not valid.
        """
        check_real(self.interval, "interval", 0.0, advice="10 seconds are usual.")
        if not isinstance(self.path, str | PathLike):
            raise TypeError(
                f"path must be a str or path-like; got {self.path!r}. Give the file to write, for "
                'instance "best.joblib".'
            )
        folder = Path(self.path).absolute().parent
        if not folder.is_dir():
            raise ValueError(
                f"The folder of the checkpoint, {folder}, does not exist. Make it, or give another "
                "path."
            )
        self._is_judged, self._written = False, -float("inf")

    def teardown(self, estimator: Estimator, context: Any) -> None:
        """Do nothing at the end of a fit.

        Parameters
        ----------
        estimator, context : object
            Given by scikit-learn.
        """

    def on_fit_task_begin(self, estimator: Estimator, context: Any) -> None:
        """Do nothing at the begin of a task.

        Parameters
        ----------
        estimator, context : object
            Given by scikit-learn.
        """

    def on_fit_task_end(
        self, estimator: Estimator, context: Any, *, fitted_estimator: Any = None
    ) -> Any:
        """Write the model if it is the best so far, or if none is known to be.

        Parameters
        ----------
        estimator, context, fitted_estimator : object
            Given by scikit-learn.

        Returns
        -------
        bool
            False, so that the fit goes on.
        """
        if fitted_estimator is None:
            return False
        judged = context.task_name in ("best", "fit")
        with self._lock:
            recent = time.monotonic() - self._written < self.interval
            if judged or not (self._is_judged or recent):
                self._is_judged |= judged
                self._write(fitted_estimator)
                self._written = time.monotonic()
        return False

    def _write(self, model):
        model = copy.copy(model)
        for name in _OF_CALLBACKS:
            vars(model).pop(name, None)
        try:
            write_whole(self.path, lambda file: joblib.dump(model, file))
        except OSError as error:
            warnings.warn(
                f"The checkpoint {self.path} cannot be written: {error}. The fit goes on; make "
                "room on the disk, or give another path to the next fit.",
                ReconstructionWarning,
                stacklevel=level(),
            )


def write_whole(path, write):
    """Replace a file by what ``write(file)`` writes; the file is complete at any moment.

    A killed process may leave an unfinished file ``.NAME.PID.part``.
    """
    path = Path(path).absolute()
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with open(part, "wb") as file:
            write(file)
            file.flush()
            os.fsync(file.fileno())
        os.replace(part, path)
    except BaseException:
        part.unlink(missing_ok=True)
        raise
    if os.name == "posix":  # flush the new name as well; Windows cannot open folders
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
