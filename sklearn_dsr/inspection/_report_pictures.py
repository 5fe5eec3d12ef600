"""Small pictures for the page of a report: attractor, spectrum, and the start of the free run."""

from __future__ import annotations

import base64
import io
import warnings
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..exceptions import ReconstructionWarning
from ._attractor import AttractorDisplay
from ._forecast import ForecastDisplay
from ._power_spectrum import PowerSpectrumDisplay

_DPI = 144
# The third picture shows so many times the rows for which the run follows the data, and not fewer
# than so many rows.
_BEYOND, _LEAST = 4.0, 100


@dataclass(frozen=True)
class Runs:
    """Data and the free run of a report.

    Attributes
    ----------
    true, generated : list of ndarray of shape (n_rows, N)
        Pieces of data, and a run for each.
    names : tuple of str
        Of the N columns.
    dt : float
        Time between two rows.
    valid_time : float
        For how long the run follows the data; NaN if it diverges.
    """

    true: list[NDArray[np.float64]]
    generated: list[NDArray[np.float64]]
    names: tuple[str, ...]
    dt: float
    valid_time: float

    @property
    def n_ahead(self) -> int:
        """Rows of the third picture."""
        followed = np.nan_to_num(self.valid_time / self.dt)
        return int(min(max(_BEYOND * followed, _LEAST), len(self.true[0])))


def pictures(runs: Runs) -> list[tuple[str, str]]:
    """Captions and PNG images in base64; none if matplotlib is missing.

    The figures are not pyplot's, so that no notebook shows them a second time.
    """
    try:
        from matplotlib.figure import Figure
    except ImportError:
        return []
    found = []
    for caption, size, draw in (
        (f"Attractor in {_coordinates(runs.names)}", (4.8, 2.4), _attractor),
        (f"Power spectrum of {runs.names[0]}, free run in orange", (3.6, 2.4), _spectrum),
        (f"{runs.names[0]} from the start of the free run on", (3.6, 2.4), _start),
    ):
        figure = Figure(figsize=size, layout="constrained", dpi=100)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ReconstructionWarning)  # a remark says it
            draw(figure, runs)
        file = io.BytesIO()
        figure.savefig(file, format="png", dpi=_DPI)
        found.append((caption, base64.b64encode(file.getvalue()).decode()))
    return found


def _coordinates(names):
    """Coordinates of the first picture, in words."""
    if len(names) == 1:
        return f"{names[0]} and its past"
    return f"{', '.join(names[:3][:-1])} and {names[:3][-1]}"


def _attractor(figure, runs):
    solid = {"projection": "3d"} if len(runs.names) > 2 else None
    axes = figure.subplots(1, 2, subplot_kw=solid)
    lag = {"lag": 1} if max(map(len, runs.true)) < _LEAST else {}
    AttractorDisplay.from_trajectories(
        runs.true, runs.generated, n_dims=3 if solid else 2, ax=axes, **lag
    )
    for panel in axes:
        panel.tick_params(labelsize=6)
        panel.set(xlabel="", ylabel="", **({"zlabel": ""} if solid else {}))


def _spectrum(figure, runs):
    display = PowerSpectrumDisplay.from_trajectories(
        runs.true, runs.generated, dt=runs.dt, columns=0, ax=figure.subplots()
    )
    display.axes_[0].get_legend().remove()
    display.axes_[0].set_ylabel("density")


def _start(figure, runs):
    display = ForecastDisplay.from_trajectories(
        runs.true[0][: runs.n_ahead],
        runs.generated[0][: runs.n_ahead],
        dt=runs.dt,
        columns=0,
        ax=figure.subplots(),
    )
    display.axes_[0].set(xlabel="time", ylabel=runs.names[0])
    display.axes_[0].get_legend().remove()
