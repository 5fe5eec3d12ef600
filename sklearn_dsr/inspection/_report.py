"""One page on a reconstruction: outcome of the fit, metrics of the free run, and analyses."""

from __future__ import annotations

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted

from .._choice._outcome import ADVICE
from .._coordinates.original_coordinates import OriginalCoordinates
from .._coordinates.pieces import free_runs
from .._coordinates.pieces import pieces as pieces_of
from .._coordinates.protocol import PackageReconstructor
from .._data.validation import check_int
from ..dynamics import cycles, kaplan_yorke_dimension
from ..dynamics._series import divergence_curve, slope, trouble
from ..metrics._spectrum import cannot_tell, common_length, telling_length
from ..reconstruction._season_advice import season_advice
from ._comparison import column_names
from ._report_figures import figures, halves, in_words, spectrum_of
from ._report_page import ReconstructionReport
from ._report_pictures import Runs
from ._types import Rows

# Rows without a gap: the fewest for a report, and the fewest for the largest exponent of data.
LEAST, EXPONENT_ROWS = 10, 50
# Below so many standard errors an exponent is not told from 0.
SURE = 3.0


def reconstruction_report(
    estimator: BaseEstimator,
    X: Rows,
    *,
    max_order: int = 3,
    flow: bool = False,
    random_state: int | np.random.RandomState | np.random.Generator | None = 0,
    verbose: bool = False,
) -> ReconstructionReport:
    """One page on a fitted model: training, metrics, exponents, fixed points and cycles.

    The report compares halves of the data. The free run is compared with the first half: these are
    the metrics of the model. The second half is compared with the first half too: a perfect model
    is not closer to the data with so many rows. Of several trajectories, every other one belongs to
    the first half. Noise drives the free run of a model with `driven_`; exponents, fixed points and
    cycles are those of the map without it.

    Parameters
    ----------
    estimator : fitted reconstructor, Pipeline that ends in one, or fitted search
        The model.
    X : array-like or DataFrame of shape (n_samples, n_features), list of such, or 3-D array
        Data to compare with, best some that the fit has not seen. The longest gap-free piece of
        each trajectory counts.
    max_order : int, default=3
        Largest order of the cycles to look for, at least 1.
    flow : bool, default=False
        Whether the exponents are those of the flow instead of the map; see
        :func:`~sklearn_dsr.dynamics.lyapunov_spectrum`.
    random_state : int, RandomState, Generator or None, default=0
        Seed of the search for cycles.
    verbose : bool, default=False
        Whether to print the report.

    Returns
    -------
    ReconstructionReport
        Numbers as attributes. ``print(report)`` shows it as text, and a notebook as a page with
        pictures.

    Raises
    ------
    ValueError
        If X has fewer than 10 rows without a gap after those that an embedding takes up, or
        `max_order` is below 1.
    TypeError
        If the estimator has no free run.
    NotFittedError
        If it is not fitted.

    See Also
    --------
    TrainingDisplay : How the candidates of the fit were trained.
    AttractorDisplay, PowerSpectrumDisplay, ForecastDisplay : The pictures in full size.
    sklearn_dsr.dynamics.lyapunov_spectrum, sklearn_dsr.dynamics.cycles : The analyses.

    Examples
    --------
    >>> from sklearn_dsr import ShallowPLRNNReconstructor
    >>> from sklearn_dsr.datasets import make_lorenz63
    >>> from sklearn_dsr.inspection import reconstruction_report
    >>> X = make_lorenz63(4000, noise_level=0.05, random_state=0)
    >>> model = ShallowPLRNNReconstructor(50, n_init=1, max_iter=100, dt=0.01, random_state=0)
    >>> report = reconstruction_report(model.fit(X), X, max_order=1)
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
    longest = max(len(p.true) for p in pieces)
    if longest < LEAST:
        raise ValueError(
            f"X has {longest} complete rows without a gap, and a report needs {LEAST}. Give a "
            "longer series."
        )
    reference, other = halves(pieces)
    true, runs, problem = free_runs(model, reference, model.driven)
    metrics, floor = figures(true, runs, other, model, pieces, problem)
    fitted = model.reconstructor
    inputs = None
    if model.n_inputs:
        rows = np.concatenate([p.states[:, -model.n_inputs :] for p in pieces])
        inputs = rows.mean(axis=0)
    spectrum = None if problem else spectrum_of(estimator, model, pieces, flow)
    exponent, doubt = _data_exponent(pieces, longest)
    names = column_names(true[0].shape[1], X, estimator)
    valid_time = metrics.get("valid prediction time", np.nan)
    report = ReconstructionReport(
        getattr(fitted, "outcome_", "fitted"),
        ADVICE.get(getattr(fitted, "outcome_", ""), ""),
        in_words(fitted),
        sum(map(len, true)),
        metrics,
        floor,
        spectrum,
        exponent / model.dt,
        None if spectrum is None else kaplan_yorke_dimension(spectrum.exponents),
        cycles(estimator, max_order, X, inputs=inputs, random_state=random_state),
        (),
        estimator,
        Runs(true, runs, names, model.dt, valid_time),
    )
    remarks = [
        *_of_the_run(problem, min(map(common_length, (true, other)))),
        *_remarks(report, inputs, doubt),
        *_season(model, X),
    ]
    object.__setattr__(report, "remarks", tuple(remarks))
    if verbose:
        print(report)
    return report


def _data_exponent(pieces, longest):
    """Largest exponent of the data per row, and a sentence of doubt or an empty text."""
    if longest < EXPONENT_ROWS:
        return np.nan, f"It needs {EXPONENT_ROWS} rows without a gap."
    curve = divergence_curve([p.true for p in pieces])
    return slope(curve), trouble(curve)


def _of_the_run(problem, length):
    """Sentences on a run that diverges, and on rows that are few for its spectrum."""
    if problem:
        yield f"{problem[0].upper()}{problem[1:]}: the metrics of the run are not defined."
    if length < telling_length():
        yield cannot_tell(length)


def _season(model, X):
    """A sentence on a trend or a period that the model does not see, if there is one."""
    _, rows = model.read(X, mask=True)
    if isinstance(model.reconstructor, PackageReconstructor):
        advice = season_advice(model.reconstructor, rows)
        yield from [advice.strip()] if advice else []


def _remarks(report, inputs, doubt):
    """Sentences on what the numbers do and do not say."""
    if report.floor["D_stsp"] > 1.0:
        yield (
            f"D_stsp of data against data is {report.floor['D_stsp']:.3g} with {report.n_rows:,} "
            "rows. Give more rows to tell good models apart."
        )
    if doubt:
        yield f"About the largest exponent of the data: {doubt[0].lower()}{doubt[1:]}"
    if report.spectrum is not None:
        largest, error = report.spectrum.exponents[0], report.spectrum.standard_error[0]
        if abs(largest) < SURE * error:
            yield (
                "The largest exponent of the model is not told from 0. The run is a cycle or a "
                "torus, or too short."
            )
        if np.min(report.spectrum.exponents) < 0:
            yield (
                "Trust the first exponents. Data on the attractor hardly show the contracting "
                "ones, on which the Kaplan-Yorke dimension depends."
            )
    if not report.cycles.complete:
        yield "The search for cycles was not exhaustive for every order. There may be more."
    if inputs is not None:
        yield "Fixed points and cycles are those with the external inputs held at their mean."
