"""What a fitted reconstructor does beside running: predict, smooth, score, jacobian, to_torch."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike
from sklearn.utils.validation import check_is_fitted

from .._coordinates.free_runs import warn_of
from .._data.time_axis import check_times
from .._data.types import Rows
from .._recipe import RECIPE
from ._running import RunningReconstructor
from ._scoring import forecast_r2
from ._system import check_single

if TYPE_CHECKING:
    from ._torch_step import TorchStep


class FittedReconstructor(RunningReconstructor):
    """Use of the fitted attributes, the same for all models of the family."""

    def predict(self, X: ArrayLike) -> Rows:
        """One-step forecasts: row i of the result forecasts row i + 1 of X.

        Parameters
        ----------
        X : array-like or DataFrame of shape (n_samples, n_features), list of such, or 3-D array

        Returns
        -------
        ndarray of shape (n_samples, n_features - n_inputs), list of such, or 3-D array
            In the units of X; a gap of X, a row that holds NaN, gives a row of NaN. With
            ``missing="mask"``, a missing value is what the model predicts from the rows before.
        """
        system = self._system()
        trajectories = self._read(X)
        values = trajectories.values
        known = np.zeros(len(values), dtype=bool)
        for a, b in zip(trajectories.starts, trajectories.stops, strict=True):
            known[a:b] = True
        missing = np.isnan(values[known]).any()
        states = system.along(trajectories)[known] if missing else system.infer(values[known])
        out = np.full((len(values), system.n_columns), np.nan)
        inputs = values[known, None, system.n_columns :] if system.n_inputs else None
        runs = system.run(states, 1, inputs)
        warn_of(runs)
        out[known] = runs[:, 0]
        return trajectories.like_input(out)

    def to_torch(self) -> TorchStep:
        """Return the step with its scaling as a module of torch, in float64.

        ``module(rows)`` is ``predict(rows)`` of complete rows, differentiable with respect to the
        rows and the parameters, which are copies and bear the names of the fitted arrays without
        the underscore. ``module.infer(rows)``, ``module.step(states, inputs)`` and
        ``module.observe(states)`` are its parts, with which it runs freely.

        Returns
        -------
        torch.nn.Module

        Raises
        ------
        ImportError
            If torch is missing.
        TypeError
            Of an ensemble: the mean of its members is no model.

        Examples
        --------
        >>> import torch
        >>> from sklearn_dsr import ShallowPLRNNReconstructor
        >>> from sklearn_dsr.datasets import make_lorenz63
        >>> X = make_lorenz63(1000, random_state=0)
        >>> model = ShallowPLRNNReconstructor(20, stages="start", random_state=0).fit(X)
        >>> module = model.to_torch()
        >>> bool(abs(module(torch.tensor(X)).detach().numpy() - model.predict(X)).max() < 1e-11)
        True
        """
        check_single(self, "estimator.estimators_[estimator.best_index_].to_torch()")
        try:
            from ._torch_step import TorchStep
        except ImportError as error:
            raise ImportError(
                f"to_torch needs torch, which cannot be imported: {error}. Install it as "
                "https://pytorch.org/get-started/locally/ tells."
            ) from error
        system = self._system()
        return TorchStep(*self._parametrized(), system.mean, system.scale, system.rest)

    def smooth(self, X: ArrayLike) -> Rows:
        """Rows of X without most of their noise: what the model makes of those before and after.

        An extended Kalman smoother along the model, exact within a linear region. It assumes noise
        of equal size in all columns, in the units of `scale_`; how large it is beside
        the errors of the model is chosen by one-step errors on X. Rows without noise stay nearly
        what they are, and missing values are filled.

        Parameters
        ----------
        X : array-like or DataFrame of shape (n_samples, n_features), list of such, or 3-D array

        Returns
        -------
        ndarray of shape (n_samples, n_features - n_inputs), list of such, or 3-D array
            In the units of X; a gap gives a row of NaN.

        Raises
        ------
        ValueError
            If the model overflows along X.
        """
        system = self._system()
        trajectories = self._read(X)
        rows = system.smooth(trajectories)
        known = np.concatenate([rows[:0], *trajectories.with_values(rows).segments()])
        if not np.isfinite(known).all():
            raise ValueError(
                "The model overflows along X, so it cannot smooth it. Give rows near the training "
                "data, or fit with clipped=True."
            )
        return trajectories.like_input(rows)

    def score(
        self, X: ArrayLike, y: object = None, *, sample_weight: ArrayLike | None = None
    ) -> float:
        """Mean R^2 of the forecasts 1 to 20 steps ahead from every row.

        R^2 of one step is near 1 even for a model that dies at a point; longer horizons tell more,
        and a free run most: choose models with the scorers of `sklearn_dsr.model_selection`.

        Parameters
        ----------
        X : array-like or DataFrame of shape (n_samples, n_features), list of such, or 3-D array
            External inputs are taken from X. Missing values count neither for nor against.
        y : None
            Ignored.
        sample_weight : array-like of shape (n_samples,), default=None
            Weight of each row as a start; rows of several trajectories one after the other.

        Returns
        -------
        float
            In [-1e6, 1]: the mean over horizons and columns. A column and horizon whose R^2 is
            below -1e6 or not finite counts as -1e6; one at rest in the fit takes no part.

        Raises
        ------
        ValueError
            If no row has a successor, or the times of a DataFrame run backwards.
        """
        check_is_fitted(self)
        check_times(X)
        trajectories, N = self._read(X), len(self.mean_) - self.n_inputs_
        moving, along = ~self._at_rest, self._forecasts_along(trajectories)
        columns = trajectories.with_values(trajectories.values[:, :N][:, moving])
        scale = self.scale_[:N][moving]

        def forecasts(*span):
            return along(*span)[..., moving]

        return forecast_r2(columns, forecasts, RECIPE.horizon, scale, sample_weight)

    def _forecasts_along(self, trajectories):
        system = self._system()
        states = system.along(trajectories)
        inputs = np.nan_to_num(trajectories.values[:, system.n_columns :])

        def forecasts(start, stop, n_steps):
            given = None
            if system.n_inputs:  # the last ones go on to rows that are not compared
                at = np.arange(start, stop)[:, None] + np.arange(n_steps)
                given = inputs[np.minimum(at, len(inputs) - 1)]
            return system.run(states[start:stop], n_steps, given)

        return forecasts

    def jacobian(self, X: ArrayLike) -> Rows:
        """Jacobians of the latent map at the rows of X.

        Parameters
        ----------
        X : array-like or DataFrame of shape (n_samples, n_features), list of such, or 3-D array

        Returns
        -------
        ndarray of shape (n_samples, latent_dim_, latent_dim_), list of such, or 4-D array
            In standardised latent units; with the identity observation, entry (i, j) times
            scale_[i] / scale_[j] is in the units of X. NaN in gaps.
        """
        system = self._system()
        trajectories = self._read(X)
        states = system.along(trajectories)
        known = ~np.isnan(states).any(axis=1)
        out = np.full((len(states), self.latent_dim_, self.latent_dim_), np.nan)
        out[known] = system.canonical.jacobian(states[known])
        return trajectories.like_input(out)
