"""Recorded series of the method's paper, from a folder or downloaded once from its repository."""

from __future__ import annotations

import os
import shutil
import tempfile
from http.client import HTTPException
from os import PathLike
from pathlib import Path
from typing import Literal
from urllib.request import urlopen

import numpy as np

from .._data.types import Floats
from .._data.validation import check_choice

_REPOSITORY = "https://raw.githubusercontent.com/DurstewitzLab/GTF-shPLRNN/main/ICML2023_datasets/"

# File in the data folder -> (path in the repository, shape of the array).
_FILES = {
    "ecg_train.npy": ("ECG/ECG_pecuzal_5d_train.npy", (100_000, 5)),
    "ecg_test.npy": ("ECG/ECG_pecuzal_5d_test.npy", (100_000, 5)),
    "eeg.npy": ("EEG/EEG_train.npy", (9_640, 64)),
}

_TIMEOUT = 60.0  # seconds without any data


def get_data_home(data_home: str | PathLike[str] | None = None) -> Path:
    """Return the folder in which downloaded series are kept.

    Parameters
    ----------
    data_home : str, path-like or None, default=None
        The folder. None takes the environment variable ``SKLEARN_DSR_DATA``, or
        ``~/sklearn_dsr_data`` if the variable is not set.

    Returns
    -------
    pathlib.Path
        The folder. It need not exist: the first download creates it.

    See Also
    --------
    fetch_ecg : Series of an electrocardiogram.
    fetch_eeg : Series of an electroencephalogram.

    Examples
    --------
    >>> from sklearn_dsr.datasets import get_data_home
    >>> get_data_home("my_data").name
    'my_data'
    """
    if data_home is None:
        data_home = os.environ.get("SKLEARN_DSR_DATA") or Path("~", "sklearn_dsr_data")
    return Path(data_home).expanduser()


def fetch_ecg(
    *,
    data_home: str | PathLike[str] | None = None,
    subset: Literal["train", "test"] = "train",
    download_if_missing: bool = True,
) -> Floats:
    """Electrocardiogram of a human subject, delay-embedded in five columns.

    The series is the one of [1]_, recorded for [2]_. The columns hold the signal at delays of 0,
    +20, +68, +55 and +10 samples. The test series continues the training series. A heart beat
    lasts about 700 rows. The first call downloads the file (4 MB) and keeps it in the data folder.

    Parameters
    ----------
    data_home : str, path-like or None, default=None
        Folder of the file; see :func:`get_data_home`.
    subset : {"train", "test"}, default="train"
        Which half of the recording.
    download_if_missing : bool, default=True
        Whether a missing file is downloaded.

    Returns
    -------
    ndarray of shape (100000, 5), float64
        Rows in time order. The standard deviation of each column is about 0.83.

    Raises
    ------
    ValueError
        If `subset` is neither "train" nor "test".
    OSError
        If the file is missing and `download_if_missing` is False; if the download fails or brings
        another file; if the file in the folder does not hold the series.

    See Also
    --------
    fetch_eeg : Series of an electroencephalogram.
    get_data_home : Folder of the files.

    References
    ----------
    .. [1] Hess et al. (2023), "Generalized teacher forcing for learning chaotic dynamics", ICML,
       PMLR 202:13017; files from https://github.com/DurstewitzLab/GTF-shPLRNN.
    .. [2] Reiss et al. (2019), "Deep PPG: large-scale heart rate estimation with convolutional
       neural networks", Sensors 19, 3079.

    Examples
    --------
    >>> from sklearn_dsr.datasets import fetch_ecg
    >>> X = fetch_ecg(subset="test")  # doctest: +SKIP
    >>> X.shape  # doctest: +SKIP
    (100000, 5)
    """
    check_choice(subset, "subset", ("train", "test"))
    return _fetch(f"ecg_{subset}.npy", data_home, download_if_missing)


def fetch_eeg(
    *, data_home: str | PathLike[str] | None = None, download_if_missing: bool = True
) -> Floats:
    """Electroencephalogram of a human subject in 64 channels, standardised.

    The series is the one of [1]_, recorded for [2]_. The paper trains and tests on this one
    series, so a comparison with its table is in-sample. The first call downloads the file (5 MB)
    and keeps it in the data folder.

    Parameters
    ----------
    data_home : str, path-like or None, default=None
        Folder of the file; see :func:`get_data_home`.
    download_if_missing : bool, default=True
        Whether a missing file is downloaded.

    Returns
    -------
    ndarray of shape (9640, 64), float64
        Rows in time order. Each column has mean 0 and standard deviation 1.

    Raises
    ------
    OSError
        If the file is missing and `download_if_missing` is False; if the download fails or brings
        another file; if the file in the folder does not hold the series.

    See Also
    --------
    fetch_ecg : Series of an electrocardiogram.
    get_data_home : Folder of the file.

    References
    ----------
    .. [1] Hess et al. (2023), "Generalized teacher forcing for learning chaotic dynamics", ICML,
       PMLR 202:13017; files from https://github.com/DurstewitzLab/GTF-shPLRNN.
    .. [2] Schalk et al. (2004), "BCI2000: a general-purpose brain-computer interface system", IEEE
       Trans. Biomed. Eng. 51, 1034-1043.

    Examples
    --------
    >>> from sklearn_dsr.datasets import fetch_eeg
    >>> fetch_eeg().shape  # doctest: +SKIP
    (9640, 64)
    """
    return _fetch("eeg.npy", data_home, download_if_missing)


def _fetch(name, data_home, download_if_missing):
    """Read the file `name` from the data folder, and download it first if it is missing."""
    path = get_data_home(data_home) / name
    if not path.exists():
        if not download_if_missing:
            raise OSError(
                f"{path} does not exist and download_if_missing is False. Allow the download, or "
                "set data_home or the environment variable SKLEARN_DSR_DATA to its folder."
            )
        _download(name, path)
    try:
        return _read(path, _FILES[name][1])
    except ValueError as error:
        raise OSError(f"{path} is damaged: {error}. Delete it to download it again.") from error


def _download(name, path):
    """Download to a temporary file, check the file, and then rename it to `path`."""
    source, shape = _FILES[name]
    url = _REPOSITORY + source
    path.parent.mkdir(parents=True, exist_ok=True)
    # In the same folder the renaming is one step, and no reader sees half a file.
    with tempfile.TemporaryDirectory(dir=path.parent) as folder:
        partial = Path(folder, name)
        try:
            with urlopen(url, timeout=_TIMEOUT) as response, open(partial, "wb") as file:
                shutil.copyfileobj(response, file)
            _read(partial, shape)
        except (OSError, HTTPException, ValueError) as error:
            raise OSError(
                f"The download of {url} failed: {error}. Check the connection and try again, or "
                f"save that file as {path} by hand."
            ) from error
        os.replace(partial, path)


def _read(path, shape):
    """Read an array and check it; ValueError if it is not a finite array of that shape."""
    try:
        values = np.load(path, allow_pickle=False)
    except EOFError as error:
        raise ValueError("the file is empty") from error
    if getattr(values, "shape", None) != shape or values.dtype.kind != "f":
        raise ValueError(f"it does not hold a floating-point array of shape {shape}")
    values = np.ascontiguousarray(values, dtype=np.float64)
    if not np.isfinite(values).all():
        raise ValueError("it holds values that are not finite")
    return values
