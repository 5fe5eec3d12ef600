"""One page on a reconstruction: what became of the fit, how like the data it runs, what it has."""

from dataclasses import dataclass
from html import escape

import numpy as np
from sklearn.utils.validation import check_is_fitted

from .._choice._outcome import ADVICE
from .._coordinates.original_coordinates import OriginalCoordinates
from .._coordinates.pieces import free_runs
from .._coordinates.pieces import pieces as pieces_of
from .._coordinates.protocol import PackageReconstructor
from .._data.validation import check_int
from ..dynamics import cycles, kaplan_yorke_dimension
from ..dynamics._found import Cycles
from ..dynamics._lyapunov import LyapunovSpectrum
from ..dynamics._series import divergence_curve, slope, trouble
from ..reconstruction._season_advice import season_advice
from ._report_figures import figures, halves, in_words, spectrum_of
from ._report_html import page

# Below so many standard errors an exponent is not told from 0.
SURE = 3.0


@dataclass(frozen=True)
class ReconstructionReport:
    """What `reconstruction_report` finds; ``print(report)``, or shown in a notebook, a page of it.

    Attributes
    ----------
    outcome, advice : str
        Of the training; no advice if it converged.
    training : dict of str
        What was fitted and how, in words.
    n_rows : int
        Rows that the metrics compare.
    metrics, floor : dict of float
        "D_stsp", "D_H", "standard deviation ratio" and "rows out of range" of a free run, and of
        data against other data of the same length; the run's "PE(20)" relative to the variance and
        "valid prediction time" in units of dt.
    spectrum : LyapunovSpectrum or None
        Of the model, per unit of time; None if its run diverges.
    data_exponent : float
        Largest exponent of the data, by a method that knows no model.
    kaplan_yorke_dimension : float or None
    cycles : Cycles
        Fixed points and cycles, with how complete the search was.
    remarks : tuple of str
        What to keep in mind when reading these numbers.
    """

    outcome: str
    advice: str
    training: dict
    n_rows: int
    metrics: dict
    floor: dict
    spectrum: LyapunovSpectrum | None
    data_exponent: float
    kaplan_yorke_dimension: float | None
    cycles: Cycles
    remarks: tuple
    _estimator: object = None

    def sections(self):
        """Titles and rows of cells, (title, header or None, rows), as both forms show them."""
        yield "Training", None, [("outcome", self.outcome), *self.training.items()]
        cells = [
            (name, f"{value:.3g}", f"{self.floor[name]:.3g}" if name in self.floor else "")
            for name, value in self.metrics.items()
        ]
        title = f"Free run beside {self.n_rows:,} rows"
        yield title, ("", "model", "data against data"), cells
        cells = [("of the data, largest", f"{self.data_exponent:.3g}", "")]
        if self.spectrum is not None:
            pairs = zip(self.spectrum.exponents, self.spectrum.standard_error, strict=True)
            cells += [
                (f"of the model, {k + 1}", f"{value:.4g}", f"{error:.2g}")
                for k, (value, error) in enumerate(pairs)
            ]
        if self.kaplan_yorke_dimension is not None:
            cells.append(("Kaplan-Yorke dimension", f"{self.kaplan_yorke_dimension:.3f}", ""))
        yield "Lyapunov exponents per unit of time", ("", "value", "error of this run"), cells
        cells = [
            (
                str(c.order),
                c.kind,
                str(c.n_unstable),
                "yes" if c.in_range else "no",
                ", ".join(f"{x:.4g}" for x in c.points[0][:6]),
            )
            for c in self.cycles[:20]
        ]
        header = ("order", "kind", "unstable directions", "in the data's range", "point")
        yield f"Fixed points and cycles ({len(self.cycles)} found)", header, cells

    def __str__(self):
        lines = []
        for title, header, rows in self.sections():
            table = [header, *rows] if header else rows
            widths = [max(len(row[k]) for row in table) for k in range(len(table[0]))]
            lines += [title, "-" * len(title)]
            for row in table:
                cells = [cell.ljust(width) for cell, width in zip(row, widths, strict=True)]
                lines.append("  ".join(cells).rstrip())
            lines.append("")
        notes = [*([self.advice] if self.advice else []), *self.remarks]
        return "\n".join([*lines, *(f"* {note}" for note in notes)])

    def _repr_html_(self):
        sections = [
            (escape(title), header, [[escape(cell) for cell in row] for row in rows])
            for title, header, rows in self.sections()
        ]
        return page(self._estimator, sections, [self.advice, *self.remarks])


def reconstruction_report(estimator, X, *, max_order=3, flow=False, random_state=0, verbose=True):
    """Print and return one page on a fitted model: training, metrics, exponents, cycles.

    Metrics compare halves: the data's first half with the second (of several trajectories, every
    other one with the rest) is what a perfect model can reach with so many rows; a free run beside
    the first half stands next to it.

    Parameters
    ----------
    estimator : fitted reconstructor, Pipeline that ends in one, or fitted search
        The model.
    X : array-like or DataFrame of shape (n_samples, n_features), list of such, or 3-D array
        Data that it is to be like, best some that the fit has not seen. Of each trajectory the
        longest gap-free piece is compared.
    max_order : int, default=3
        Largest order of the cycles to look for, at least 1.
    flow : bool, default=False
        Exponents of the map, or of the flow that it takes steps of; see
        :func:`~sklearn_dsr.dynamics.lyapunov_spectrum`.
    random_state : int, RandomState, Generator or None, default=0
        Seed of the search for cycles.
    verbose : bool, default=True
        Whether to print the report.

    Returns
    -------
    ReconstructionReport
        With the numbers as attributes, a text form and an HTML form.

    Raises
    ------
    ValueError
        If X is too short (100 rows without a gap), or `max_order` is below 1.
    TypeError
        If the estimator has no free run.
    NotFittedError
        If it is not fitted.

    Examples
    --------
    >>> from sklearn_dsr import ShallowPLRNNReconstructor
    >>> from sklearn_dsr.datasets import make_lorenz63
    >>> from sklearn_dsr.inspection import reconstruction_report
    >>> X = make_lorenz63(4000, noise_level=0.05, random_state=0)
    >>> model = ShallowPLRNNReconstructor(50, n_init=1, max_iter=100, dt=0.01, random_state=0)
    >>> report = reconstruction_report(model.fit(X), X, max_order=1, verbose=False)
    >>> report.outcome, sorted(report.floor)
    ('converged', ['D_H', 'D_stsp', 'rows out of range', 'standard deviation ratio'])
    >>> print(report)  # doctest: +ELLIPSIS
    Training
    --------
    outcome ...
    """
    check_is_fitted(estimator)
    check_int(max_order, "max_order", 1, advice="1 is for fixed points only.")
    model = OriginalCoordinates(estimator)
    pieces = pieces_of(model, X)
    if max(len(p.true) for p in pieces) < 100:
        raise ValueError(
            f"X has {max(len(p.true) for p in pieces)} rows without a gap, and a report needs 100. "
            "Give a longer series."
        )
    reference, other = halves(pieces)
    true, runs, problem = free_runs(model, reference)
    metrics, floor = figures(true, runs, other, model, pieces, problem)
    fitted = model.reconstructor
    inputs = None
    if model.n_inputs:
        rows = np.concatenate([p.states[:, -model.n_inputs :] for p in pieces])
        inputs = rows.mean(axis=0)
    spectrum = None if problem else spectrum_of(estimator, model, pieces, flow)
    dimension = None if spectrum is None else kaplan_yorke_dimension(spectrum.exponents)
    curve = divergence_curve([p.true for p in pieces])
    report = ReconstructionReport(
        getattr(fitted, "outcome_", "fitted"),
        ADVICE.get(getattr(fitted, "outcome_", ""), ""),
        in_words(fitted),
        sum(map(len, true)),
        metrics,
        floor,
        spectrum,
        slope(curve) / model.dt,
        dimension,
        cycles(estimator, max_order, X, inputs=inputs, random_state=random_state),
        (),
        estimator,
    )
    remarks = [*_remarks(report, problem, inputs, trouble(curve)), *_season(model, X)]
    object.__setattr__(report, "remarks", tuple(remarks))
    if verbose:
        print(report)
    return report


def _season(model, X):
    """A sentence on a trend or a period that the model does not see, if there is one."""
    _, rows = model.read(X, mask=True)
    if isinstance(model.reconstructor, PackageReconstructor):
        advice = season_advice(model.reconstructor, rows)
        yield from [advice.strip()] if advice else []


def _remarks(report, problem, inputs, doubt):
    """Sentences on what the numbers do and do not say."""
    if problem:
        yield f"{problem[0].upper()}{problem[1:]}: the metrics of the run are not defined."
    if report.floor["D_stsp"] > 1.0:
        yield (
            f"Of {report.n_rows:,} rows even data are {report.floor['D_stsp']:.2g} away from data: "
            "more rows would tell models apart."
        )
    if doubt:
        yield f"Of the largest exponent of the data: {doubt[0].lower()}{doubt[1:]}"
    if report.spectrum is not None:
        largest, error = report.spectrum.exponents[0], report.spectrum.standard_error[0]
        if abs(largest) < SURE * error:
            yield "The largest exponent is not told from 0: a cycle, a torus, or too short a run."
        if np.min(report.spectrum.exponents) < 0:
            yield (
                "Contracting exponents are hard to learn from data on the attractor, and the "
                "Kaplan-Yorke dimension rests on them: trust the first ones."
            )
    if not report.cycles.complete:
        yield "The search for cycles was not exhaustive for every order: there may be more."
    if inputs is not None:
        yield "Fixed points and cycles are those under the mean of the external inputs, held still."
