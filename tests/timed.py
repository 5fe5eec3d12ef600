"""Frames with an index of times, and where the package cuts them."""

import numpy as np
import pandas as pd
from planted import SHORTEST

from sklearn_dsr import ShallowPLRNNReconstructor
from sklearn_dsr._data.time_axis import TimeAxis


def quick():
    return ShallowPLRNNReconstructor(5, clipped=False, random_state=0, **SHORTEST)


def frame(index):
    t = 0.2 * np.arange(len(index))
    return pd.DataFrame({"a": np.sin(t), "b": np.cos(t)}, index=index)


def as_read(index):
    """The same index without its frequency, as a file gives it."""
    return type(index)(index, freq=None) if hasattr(type(index), "inferred_freq") else index


def cuts(index):
    return TimeAxis.of(frame(index)).cuts.tolist()


DAYS = as_read(pd.date_range("2022-01-01", periods=500, freq="D"))
