"""Scorers of reconstructions, by free runs in the coordinates of the test data."""

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
from ._scores import (
    OF_DELAY_VECTORS,
    OF_FREE_RUN,
    WITH_NOISE,
    WORST,
    embedded,
    neg_n_step_error,
)


@dataclass(frozen=True, repr=False)
class DSRScorer:
    r"""Scorer of a reconstruction: how close the free run of the model is to test data.

    A callable ``scorer(estimator, X, y=None)`` for `scoring` in scikit-learn's searches and
    cross-validation. It starts the model near the beginning of each test trajectory, at the first
    row with a complete past. The model runs freely for the length of the trajectory. Noise drives a
    model with `driven_`, except in valid times and exponents. The scorer compares run and data in
    the coordinates and units of X. The transformers of a Pipeline map the run back, so candidates
    with different embeddings or scalings get comparable scores.

    Each trajectory of a list or a 3-D array gives one test piece, its longest gap-free one. A 2-D X
    gives one piece in all. All scores are finite, and higher is better.

    Parameters
    ----------
    metrics : sequence of str, or str, default=all metrics
        Names of metrics. With a sequence the scorer returns a dict, and a search needs a `refit`.
        With one name it returns a float. Ranges are for runs that stay finite.

        - "neg_state_space_divergence", in [-100, 0] up to sampling noise: minus the divergence in
          nats between the distributions of rows, over all trajectories and in units of the
          standard deviations of the data.
        - "neg_power_spectrum_hellinger", in [-1, 0]: minus the Hellinger distance of the spectra.
        - "neg_n_step_error", in [-1e100, 0]: minus the mean squared error of forecasts `horizon`
          rows ahead from every row, in squared units of X.
        - "valid_prediction_time", at least 0: time until the error of the free run exceeds
          `threshold`, in units of the `dt` of the model. It is a mean over starts and needs many
          trajectories or a high `n_starts`.
        - "neg_lyapunov_difference", in [-100, 0]: minus the absolute difference of the largest
          Lyapunov exponents of run and data, per unit of `dt`. Both come from
          :func:`~sklearn_dsr.dynamics.max_lyapunov_exponent`, which is inaccurate on noisy or
          short data. Give `lyapunov_exponent` if it is known.
        - "skill", in [0, 1]: geometric mean of 1 - D_stsp / D_noise, at least 0, and 1 - D_H.
          D_stsp and D_H are the state space divergence and the Hellinger distance. D_noise is the
          divergence of Gaussian noise with the mean and covariance of the data. A run that visits
          the same states as the data no better than noise gets 0.
    n_delays : int or None, default=None
        If given, the metrics in state space ("neg_state_space_divergence",
        "neg_lyapunov_difference", "skill") compare delay vectors of this many copies, at least 1.
        Use it if few quantities of the system were measured. All candidates share it, because
        scores in their own embeddings are not comparable.
    lag : int or None, default=None
        Rows between two copies, at least 1; needs `n_delays`. None means 1.
    horizon : int, default=20
        Rows ahead in "neg_n_step_error", at least 1; at most the length of a piece.
    sigma : float, default=20
        Width, at least 0, of the Gaussian that smooths the spectra, in frequency bins.
    threshold : float, default=0.4
        Largest error of a valid prediction, at least 0, in standard deviations of the data.
    lyapunov_exponent : float or None, default=None
        Largest Lyapunov exponent of the true system per unit of `dt`. None estimates it from the
        test data.
    n_starts : int, default=1
        Free runs per test piece, at least 1. The piece is cut into this number of equal parts. Rows
        are pooled; spectra and times are averaged.
    context : int, default=1
        Known rows at the start of a piece, the start row included, at least 1. A candidate with an
        embedding takes its ``context_length_`` if this is larger. Set `context` to the largest one
        to compare all candidates on the same rows.

    Raises
    ------
    ValueError
        If a metric is unknown, a parameter is out of its range, or `lag` is given without
        `n_delays`.
    TypeError
        If a parameter has a wrong type.

    Warns
    -----
    ReconstructionWarning
        In a call, if the free run or a forecast is not finite. The scores are then the values in
        :data:`WORST` then.
    DataWarning
        In a call, if X looks shuffled, or is too short for one of the metrics.

    See Also
    --------
    get_scorer : Scorer of one metric.
    rank_average_refit : Choice by several metrics.
    sklearn_dsr.metrics : The metrics as functions of two arrays.

    Notes
    -----
    Scores depend on the length of the test data: even a perfect model has a large divergence from a
    short piece, and `sigma` counts bins. Compare scores of equal lengths only, and report the
    length. See :doc:`/guide/model_selection`.

    The scorer keeps no state. The same model and data give the same scores.

    **Cost.** One free run of all pieces, two of a driven model, and for "neg_n_step_error"
    `horizon` steps from every row. The metrics take O(n_samples log n_samples) time.

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
            raise ValueError(f"lag={self.lag} has no effect without n_delays. Set both.")
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
        """Warn once if X looks shuffled or is too short for some metrics."""
        messages = [SHUFFLED] if looks_shuffled(X) else []
        true = [part.true for part in parts]
        for name in names:
            if name in ("valid_prediction_time", "neg_lyapunov_difference") and len(names) > 1:
                continue  # few starts or columns are usual, and other metrics remain
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
            Fitted model.
        X : array-like or DataFrame of shape (n_samples, n_features), list of such, or 3-D array
            Test data, in the form that `fit` of the estimator takes.
        y : None
            Ignored.

        Returns
        -------
        dict of str to float, or float
            Score of each metric, or of the single one.

        Raises
        ------
        ValueError
            If no trajectory has two rows after the start of the free run, or is long enough for
            `n_delays`; if a transformer dropped rows of a trajectory with gaps, or changed the
            columns of a model with external inputs.
        TypeError
            If the estimator has no `simulate`, or a transformer no inverse.
        """
        coordinates = OriginalCoordinates(estimator)
        test = pieces(coordinates, X, self.context)
        parts = [part for piece in test for part in piece.cut(self.n_starts)]
        names, scores, run_problem, forecast_problem = self._names(), {}, "", ""
        runs = {}  # with the noise of a driven model, and without
        for name in names:
            if name == "neg_n_step_error":
                scores[name], forecast_problem = neg_n_step_error(coordinates, test, self.horizon)
                continue
            noisy = coordinates.driven and name in WITH_NOISE
            if noisy not in runs:
                runs[noisy] = free_runs(coordinates, parts, noisy)
            true, generated, problem = runs[noisy]
            run_problem = run_problem or problem
            score = WORST[name]
            if not problem:
                score = OF_FREE_RUN[name](self, true, generated, coordinates.dt)
            scores[name] = max(float(score), WORST[name])
        self._warn_of_data(X, parts, names)
        problems = [problem for problem in (run_problem, forecast_problem) if problem]
        if problems:
            warnings.warn(
                f"{' and '.join(problems).capitalize()}; the score is the worst one. Train longer, "
                "force more strongly, or set clipped=True if the model has it.",
                ReconstructionWarning,
                stacklevel=level(),
            )
        return scores[self.metrics] if isinstance(self.metrics, str) else scores


#: Minus the divergence of the places that a free run and the test data visit, in nats; 0 is best.
#: :class:`DSRScorer` describes it.
#:
#: >>> grid = {"hidden_dim": [5, 20]}
#: >>> search = GridSearchCV(model, grid, scoring=neg_state_space_divergence_scorer)
neg_state_space_divergence_scorer = DSRScorer("neg_state_space_divergence")

#: Minus the Hellinger distance of the spectra of a free run and of the test data, in [-1, 0].
#: :class:`DSRScorer` describes it.
#:
#: >>> grid = {"hidden_dim": [5, 20]}
#: >>> search = GridSearchCV(model, grid, scoring=neg_power_spectrum_hellinger_scorer)
neg_power_spectrum_hellinger_scorer = DSRScorer("neg_power_spectrum_hellinger")

#: Minus the mean squared error of forecasts 20 steps ahead, in squared units of X; 0 is best.
#: :class:`DSRScorer` describes it.
#:
#: >>> search = GridSearchCV(model, {"hidden_dim": [5, 20]}, scoring=neg_n_step_error_scorer)
neg_n_step_error_scorer = DSRScorer("neg_n_step_error")

#: Time until a free run has left the test data, in units of `dt` of the model.
#: :class:`DSRScorer` describes it.
#:
#: >>> search = GridSearchCV(model, {"hidden_dim": [5, 20]}, scoring=valid_prediction_time_scorer)
valid_prediction_time_scorer = DSRScorer("valid_prediction_time")

#: Minus the difference of the largest Lyapunov exponents of a free run and of the test data.
#: :class:`DSRScorer` describes it.
#:
#: >>> grid = {"hidden_dim": [5, 20]}
#: >>> search = GridSearchCV(model, grid, scoring=neg_lyapunov_difference_scorer)
neg_lyapunov_difference_scorer = DSRScorer("neg_lyapunov_difference")

#: Skill of a free run in [0, 1]: state-space divergence and spectra in one number.
#: :class:`DSRScorer` describes it.
#:
#: >>> search = GridSearchCV(model, {"hidden_dim": [5, 20]}, scoring=skill_scorer)
skill_scorer = DSRScorer("skill")


def get_scorer(name: str) -> DSRScorer:
    """Return the scorer of one metric, as scikit-learn's `get_scorer` does.

    Parameters
    ----------
    name : str
        Name of a metric of :class:`DSRScorer`, for instance "skill". The names are the keys of
        :data:`WORST`.

    Returns
    -------
    DSRScorer
        Scorer that returns a float.

    Raises
    ------
    ValueError
        If there is no such metric.

    See Also
    --------
    DSRScorer : Scorer with parameters, or of several metrics.

    Examples
    --------
    >>> from sklearn_dsr.model_selection import get_scorer
    >>> get_scorer("skill")
    DSRScorer('skill')
    """
    return DSRScorer(str(name))
