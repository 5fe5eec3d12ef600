"""What a report holds, and its two forms: text, and a page for a notebook."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from html import escape
from typing import Any

from ..dynamics._found import Cycles
from ..dynamics._lyapunov import LyapunovSpectrum
from ._report_html import page
from ._report_pictures import Runs, pictures

N_CYCLES, N_COORDINATES = 20, 6  # that are listed


@dataclass(frozen=True, repr=False)
class ReconstructionReport:
    """What `reconstruction_report` finds.

    ``print(report)`` shows it as text. A notebook shows a page with pictures.

    Attributes
    ----------
    outcome, advice : str
        Outcome of the training, and what to try. The advice is empty if the training converged.
    training : dict of str
        What was fitted and how, in words.
    n_rows : int
        Rows that the metrics compare.
    metrics : dict of float
        Metrics of the free run: "D_stsp", "D_H", "standard deviation ratio", "rows out of range",
        "PE(20)" relative to the variance, and "valid prediction time" in units of dt. NaN if the
        run diverges.
    floor : dict of float
        The first four metrics of data against other data of the same length.
    spectrum : LyapunovSpectrum or None
        Lyapunov spectrum of the model, per unit of time. None if its run diverges.
    data_exponent : float
        Largest Lyapunov exponent of the data, by a method without a model. NaN for fewer than 50
        rows without a gap.
    kaplan_yorke_dimension : float or None
        Dimension of the model's attractor, from its spectrum. None without a spectrum.
    cycles : Cycles
        Fixed points and cycles, and whether the search was complete.
    remarks : tuple of str
        What to keep in mind when you read the numbers.

    See Also
    --------
    reconstruction_report : Makes a report.
    """

    outcome: str
    advice: str
    training: dict[str, str]
    n_rows: int
    metrics: dict[str, float]
    floor: dict[str, float]
    spectrum: LyapunovSpectrum | None
    data_exponent: float
    kaplan_yorke_dimension: float | None
    cycles: Cycles
    remarks: tuple[str, ...]
    _estimator: Any = field(default=None, compare=False)
    _runs: Runs | None = field(default=None, compare=False)

    def sections(self) -> Iterator[tuple[str, tuple[str, ...] | None, list[tuple[str, ...]]]]:
        """Sections of the report as both forms show them.

        Yields
        ------
        title : str
        header : tuple of str, or None
            Titles of the columns.
        rows : list of tuple of str
            Cells of the table, row by row.
        """
        yield "Training", None, [("outcome", self.outcome), *self.training.items()]
        title = f"Free run compared with {self.n_rows:,} rows"
        yield title, ("", "model", "data against data"), self._metric_rows()
        title = "Lyapunov exponents per unit of time"
        yield title, ("", "value", "error of this run"), self._exponent_rows()
        header = ("order", "kind", "unstable directions", "in the data's range", "point")
        title = f"Fixed points and cycles ({len(self.cycles)} found)"
        yield title, header, self._cycle_rows()

    def _metric_rows(self):
        return [
            (name, three(value), three(self.floor[name]) if name in self.floor else "")
            for name, value in self.metrics.items()
        ]

    def _exponent_rows(self):
        rows = [("of the data, largest", three(self.data_exponent), "")]
        if self.spectrum is not None:
            pairs = zip(self.spectrum.exponents, self.spectrum.standard_error, strict=True)
            rows += [
                (f"of the model, {k + 1}", three(value), f"{error:.2g}")
                for k, (value, error) in enumerate(pairs)
            ]
        if self.kaplan_yorke_dimension is not None:
            rows.append(("Kaplan-Yorke dimension", three(self.kaplan_yorke_dimension), ""))
        return rows

    def _cycle_rows(self):
        return [
            (
                str(cycle.order),
                cycle.kind,
                str(cycle.n_unstable),
                "yes" if cycle.in_range else "no",
                ", ".join(map(three, cycle.points[0][:N_COORDINATES])),
            )
            for cycle in self.cycles[:N_CYCLES]
        ]

    def __str__(self) -> str:
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

    __repr__ = __str__

    def _repr_html_(self) -> str:
        sections = [
            (escape(title), header, [[escape(cell) for cell in row] for row in rows])
            for title, header, rows in self.sections()
        ]
        shown = [] if self._runs is None else pictures(self._runs)
        return page(self._estimator, shown, sections, [self.advice, *self.remarks])


def three(value: float) -> str:
    """A number to three digits, with all digits before the point up to a million."""
    return f"{value:,.0f}" if 1000 <= abs(value) < 1e6 else f"{value:.3g}"
