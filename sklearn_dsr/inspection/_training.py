"""How the candidates of a fit were trained, and which checkpoint of them the free run chose."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any, Self

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.utils._optional_dependencies import check_matplotlib_support
from sklearn.utils.validation import check_is_fitted

from .._coordinates.unwrap import unwrap
from .._maps._parametrizations import difference
from ._drawing import DASHED, MODEL, legend_above, line_style, make_axes, plain_numbers, positive
from ._types import AxesLike, Style

UNTRAINED = "nothing was trained:\nthe model is one of the start's"
# Candidates that were not chosen, and those of another architecture than the chosen one.
_OTHER = {"color": "0.55", "linewidth": 0.7, "alpha": 0.7, "zorder": 2}
_FOREIGN = _OTHER | DASHED | {"color": "#4a7fd0"}


class TrainingDisplay:
    """Loss, free-run scores of the checkpoints, alpha and learning rate of all candidates of a fit.

    The chosen candidate is orange. All others are thin and grey, or thin, blue and dashed if they
    have another architecture. A circle is a checkpoint with its score, lower is better. A filled
    circle is a checkpoint that long free runs verified. The star is the checkpoint that the fit
    chose among these.

    The loss has no say in the choice. A candidate with a low loss and a high score forecasts well
    step by step, but its free run is not like the data.

    Candidates of a further round are trained on smoothed data. They begin where the first ones end.
    The short ones at the end are refinements. Their loss compares forecasts with X itself, and
    they have no learning rate. Models of the start are not trained: they have a single score, at
    epoch 0.

    Make a display with `from_estimator`. The parameters are stored as attributes.

    Parameters
    ----------
    candidates : list of dict
        The record of a fit, `candidates_` of a reconstructor.
    chosen : (int, int)
        Number of the chosen candidate, and number of its checkpoint.

    Attributes
    ----------
    loss_lines_, alpha_lines_, rate_lines_ : list of Line2D
        One line per candidate.
    score_lines_ : list of Line2D
        Two lines per candidate: all checkpoints, and the verified ones.
    chosen_line_ : Line2D
        The star.
    axes_ : ndarray of Axes of shape (4,)
        The panels of loss, score, alpha and learning rate.
    figure_ : Figure
        The figure of the axes.

    See Also
    --------
    reconstruction_report : What became of the fit, in numbers.
    sklearn_dsr.ShallowPLRNNReconstructor : Its attribute `candidates_` is the record.

    Examples
    --------
    >>> from sklearn_dsr import ShallowPLRNNReconstructor
    >>> from sklearn_dsr.datasets import make_lorenz63
    >>> from sklearn_dsr.inspection import TrainingDisplay
    >>> X = make_lorenz63(2000, dt=0.02, random_state=0)
    >>> model = ShallowPLRNNReconstructor(20, max_iter=50, n_init=2, random_state=0).fit(X)
    >>> display = TrainingDisplay.from_estimator(model)
    >>> len(display.loss_lines_) == len(model.candidates_)
    True
    """

    def __init__(self, *, candidates: Sequence[dict[str, Any]], chosen: tuple[int, int]) -> None:
        self.candidates = candidates
        self.chosen = chosen

    @classmethod
    def from_estimator(
        cls, estimator: BaseEstimator, *, ax: AxesLike = None, **kwargs: Any
    ) -> Self:
        """Draw the training of a fitted estimator.

        Parameters
        ----------
        estimator : fitted reconstructor, Pipeline that ends in one, or search over either
            The model. Of an ensemble the training of its best member is drawn.
        ax : array-like of four Axes, or None, default=None
            Where to draw. None makes a figure.
        **kwargs : dict
            Further arguments of `plot`.

        Returns
        -------
        TrainingDisplay
            The display, drawn.

        Raises
        ------
        NotFittedError
            If the estimator is not fitted.
        ValueError
            If `ax` does not hold four axes.
        TypeError
            If the estimator is no reconstructor of this package, or does not end in one.
        ImportError
            If matplotlib is missing.
        """
        check_matplotlib_support(f"{cls.__name__}.from_estimator")
        check_is_fitted(estimator)
        model = unwrap(estimator)[1]
        if hasattr(model, "best_index_"):
            model = model.estimators_[model.best_index_]
        if not hasattr(model, "candidates_"):
            raise TypeError(
                f"{type(model).__name__} has no candidates_, the record of a fit. Give a "
                "reconstructor of sklearn_dsr, or a Pipeline or search that ends in one."
            )
        return cls(candidates=model.candidates_, chosen=model.chosen_).plot(ax=ax, **kwargs)

    def plot(self, ax: AxesLike = None, *, line_kw: Style = None) -> Self:
        """Draw loss, score, alpha and learning rate over the epochs.

        Parameters
        ----------
        ax : array-like of four Axes, or None, default=None
            Where to draw. None makes a figure.
        line_kw : dict, default=None
            Arguments of all lines, as for `matplotlib.axes.Axes.plot`.

        Returns
        -------
        TrainingDisplay
            The display itself.

        Raises
        ------
        ValueError
            If `ax` does not hold four axes.
        ImportError
            If matplotlib is missing.
        """
        axes = make_axes(ax, self, 4, shape=(2, 2), figsize=(9.0, 5.4), sharex=True)
        loss, score, alpha, rate = axes
        self.loss_lines_, self.score_lines_ = [], []
        self.alpha_lines_, self.rate_lines_ = [], []
        styles = [line_style(style, line_kw) for style in self._styles()]
        for candidate, style in zip(self.candidates, styles, strict=True):
            epochs = candidate["epochs_before"] + np.arange(1, len(candidate["losses"]) + 1)
            self.loss_lines_ += loss.semilogy(epochs, positive(candidate["losses"]), **style)
            self.alpha_lines_ += alpha.plot(epochs, candidate["alphas"], **style)
            self.rate_lines_ += rate.plot(epochs, candidate["rates"], **style)
            self.score_lines_ += _plot_scores(score, candidate, style)
        self.chosen_line_ = self._plot_star(score)
        names = ("loss", "free-run score S", "forcing alpha", "learning rate")
        for panel, name in zip(axes, names, strict=True):
            panel.set_ylabel(name)
        alpha.set_ylim(-0.02, 1.05)
        if all(c["status"] != "diverged" and not c["losses"] for c in self.candidates):
            loss.text(0.5, 0.5, UNTRAINED, transform=loss.transAxes, ha="center", va="center")
            loss.set_xlim(-1, 1)
            rate.set_xticks([0])
        for panel in axes[2:]:
            panel.set_xlabel("epoch")
        plain_numbers(score)
        named = {line.get_label(): line for line in self.loss_lines_}
        first = named.pop(styles[self.chosen[0]]["label"])
        small = {"fontsize": "small", "handlelength": 1.6, "columnspacing": 1.2}
        legend_above(loss, handles=[first, *named.values()], ncols=2, **small)
        circles = [*self.score_lines_[2 * self.chosen[0] :][:2], self.chosen_line_]
        names = ["checkpoint", "verified", "chosen"]
        legend_above(score, handles=circles, labels=names, **small)
        self.axes_, self.figure_ = axes, axes[0].figure
        return self

    def _plot_star(self, ax):
        """Draw the chosen checkpoint."""
        record = self.candidates[self.chosen[0]]
        best = record["checkpoints"][self.chosen[1]]
        style = {"linestyle": "none", "marker": "*", "markersize": 12.0, "zorder": 5}
        style |= {"color": MODEL["color"], "markeredgecolor": "black", "markeredgewidth": 0.8}
        (line,) = ax.plot(record["epochs_before"] + best["epoch"], positive(best["S"]), **style)
        return line

    def _styles(self):
        """Style of each candidate; the label of those not chosen counts the others like it."""
        chosen = self.candidates[self.chosen[0]]
        kinds = [difference(c["architecture"], chosen["architecture"]) for c in self.candidates]
        alike = Counter(kind for k, kind in enumerate(kinds) if k != self.chosen[0])
        for k, kind in enumerate(kinds):
            if k == self.chosen[0]:
                yield MODEL | {"zorder": 3, "label": f"chosen: {chosen['family']}"}
                continue
            count = f"{alike[kind]} other{'s' * (alike[kind] > 1)}"
            label = ", ".join(filter(None, [count, kind]))
            yield (_FOREIGN if kind else _OTHER) | {"label": label}


def _plot_scores(ax, candidate, style):
    """Draw the scores of a candidate's checkpoints as circles, filled ones if verified."""
    checkpoints = candidate["checkpoints"]
    epochs, scores = (np.array([c[name] for c in checkpoints]) for name in ("epoch", "S"))
    epochs, scores = candidate["epochs_before"] + epochs, positive(scores)
    verified = np.array(["total" in c for c in checkpoints], dtype=bool)
    size = 5.0 if style["zorder"] > _OTHER["zorder"] else 3.0
    circles = style | {"marker": "o", "markersize": size, "markerfacecolor": "none"}
    lines = ax.semilogy(epochs, scores, **circles)
    circles |= {"linestyle": "none", "markerfacecolor": style["color"]}
    return lines + ax.plot(epochs[verified], scores[verified], **circles)
