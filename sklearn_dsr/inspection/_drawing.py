"""How displays draw: axes, styles that differ without colour too, legends above the data."""

import numpy as np
from sklearn.utils._optional_dependencies import check_matplotlib_support

# Thin against thick: told apart without colours, and curves by dashes too.
DATA = {"linewidth": 0.9, "label": "data"}
MODEL = {"color": "#ee7f1a", "linewidth": 1.8, "label": "free run"}
DASHED = {"linestyle": (0, (3.5, 1.5))}


def make_axes(ax, display, n, *, shape=None, figsize=None, projection=None, **kwargs):
    """Axes to draw `n` panels in.

    Parameters
    ----------
    ax : None, Axes, or array-like of Axes
        None makes a figure.
    display : object
        Its class is named in the error if matplotlib is missing.
    n : int
        Number of panels.
    shape : (int, int), default=None
        Rows and columns of panels in a new figure. None puts one below the other.
    figsize : (float, float), default=None
        Size of a new figure in inches.
    projection : {None, "3d"}, default=None
    **kwargs : dict
        Further arguments of `matplotlib.pyplot.subplots`.

    Returns
    -------
    ndarray of shape (n,) of Axes

    Raises
    ------
    ImportError
        If matplotlib is missing.
    ValueError
        If there are not `n` axes, or they have two dimensions for three or vice versa.
    """
    check_matplotlib_support(f"{type(display).__name__}.plot")
    import matplotlib.pyplot as plt

    if ax is None:
        _, axes = plt.subplots(
            *(shape or (n, 1)),
            figsize=figsize,
            layout="constrained",
            squeeze=False,
            subplot_kw={"projection": projection},
            **kwargs,
        )
        return axes.ravel()
    axes = np.array(ax, dtype=object).ravel()
    if len(axes) != n:
        raise ValueError(
            f"ax holds {len(axes)} axes, and there are {n} panels to draw. Give {n} axes, or none "
            "for a new figure."
        )
    if any((panel.name == "3d") != (projection == "3d") for panel in axes):
        raise ValueError(
            f"ax has the projections {[panel.name for panel in axes]}, and the picture has "
            f"{3 if projection else 2} dimensions. Give axes made with projection="
            f"{projection or 'rectilinear'!r}, or set n_dims or columns."
        )
    return axes


def is_dark(ax):
    """Whether the axes have a dark background."""
    from matplotlib.colors import to_rgba

    background = np.ones(3)
    for face in (ax.figure.get_facecolor(), ax.get_facecolor()):
        *color, alpha = to_rgba(face)
        background = alpha * np.array(color) + (1.0 - alpha) * background
    return background @ (0.30, 0.59, 0.11) < 0.5


def ink(ax):
    """Colour of data: a dark grey on a light background, a light grey on a dark one."""
    return "0.9" if is_dark(ax) else "0.15"


def line_style(defaults, given):
    """Arguments of a line: defaults, replaced by those of `given`, with short names or long."""
    from matplotlib.cbook import normalize_kwargs
    from matplotlib.lines import Line2D

    return defaults | normalize_kwargs(given, Line2D)


def legend_above(ax, **kwargs):
    """Put the legend above the axes, so that it covers no data."""
    place = {"loc": "lower right", "bbox_to_anchor": (1.0, 1.0), "borderaxespad": 0.2}
    legend = ax.legend(**(place | {"ncols": 4, "frameon": False} | kwargs))
    for line in legend.get_lines():
        if line.get_linestyle() != "None" and 0 < line.get_linewidth() < 1:
            line.set_linewidth(1.0)  # a single thin line is hard to see
    return legend


def label_axes(ax, labels):
    """Label two or three axes. Three have few ticks, and room for the labels."""
    for axis, label in zip("xyz", labels, strict=False):
        ax.set(**{f"{axis}label": label})
    if len(labels) == 3:
        ax.locator_params(nbins=4)
        ax.set_box_aspect(None, zoom=0.88)
        ax.xaxis.labelpad = ax.yaxis.labelpad = 9.0


def same_limits(axes):
    """Give all axes the limits that hold everything that any of them shows."""
    for name in ("xlim", "ylim", "zlim")[: 3 if axes[0].name == "3d" else 2]:
        limits = np.array([getattr(panel, f"get_{name}")() for panel in axes])
        for panel in axes:
            panel.set(**{name: (limits.min(), limits.max())})


def name_dates(ax, time):
    """Write short dates at the horizontal axis if `time` holds dates."""
    if np.asarray(time).dtype.kind == "M":
        from matplotlib.dates import ConciseDateFormatter

        ax.xaxis.set_major_formatter(ConciseDateFormatter(ax.xaxis.get_major_locator()))


def plain_numbers(ax):
    """Write 2 rather than 2 x 10^0 at the logarithmic vertical axis."""
    from matplotlib.ticker import LogFormatter

    ax.yaxis.set_major_formatter(LogFormatter())
    ax.yaxis.set_minor_formatter(LogFormatter(minor_thresholds=(1.0, 0.4)))


def positive(values):
    """Values that a logarithmic axis can show, NaN for others."""
    values = np.asarray(values, dtype=np.float64)
    return np.where((values > 0) & np.isfinite(values), values, np.nan)
