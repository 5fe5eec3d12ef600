"""Scorers for model selection: one free run per test fold, compared in the data's coordinates."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import KW_ONLY, dataclass, fields
from typing import Any

from numpy.typing import ArrayLike

from .._coordinates.original_coordinates import OriginalCoordinates
from .._coordinates.pieces import free_runs, pieces
from .._data.types import Estimator
from .._data.validation import check_int, check_real
from .._data.warning_level import level
from ..exceptions import DataWarning, ReconstructionWarning
from ._checks import SHUFFLED, looks_shuffled, shortfall
from ._scores import OF_DELAY_VECTORS, OF_FREE_RUN, WORST, embedded, neg_n_step_error


@dataclass(frozen=True, repr=False)
class DSRScorer:
    r"""Score of a reconstruction: how close the model's free run is to test data.

    A callable ``scorer(estimator, X, y=None)`` for `scoring=` of scikit-learn's searches and cross
    validation. It starts the model at the first row of each test trajectory that has a complete
    past, lets it run freely, without another look at the data, for the length of the trajectory,
    and compares the two in the coordinates and units of X. In a Pipeline the transformers map X to
    the model's coordinates and their `inverse_transform` maps the run back, row by row: candidates
    with different embeddings or scalings get comparable scores.

    Of each trajectory the longest gap-free piece is used, and of a 2-D X one piece in all. All
    scores are better when higher, and finite.

    Cost: one free run, all pieces at once; with "neg_n_step_error" also `horizon` steps from every
    row. The metrics take O(n_samples log n_samples).

    Parameters
    ----------
    metrics : sequence of str, or str
        Of a sequence, the scorer returns a dict (several metrics, so a search needs `refit` set to
        one of them); of one name, a float.

        - "neg_state_space_divergence", >= -100: minus the divergence in nats of the two clouds of
          points, all trajectories pooled, in units of the standard deviation of the true columns;
          0 is perfect.
        - "neg_power_spectrum_hellinger", in [-1, 0]: minus the Hellinger distance of the spectra;
          -10 for a run that diverges.
        - "neg_n_step_error", in [-1e100, 0]: minus the mean squared error of forecasts `horizon`
          steps ahead from every row, in squared units of X.
        - "valid_prediction_time", >= 0: time until the free run has left the data, in units of the
          model's `dt`, mean over starts: it needs many trajectories, or a high `n_starts`. -1e6 for
          a run that diverges later.
        - "neg_lyapunov_difference", in [-100, 0]: minus the absolute difference of the largest
          Lyapunov exponents of run and data, per unit of `dt`, both from `max_lyapunov_exponent`.
          Of noisy or short test data that is a crude figure: give `lyapunov_exponent` if known.
        - "skill", in [0, 1]: the geometric mean of 1 - D_stsp / D_noise, at least 0, and 1 - D_H;
          D_noise is the divergence of Gaussian noise with the moments of the data. 0 for a run
          that visits the places of the data no better than noise does, -10 for one that diverges.
    n_delays : int or None, default=None
        If given, the state-space divergence compares delay vectors of this many copies of both
        series. For data where few quantities of the system were measured. It belongs to the scorer
        because in coordinates that a candidate chose, candidates could not be compared.
    lag : int or None, default=None
        Rows between two copies; None means 1.
    horizon : int, default=20
        Steps of the n-step error; cut to the length of a short piece.
    sigma : float, default=20
        Smoothing of the spectra in frequency bins.
    threshold : float, default=0.4
        Error relative to the standard deviation of the data at which a prediction ceases to be
        valid.
    lyapunov_exponent : float or None, default=None
        Largest Lyapunov exponent of the true system per unit of `dt`; None estimates it from the
        test data.
    n_starts : int, default=1
        Free runs of each test piece, which is cut in so many parts of equal length: more initial
        conditions, shorter runs. Places are pooled, spectra and times averaged.
    context : int, default=1
        Rows at the start of a piece that are taken as known, the start row included. Each candidate
        needs ``context_length_`` of its DelayEmbedding and takes them if `context` is less; with
        `context` set to the largest of all candidates, all run beside exactly the same rows.

    Warns
    -----
    ReconstructionWarning
        Once per call, if the run or the forecasts were not finite; the scores concerned then are
        their worst values, in `WORST`.
    DataWarning
        Once per call, if X looks shuffled in time, or is too short for one of the metrics.

    Notes
    -----
    **Length matters.** The divergence of even a perfect model from a short test piece is large: for
    Lorenz-63 at 100 rows per time unit, true pieces of 1000, 5000, 20000 and 50000 rows are 5.0,
    1.2, 0.24 and 0.11 away from 100000 rows. `sigma` counts bins, so the spectra's distance depends
    on the length as well. Compare scores of equal test lengths only, and report the length.

    The scorer keeps no state and draws no random numbers that a seed does not fix: the same model
    and data give the same scores.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_dsr.model_selection import DSRScorer
    >>> class Rotation:  # stands for a fitted reconstructor
    ...     def simulate(self, x0, n_steps):
    ...         t = 0.1 * np.arange(1, n_steps + 1)[:, np.newaxis]
    ...         a, b = np.asarray(x0)[..., np.newaxis, :1], np.asarray(x0)[..., np.newaxis, 1:]
    ...         return np.concatenate(
    ...             [a * np.cos(t) - b * np.sin(t), a * np.sin(t) + b * np.cos(t)], axis=-1
    ...         )
    >>> t = 0.1 * np.arange(500)
    >>> X = np.column_stack([np.cos(t), np.sin(t)])
    >>> scorer = DSRScorer(["neg_power_spectrum_hellinger", "valid_prediction_time"])
    >>> {name: round(abs(value), 3) for name, value in scorer(Rotation(), X).items()}
    {'neg_power_spectrum_hellinger': 0.0, 'valid_prediction_time': 499.0}
    >>> DSRScorer("neg_n_step_error", horizon=5)
    DSRScorer('neg_n_step_error', horizon=5)
    """

    metrics: Sequence[str] | str = tuple(WORST)
    _: KW_ONLY
    n_delays: int | None = None
    lag: int | None = None
    horizon: int = 20
    sigma: float = 20.0
    threshold: float = 0.4
    lyapunov_exponent: float | None = None
    n_starts: int = 1
    context: int = 1

    def __post_init__(self):
        names = self._names()
        if not names or any(name not in WORST for name in names):
            raise ValueError(
                f"metrics must be some of {', '.join(WORST)}; got {self.metrics!r}. Give a "
                "sequence of these names, or one of them."
            )
        for name in ("n_delays", "lag"):
            if getattr(self, name) is not None:
                check_int(getattr(self, name), name, 1)
        if self.lag is not None and self.n_delays is None:
            raise ValueError(f"lag={self.lag} has no effect without n_delays. Set n_delays too.")
        check_int(self.horizon, "horizon", 1)
        check_real(self.sigma, "sigma", 0.0)
        check_real(self.threshold, "threshold", 0.0)
        check_int(self.context, "context", 1)
        check_int(self.n_starts, "n_starts", 1)
        if self.lyapunov_exponent is not None:
            check_real(self.lyapunov_exponent, "lyapunov_exponent", -1e6)

    def __repr__(self):
        shown = [repr(self.metrics)] if self.metrics != tuple(WORST) else []
        for field in fields(self)[1:]:
            if getattr(self, field.name) != field.default:
                shown.append(f"{field.name}={getattr(self, field.name)!r}")
        return f"DSRScorer({', '.join(shown)})"

    def _warn_of_data(self, X, parts, names):
        """Warn if X looks shuffled, or is too short for a metric; once for all of them."""
        messages = [SHUFFLED] if looks_shuffled(X) else []
        true = [part.true for part in parts]
        for name in names:
            if name in ("valid_prediction_time", "neg_lyapunov_difference") and len(names) > 1:
                continue  # few starts or columns are the rule, and one metric of several
            compared = embedded(self, true)[0] if name in OF_DELAY_VECTORS else true
            message = shortfall(compared, name, horizon=self.horizon, sigma=self.sigma)
            messages += [message] if message else []
        if messages:
            warnings.warn(" ".join(messages), DataWarning, stacklevel=level())

    def _names(self):
        return (self.metrics,) if isinstance(self.metrics, str) else tuple(self.metrics)

    def __call__(self, estimator: Estimator, X: ArrayLike, y: object = None) -> Any:
        """Score a fitted estimator on test data.

        Parameters
        ----------
        estimator : reconstructor, Pipeline that ends in one, or fitted search over either
            The model.
        X : array-like or DataFrame of shape (n_samples, n_features), list of such, or 3-D array
            Test data.
        y : None
            Ignored.

        Returns
        -------
        dict of str to float, or float
            The scores.

        Raises
        ------
        ValueError
            If no trajectory has two rows behind the start row of the free run, or none is long
            enough for the delay vectors of `n_delays`; if a transformer dropped rows of a
            trajectory with gaps, or changed the columns of a model with external inputs.
        TypeError
            If the estimator has no free run, or a step of its pipeline no inverse.
        """
        coordinates = OriginalCoordinates(estimator)
        test = pieces(coordinates, X, self.context)
        parts = [part for piece in test for part in piece.cut(self.n_starts)]
        names, scores, run_problem, forecast_problem = self._names(), {}, "", ""
        if any(name in OF_FREE_RUN for name in names):
            true, generated, run_problem = free_runs(coordinates, parts)
        for name in names:
            if name == "neg_n_step_error":
                scores[name], forecast_problem = neg_n_step_error(coordinates, test, self.horizon)
            elif run_problem:
                scores[name] = WORST[name]
            else:
                score = OF_FREE_RUN[name](self, true, generated, coordinates.dt)
                scores[name] = max(float(score), WORST[name])
        self._warn_of_data(X, parts, names)
        problems = [problem for problem in (run_problem, forecast_problem) if problem]
        if problems:
            warnings.warn(
                f"{' and '.join(problems).capitalize()}; the worst score stands for it. Train "
                "longer, force more strongly, or set clipped=True if the model has it.",
                ReconstructionWarning,
                stacklevel=level(),
            )
        return scores[self.metrics] if isinstance(self.metrics, str) else scores


neg_state_space_divergence_scorer = DSRScorer("neg_state_space_divergence")
neg_power_spectrum_hellinger_scorer = DSRScorer("neg_power_spectrum_hellinger")
neg_n_step_error_scorer = DSRScorer("neg_n_step_error")
valid_prediction_time_scorer = DSRScorer("valid_prediction_time")
neg_lyapunov_difference_scorer = DSRScorer("neg_lyapunov_difference")
skill_scorer = DSRScorer("skill")


def get_scorer(name: str) -> DSRScorer:
    """Scorer of one metric by its name, as scikit-learn's `get_scorer`.

    Parameters
    ----------
    name : str
        A key of `WORST`, for instance "skill".

    Returns
    -------
    DSRScorer
        Gives a float.

    Raises
    ------
    ValueError
        If there is no such metric.

    Examples
    --------
    >>> from sklearn_dsr.model_selection import get_scorer
    >>> get_scorer("skill")
    DSRScorer('skill')
    """
    return DSRScorer(str(name))
