"""Callbacks for `fit`, to be given to a reconstructor's `set_callbacks`."""

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

# What scikit-learn keeps on an estimator for its callbacks; a file holds the model alone.
_OF_CALLBACKS = (
    "_skl_callbacks",
    "_callback_fit_ctx",
    "_skl_callbacks_to_teardown",
    "_parent_callback_ctx",
)


class Checkpoint:
    """Keeps the best model so far of a long fit in a file, from which `warm_start` goes on.

    The best one has the least D_stsp + 5 D_H + error of forecasts in short free runs beside X, of
    all models of all stages. Until there is one, the file holds the model in training. After the
    fit it holds what the fit has chosen. It is written beside its place, brought to the disk
    (fsync) and renamed, so that whatever ends the process leaves a whole file, the last one or the
    one before.

    Callbacks are scikit-learn's, from its version 1.9 on. A checkpoint belongs to one fit: members
    of an ensemble or fits of a search overwrite each other's file.

    Parameters
    ----------
    path : str or path-like
        The file, in a folder that exists; one that is there is replaced. ``joblib.load(path)`` is
        the fitted estimator, without its callbacks.
    interval : float, default=10.0
        Seconds between two files at least, at least 0, while no model is known to be the best.

    Raises
    ------
    ValueError, TypeError
        When the fit begins, if the folder does not exist or `interval` is out of range or no
        number.

    Warns
    -----
    ReconstructionWarning
        If a file cannot be written, as on a full disk. The fit goes on, the file before stays.

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
        self._lock = threading.Lock()  # candidates may be trained in threads

    def __getstate__(self):
        return {"path": self.path, "interval": self.interval}

    def __setstate__(self, state):
        self.__init__(**state)

    def setup(self, estimator: Estimator, context: Any) -> None:
        """Begin a fit: check the parameters.

        Parameters
        ----------
        estimator, context : object
            Given by scikit-learn.
        """
        check_real(self.interval, "interval", 0.0, advice="10 seconds are usual.")
        if not isinstance(self.path, str | PathLike):
            raise TypeError(
                f"path must be a path or text; got {self.path!r}. Give the file that is to hold "
                'the model, for instance "best.pkl".'
            )
        folder = Path(self.path).absolute().parent
        if not folder.is_dir():
            raise ValueError(
                f"The folder of the checkpoint, {folder}, does not exist. Make it, or give another "
                "path."
            )
        self._is_judged, self._written = False, -float("inf")

    def teardown(self, estimator: Estimator, context: Any) -> None:
        """End a fit.

        Parameters
        ----------
        estimator, context : object
            Given by scikit-learn.
        """

    def on_fit_task_begin(self, estimator: Estimator, context: Any) -> None:
        """Do nothing.

        Parameters
        ----------
        estimator, context : object
            Given by scikit-learn.
        """

    def on_fit_task_end(
        self, estimator: Estimator, context: Any, *, fitted_estimator: Any = None
    ) -> Any:
        """Write the model, if it is the best so far, or the only one.

        Parameters
        ----------
        estimator, context, fitted_estimator : object
            Given by scikit-learn.

        Returns
        -------
        bool
            False: the fit goes on.
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
                "room, or give another path the next time.",
                ReconstructionWarning,
                stacklevel=level(),
            )


def write_whole(path, write):
    """Replace a file by what ``write(file)`` writes, so that it is whole at every moment.

    A process that is killed may leave the file that it was writing, ``.NAME.PID.part``.
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
    if os.name == "posix":  # the new name is on the disk, too; Windows opens no folders
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
