"""How the candidates of a fit were trained, and which checkpoint of them the free run chose."""

import numpy as np
from sklearn.utils._optional_dependencies import check_matplotlib_support
from sklearn.utils.validation import check_is_fitted

from .._coordinates.unwrap import unwrap
from .._maps._parametrizations import difference
from ._drawing import MODEL, line_style, make_axes, plain_numbers, positive

UNTRAINED = "nothing was trained:\nthe model is one of the start's"
_LINES = ("-", "--", ":", "-.")


class TrainingDisplay:
    """Loss, free-run scores of the checkpoints, alpha and learning rate of all candidates of a fit.

    The training loss has no say in the choice: look at the scores, and for a candidate with a low
    loss and a high score, whose free run is not like the data. Checkpoints with a filled symbol
    were verified by long runs, and the star is the one that was chosen among them.

    Candidates of a further round, trained on smoothed data, begin where the first ones end; the
    last, short ones are refinements, with a loss beside X itself and no learning rate. Those of
    another architecture than the chosen one's are blue. Models of a start by regression are at
    epoch 0, with a score alone.

    Make one with `from_estimator`; the parameters are stored as attributes.

    Parameters
    ----------
    candidates : list of dict
        The record of a fit, `candidates_` of a reconstructor.
    chosen : (int, int)
        Numbers of the chosen candidate, and of its checkpoint.

    Attributes
    ----------
    loss_lines_, alpha_lines_, rate_lines_ : list of Line2D
        One per candidate.
    score_lines_ : list of Line2D
        Two per candidate: all checkpoints, and those that were verified.
    chosen_line_ : Line2D
        The star.
    axes_ : ndarray of Axes of shape (4,)
        Loss, score, alpha, learning rate.
    figure_ : Figure
        The figure of the axes.

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

    def __init__(self, *, candidates, chosen):
        self.candidates = candidates
        self.chosen = chosen

    @classmethod
    def from_estimator(cls, estimator, *, ax=None, **kwargs):
        """Draw the training of a fitted estimator.

        Parameters
        ----------
        estimator : fitted reconstructor, Pipeline that ends in one, or search over either
            The model; of an ensemble its best member.
        ax : array-like of four Axes, or None, default=None
            None makes a figure.
        kwargs : dict
            Further arguments of `plot`.

        Returns
        -------
        TrainingDisplay

        Raises
        ------
        NotFittedError
            If the estimator is not fitted.
        ValueError
            If `ax` holds other axes.
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

    def plot(self, ax=None, *, line_kw=None):
        """Draw loss, score, alpha and learning rate over the epochs.

        Parameters
        ----------
        ax : array-like of four Axes, or None, default=None
            None makes a figure.
        line_kw : dict, default=None
            Arguments of all lines, as for `matplotlib.axes.Axes.plot`.

        Returns
        -------
        TrainingDisplay
            The display itself.

        Raises
        ------
        ValueError
            If `ax` holds other axes.
        ImportError
            If matplotlib is missing.
        """
        axes = make_axes(ax, self, 4, shape=(2, 2), figsize=(9.0, 5.4), sharex=True)
        loss, score, alpha, rate = axes
        self.loss_lines_, self.score_lines_ = [], []
        self.alpha_lines_, self.rate_lines_ = [], []
        for k, candidate in enumerate(self.candidates):
            style = line_style(self._style(k), line_kw)
            before = candidate["epochs_before"]
            epochs = before + np.arange(1, len(candidate["losses"]) + 1)
            self.loss_lines_ += loss.semilogy(epochs, positive(candidate["losses"]), **style)
            self.alpha_lines_ += alpha.plot(epochs, candidate["alphas"], **style)
            self.rate_lines_ += rate.plot(epochs, candidate["rates"], **style)
            checkpoints = candidate["checkpoints"]
            at, scores = (np.array([c[name] for c in checkpoints]) for name in ("epoch", "S"))
            at = before + at
            symbols = style | {"marker": "o", "markersize": 4.0, "markerfacecolor": "white"}
            self.score_lines_ += score.semilogy(at, positive(scores), **symbols)
            verified = np.array(["total" in c for c in checkpoints], dtype=bool)
            symbols |= {"linestyle": "none", "markerfacecolor": style["color"]}
            self.score_lines_ += score.plot(at[verified], positive(scores[verified]), **symbols)
        record = self.candidates[self.chosen[0]]
        best = record["checkpoints"][self.chosen[1]]
        star = MODEL | {"linestyle": "none", "marker": "*", "markersize": 12.0}
        star |= {"markeredgecolor": "black", "label": "chosen", "zorder": 5}
        (self.chosen_line_,) = score.plot(
            record["epochs_before"] + best["epoch"], positive(best["S"]), **star
        )
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
        # Rates end low, which leaves room for the legend.
        named = {line.get_label(): line for line in reversed(self.loss_lines_)}
        rate.legend(
            handles=[*reversed(named.values()), self.chosen_line_],
            **{"loc": "upper right", "fontsize": "small", "handlelength": 1.8, "frameon": False},
        )
        self.axes_, self.figure_ = axes, axes[0].figure
        return self

    def _style(self, k):
        """Orange if chosen, else grey, blue for other architectures; a line style per forcing."""
        families = list(dict.fromkeys(c["family"] for c in self.candidates))
        record, chosen = self.candidates[k], self.candidates[self.chosen[0]]
        other = difference(record["architecture"], chosen["architecture"])
        shade = 0.1 + 0.5 * k / len(self.candidates)
        style = {
            "color": (shade, shade, 1.0) if other else str(shade),
            "linewidth": 1.0,
            "linestyle": _LINES[families.index(record["family"]) % len(_LINES)],
            "label": ", ".join(filter(None, [record["family"], other])),
            "zorder": 2,
        }
        if k == self.chosen[0]:
            style |= {"color": MODEL["color"], "linewidth": 1.8, "zorder": 3}
        return style
