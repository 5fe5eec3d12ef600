"""The first stage of a fit: models by regression, and X smoothed along them."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from .._choice._held_out import folds, is_better, summary
from .._data.trajectories import Trajectories, pooled
from .._recipe import BUDGET, RECIPE
from .._training._problem import Problem
from .._training._regression import Regression, Steps, sized, stacked
from ._noise import Along, Noise, noise_of_models
from ._start import covariance_of
from ._system import smooth_rows


@dataclass(frozen=True)
class Started:
    """What the first stage found.

    Attributes
    ----------
    problem : Problem
        Of a model with as many hidden units as were chosen.
    draw : callable (rng) -> list of dict
        Arrays of some models, each with kinks of its own.
    rows : Trajectories
        Standardised rows that models are judged beside: smoothed where noise was found.
    noisy : bool
        Whether it was.
    observed : Trajectories
        The same rows as they were measured, NaN where a value is missing.
    forecasts : dict of ndarray of shape (n, H)
        Squared errors of forecasts of rows held apart, of "model", "linear", "persistence" and
        "mean"; empty if there were too few rows.
    folds : list of HeldOut
        The rows held apart.
    noise : Noise or None
        Of rows held apart, of few rows; None where the model is fitted on enough of them.
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
        """Root mean squared errors per horizon, name -> list of H, in deviations."""
        squares = {name: np.mean(errors, axis=0) for name, errors in self.forecasts.items()}
        return {name: np.sqrt(values).tolist() for name, values in squares.items()}

    @property
    def is_noise(self):
        """Whether no forecast of the next row, a linear one neither, is better than the mean."""
        first = {name: errors[:, :1] for name, errors in self.forecasts.items()}
        return bool(first) and not any(
            is_better(first[name], first["mean"]) for name in ("model", "linear")
        )

    @property
    def explains(self):
        """Whether the model explains the steps but for the noise, of rows held apart.

        Noise that was taken out is larger than the model's errors. Else there is none, or the model
        cannot tell it from its own errors: Lorenz-96 of 20 columns has the attractor, and forecasts
        of nothing.
        """
        if self.noisy or not self.forecasts:
            return True
        model, none = (np.mean(self.forecasts[k][:, 0]) for k in ("model", "persistence"))
        return bool(model <= RECIPE.unexplained * none)

    @property
    def is_linear(self):
        """Whether no forecast is better than the linear model's."""
        if not self.forecasts:
            return False
        return not is_better(self.forecasts["model"], self.forecasts["linear"])


def start_by_regression(problem, rows, missing, hidden_dim, rng):
    """Smooth and regress in turn, then draw models.

    Parameters
    ----------
    problem : Problem
        Of a shallow model.
    rows : Trajectories
        Standardised, missing values filled in.
    missing : bool ndarray of shape (n_rows, N), or None
        Which values of them were.
    hidden_dim : int or "auto"
        "auto" takes as many as forecasts of rows held apart ask for.
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
    """As many rows as a Kalman smoother does in a second or so, in evenly chosen pieces."""
    M, L = problem.sizes[0], problem.parametrization.hidden_dim
    most = int(np.clip(BUDGET.start_work / (M * M * (L + M)), RECIPE.few_rows, BUDGET.start_rows))
    if missing is None or len(rows.values) <= most:
        return rows.thinned(most), missing
    both = rows.with_values(np.concatenate([rows.values, missing], axis=1)).thinned(most)
    width = rows.values.shape[1]
    return both.with_values(both.values[:, :width].copy()), both.values[:, width:] > 0


class _Start:
    """The steps of `start_by_regression`, on the rows that it can afford."""

    def __init__(self, problem, rows, missing, hidden_dim, rng):
        self._problem, self._rows, self._missing, self._rng = problem, rows, missing, rng
        self._hidden_dim = hidden_dim
        values = pooled(rows.segments())
        initial = problem.initial(rng, covariance_of(values[:, : problem.sizes[1]]))
        self._fixed = {name: initial[name] for name in ("B", "L0") if name in initial}
        self._observation = problem.model(initial)[1]
        self._n = len(values)
        self._few = self._n < RECIPE.few_rows

    def smoothed(self):
        """Rows smoothed along models of them, in turn; None if there is no noise to take out."""
        if self._steps(self._rows, BUDGET.smoothing_rows).copies():
            return None  # copies of a column have the same noise, not one of their own
        N, rows, smoothed = self._problem.sizes[1], self._rows, None
        observed = self._observed()
        hidden_dim = self._sizes(noisy=True)[-1]
        hidden_dim = min(hidden_dim, BUDGET.smoothing_units)
        for _ in range(BUDGET.start_rounds):
            steps = self._steps(rows, BUDGET.smoothing_rows)
            arrays = self._arrays(steps, hidden_dim, RECIPE.penalties[0], self._rng)
            with np.errstate(all="ignore"):
                along, ratio = smooth_rows(*self._problem.model(arrays), observed)
            finite = all(np.isfinite(along[a:b]).all() for a, b in self._spans())
            if ratio < RECIPE.least_noise or not finite:
                break
            values = observed.values.copy()
            values[:, :N] = along
            rows = smoothed = self._rows.with_values(values)
        return smoothed

    def is_spoilt(self, smoothed):
        """Whether what was taken out goes on from row to row: noise does not, a model's errors do.

        A model that is too small takes its errors for noise.
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
        """Size and penalties by forecasts of rows held apart; then draws of models of all rows."""
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

        def model(rng):
            models = [self._arrays(steps, hidden_dim, penalties, rng) for _ in range(bag)]
            return stacked(models) | self._fixed

        def draw(rng):
            return [model(rng) for _ in range(n_draws)]

        problem = sized(self._problem, max(hidden_dim, 1) * bag)
        noise = None
        if self._few and held:
            noise = self._noise_of_held(problem, held, steps_of_folds, (hidden_dim, bag), penalties)
        return Started(problem, draw, rows, noisy, self._observed(), forecasts, held, noise)

    def _noise_of_held(self, problem, held, steps, sizes, penalties):
        """Noise of rows held apart, as it was measured, beside models of the others."""
        hidden_dim, bag = sizes
        observed, rng = self._observed(), np.random.default_rng(0)
        models = []
        for fold, others in zip(held, steps, strict=True):
            arrays = stacked([self._arrays(others, hidden_dim, penalties, rng) for _ in range(bag)])
            model = problem.model(arrays | self._fixed)
            models.append(Along(*model, [observed.values[a:b] for a, b in fold.spans]))
        return noise_of_models(models)

    def _observed(self):
        """Rows as they were measured, NaN where a value is missing."""
        values, N = self._rows.values.copy(), self._problem.sizes[1]
        if self._missing is not None:
            values[:, :N][self._missing] = np.nan
        return self._rows.with_values(values)

    def _tried(self, held, steps, sizes):
        """Errors, size and penalties of the best model, and errors of the linear one."""
        best = linear = None
        model, seed = self._problem.parametrization, int(self._rng.integers(2**32))
        for hidden_dim in sizes:
            fits = [Regression(model, s, hidden_dim, np.random.default_rng(seed)) for s in steps]
            here = None
            for penalties in RECIPE.penalties if self._few else RECIPE.penalties[:1]:
                errors = _joined(
                    fold.errors(self._problem.model(fit.solve(penalties) | self._fixed))
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
        """Numbers of hidden units to try, none without any."""
        if self._hidden_dim != "auto":
            return [int(self._hidden_dim)]
        sizes = RECIPE.sizes[:2] if self._few else RECIPE.sizes[:-1] if noisy else RECIPE.sizes
        most = max(self._n // RECIPE.rows_per_unit, sizes[0])
        return [size for size in sizes if size <= most]

    def _most(self, noisy):
        """Steps that a regression is of: noise taken out, few are enough."""
        return BUDGET.regressed_rows if noisy else BUDGET.start_rows

    def _steps(self, rows, most):
        N, rng = self._problem.sizes[1], np.random.default_rng(0)
        return Steps.of(self._observation, N, rows, most, rng)

    def _arrays(self, steps, hidden_dim, penalties, rng):
        """Arrays of a model of steps."""
        model = self._problem.parametrization
        arrays = Regression(model, steps, hidden_dim, rng).solve(penalties)
        return (arrays if hidden_dim else _with_a_unit(arrays)) | self._fixed

    def _spans(self):
        return zip(self._rows.starts, self._rows.stops, strict=True)


def _joined(errors):
    """Errors of all folds, cut to the shortest horizon."""
    errors = list(errors)
    horizon = min(e.shape[1] for e in errors)
    return np.concatenate([e[:, :horizon] for e in errors])


def _with_a_unit(arrays):
    """A linear model's arrays with a hidden unit that does nothing: a model has at least one."""
    M = len(arrays["h1"])
    return arrays | {"W1": np.zeros((M, 1)), "W2": np.zeros((1, M)), "h2": np.zeros(1)}
