"""First stage of a fit: models by regression, and X smoothed along them."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from .._choice._held_out import folds, is_better, summary
from .._data.trajectories import Trajectories, pooled
from .._recipe import BUDGET, RECIPE
from .._training._problem import Problem
from .._training._regression import Regression, Steps, sized, stacked
from ._noise import Along, Noise, noise_along
from ._start import covariance_of
from ._system import smooth_rows


@dataclass(frozen=True)
class Started:
    """Result of the first stage.

    Attributes
    ----------
    problem : Problem
        Problem with the chosen number of hidden units.
    draw : callable (rng) -> list of dict
        Arrays of several models, each with its own kinks.
    rows : Trajectories
        Standardised rows that judge the models, smoothed if noise was found.
    noisy : bool
        Whether noise was found.
    observed : Trajectories
        The same rows as measured, NaN for missing values.
    forecasts : dict of ndarray of shape (n, H)
        Squared errors of the forecasts of held-out rows by "model", "linear", "persistence" and
        "mean"; empty with too few rows.
    folds : list of HeldOut
        The held-out rows.
    noise : Noise or None
        Noise on held-out rows if there are few rows, else None.
    """

    problem: Problem
    draw: Callable
    rows: Trajectories
    noisy: bool
    observed: Trajectories
    forecasts: dict
    folds: list
    noise: Noise | None

    @property
    def held_out_errors(self):
        """Root mean squared errors per horizon, name -> list of H, in standard deviations."""
        squares = {name: np.mean(errors, axis=0) for name, errors in self.forecasts.items()}
        return {name: np.sqrt(values).tolist() for name, values in squares.items()}

    @property
    def is_noise(self):
        """Whether neither model nor linear model forecasts the next row better than the mean."""
        first = {name: errors[:, :1] for name, errors in self.forecasts.items()}
        return bool(first) and not any(
            is_better(first[name], first["mean"]) for name in ("model", "linear")
        )

    @property
    def explains(self):
        """Whether the model explains the steps of held-out rows up to noise.

        This holds if noise was found, because it exceeds the errors of the model. Otherwise the
        errors must be a small part of the steps: a model can have the attractor without forecasts.
        """
        if self.noisy or not self.forecasts:
            return True
        error, of_none = (np.mean(self.forecasts[k][:, 0]) for k in ("model", "persistence"))
        return bool(error <= RECIPE.unexplained * of_none)

    @property
    def is_linear(self):
        """Whether the model does not forecast better than the linear model."""
        if not self.forecasts:
            return False
        return not is_better(self.forecasts["model"], self.forecasts["linear"])


def start_by_regression(problem, rows, missing, hidden_dim, rng):
    """Smooth and regress in turn, then draw models.

    Parameters
    ----------
    problem : Problem
        Problem of a shallow model.
    rows : Trajectories
        Standardised rows, missing values filled in.
    missing : bool ndarray of shape (n_rows, N), or None
        Which values were missing.
    hidden_dim : int or "auto"
        "auto" chooses by the forecasts of held-out rows.
    rng : numpy.random.Generator

    Returns
    -------
    Started
    """
    rows, missing = _affordable(problem, rows, missing)
    start = _Start(problem, rows, missing, hidden_dim, rng)
    smoothed = start.smoothed()
    if smoothed is not None and start.is_spoilt(smoothed):
        smoothed = None
    return start.choose(rows if smoothed is None else smoothed, smoothed is not None)


def _affordable(problem, rows, missing):
    """Evenly chosen pieces with the rows that a Kalman smoother treats in about a second."""
    M, L = problem.sizes[0], problem.parametrization.hidden_dim
    most = int(np.clip(BUDGET.start_work / (M * M * (L + M)), RECIPE.few_rows, BUDGET.start_rows))
    if missing is None or len(rows.values) <= most:
        return rows.thinned(most), missing
    both = rows.with_values(np.concatenate([rows.values, missing], axis=1)).thinned(most)
    width = rows.values.shape[1]
    return both.with_values(both.values[:, :width].copy()), both.values[:, width:] > 0


class _Start:
    """Steps of `start_by_regression`, on the rows that it can afford."""

    def __init__(self, problem, rows, missing, hidden_dim, rng):
        self._problem, self._rows, self._missing, self._rng = problem, rows, missing, rng
        self._hidden_dim = hidden_dim
        values = pooled(rows.segments())
        initial = problem.initial(rng, covariance_of(values[:, : problem.sizes[1]]))
        self._fixed = {name: initial[name] for name in ("B", "L0") if name in initial}
        self._observation = problem.maps(initial)[1]
        self._n = len(values)
        self._few = self._n < RECIPE.few_rows

    def smoothed(self):
        """Rows after some rounds of regression and smoothing, or None without noise."""
        if self._steps(self._rows, BUDGET.smoothing_rows).copies():
            return None  # the smoother assumes independent noise in all columns
        N, rows, smoothed = self._problem.sizes[1], self._rows, None
        observed = self._observed()
        hidden_dim = self._sizes(noisy=True)[-1]
        hidden_dim = min(hidden_dim, BUDGET.smoothing_units)
        for _ in range(BUDGET.start_rounds):
            steps = self._steps(rows, BUDGET.smoothing_rows)
            arrays = self._arrays(steps, hidden_dim, RECIPE.penalties[0], self._rng)
            with np.errstate(all="ignore"):
                along, ratio = smooth_rows(*self._problem.maps(arrays), observed)
            finite = all(np.isfinite(along[a:b]).all() for a, b in self._spans())
            if ratio < RECIPE.least_noise or not finite:
                break
            values = observed.values.copy()
            values[:, :N] = along
            rows = smoothed = self._rows.with_values(values)
        return smoothed

    def is_spoilt(self, smoothed):
        """Whether the removed part is correlated from row to row, unlike noise.

        Then it contains errors of the model, which is too small.
        """
        N, same, lagged = self._problem.sizes[1], 0.0, 0.0
        for a, b in self._spans():
            residual = self._rows.values[a:b, :N] - smoothed.values[a:b, :N]
            if self._missing is not None:
                residual[self._missing[a:b]] = 0.0
            same += np.sum(residual[:-1] ** 2)
            lagged += np.sum(residual[:-1] * residual[1:])
        return bool(lagged > RECIPE.whiteness * same)

    def choose(self, rows, noisy):
        """Choose size and penalties by forecasts of held-out rows, then draw models of all rows."""
        held, forecasts = folds(rows, self._problem.n_inputs), {}
        sizes = self._sizes(noisy)
        hidden_dim, penalties = sizes[-1], RECIPE.penalties[0]
        if held:
            steps_of_folds = [self._steps(fold.fitted, self._most(noisy)) for fold in held]
            tried = self._tried(held, steps_of_folds, [0, *sizes])
            forecasts = {
                "model": tried[0],
                "linear": tried[3],
                "persistence": _joined(fold.errors_of_persistence() for fold in held),
                "mean": _joined(fold.errors_of_the_mean() for fold in held),
            }
            hidden_dim, penalties = tried[1:3]
        n_draws = BUDGET.n_draws
        if hidden_dim:
            work = min(self._n, self._most(noisy)) * hidden_dim**2
            n_draws = int(np.clip(BUDGET.draw_work / work, 1, n_draws))
        bag = BUDGET.bag if self._few and self._hidden_dim == "auto" and hidden_dim else 1
        n_draws = -(-n_draws // bag) if hidden_dim else 1
        steps = self._steps(rows, self._most(noisy))

        def drawn(rng):
            layers = [self._arrays(steps, hidden_dim, penalties, rng) for _ in range(bag)]
            return stacked(layers) | self._fixed

        def draw(rng):
            return [drawn(rng) for _ in range(n_draws)]

        problem = sized(self._problem, max(hidden_dim, 1) * bag)
        noise = None
        if self._few and held:
            noise = self._noise_of_held(problem, held, steps_of_folds, (hidden_dim, bag), penalties)
        return Started(problem, draw, rows, noisy, self._observed(), forecasts, held, noise)

    def _noise_of_held(self, problem, held, steps, sizes, penalties):
        """Noise on held-out rows, from models of the other rows."""
        hidden_dim, bag = sizes
        observed, rng = self._observed(), np.random.default_rng(0)
        alongs = []
        for fold, others in zip(held, steps, strict=True):
            arrays = stacked([self._arrays(others, hidden_dim, penalties, rng) for _ in range(bag)])
            maps = problem.maps(arrays | self._fixed)
            alongs.append(Along(*maps, [observed.values[a:b] for a, b in fold.spans]))
        return noise_along(alongs)

    def _observed(self):
        """Rows as measured, NaN for missing values."""
        values, N = self._rows.values.copy(), self._problem.sizes[1]
        if self._missing is not None:
            values[:, :N][self._missing] = np.nan
        return self._rows.with_values(values)

    def _tried(self, held, steps, sizes):
        """Errors, size and penalties of the best model, and errors of the linear model."""
        best = linear = None
        parametrization, seed = self._problem.parametrization, int(self._rng.integers(2**32))
        for hidden_dim in sizes:
            fits = [
                Regression(parametrization, s, hidden_dim, np.random.default_rng(seed))
                for s in steps
            ]
            here = None
            for penalties in RECIPE.penalties if self._few else RECIPE.penalties[:1]:
                errors = _joined(
                    fold.errors(self._problem.maps(fit.solve(penalties) | self._fixed))
                    for fold, fit in zip(held, fits, strict=True)
                )
                if here is None or summary(errors) < summary(here[0]):
                    here = errors, hidden_dim, penalties
            linear = here[0] if linear is None else linear
            given = self._hidden_dim != "auto" and hidden_dim
            if best is None or given or is_better(here[0], best[0]):
                best = here
            elif hidden_dim >= BUDGET.smoothing_units:
                break
        return *best, linear

    def _sizes(self, noisy):
        """Numbers of hidden units to try."""
        if self._hidden_dim != "auto":
            return [int(self._hidden_dim)]
        sizes = RECIPE.sizes[:2] if self._few else RECIPE.sizes[:-1] if noisy else RECIPE.sizes
        most = max(self._n // RECIPE.rows_per_unit, sizes[0])
        return [size for size in sizes if size <= most]

    def _most(self, noisy):
        """Largest number of steps in a regression; without noise few are enough."""
        return BUDGET.regressed_rows if noisy else BUDGET.start_rows

    def _steps(self, rows, most):
        N, rng = self._problem.sizes[1], np.random.default_rng(0)
        return Steps.of(self._observation, N, rows, most, rng)

    def _arrays(self, steps, hidden_dim, penalties, rng):
        """Arrays of a model by regression on steps."""
        parametrization = self._problem.parametrization
        arrays = Regression(parametrization, steps, hidden_dim, rng).solve(penalties)
        return (arrays if hidden_dim else _with_a_unit(arrays)) | self._fixed

    def _spans(self):
        return zip(self._rows.starts, self._rows.stops, strict=True)


def _joined(errors):
    """Errors of all folds, cut to the shortest horizon."""
    errors = list(errors)
    horizon = min(e.shape[1] for e in errors)
    return np.concatenate([e[:, :horizon] for e in errors])


def _with_a_unit(arrays):
    """Arrays of a linear model with one hidden unit of no effect, because a model needs one."""
    M = len(arrays["h1"])
    return arrays | {"W1": np.zeros((M, 1)), "W2": np.zeros((1, M)), "h2": np.zeros(1)}
