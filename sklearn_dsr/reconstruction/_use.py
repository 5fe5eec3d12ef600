"""Methods of a fitted reconstructor: predict, smooth, score, jacobian, to_torch."""

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
    """Methods of a fitted reconstructor other than its free runs."""

    def predict(self, X: ArrayLike) -> Rows:
        """Predict the next row from each row: row i of the result forecasts row i + 1 of X.

        Parameters
        ----------
        X : array-like or DataFrame of shape (n_samples, n_features), list of such, or 3-D array
            Rows in the form that :meth:`fit` takes, with the external inputs last.

        Returns
        -------
        ndarray of shape (n_samples, n_features - n_inputs), list of such, or 3-D array
            Forecasts in the units of X. A gap of X gives a row of NaN. With ``missing="mask"`` the
            prediction of the model from the rows before stands for a missing value.

        Raises
        ------
        NotFittedError
            If the estimator is not fitted.
        ValueError
            If X is not numeric, holds infinity, or has other columns than in :meth:`fit`.

        Warns
        -----
        ReconstructionWarning
            If a forecast overflows.

        See Also
        --------
        forecast : Rows after the last row of X.
        simulate : Free run from given rows.
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
        """Return one step of the model as a PyTorch module in float64, scaling included.

        ``module(rows)`` equals ``predict(rows)`` for rows without NaN. It is differentiable in the
        rows and in the parameters. The parameters are copies of the fitted arrays and have their
        names without the underscore. For a free run call the parts of the step:
        ``module.infer(rows)``, ``module.step(states, inputs)`` and ``module.observe(states)``.

        Returns
        -------
        torch.nn.Module
            The step, with the methods above.

        Raises
        ------
        NotFittedError
            If the estimator is not fitted.
        ImportError
            If PyTorch is not installed.
        TypeError
            If the estimator is an ensemble, whose mean is not the step of one model.

        See Also
        --------
        sklearn_dsr.export.to_onnx : The step as an ONNX graph, transformers included.

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
                f"to_torch needs torch, which cannot be imported: {error}. Install it as described "
                "at https://pytorch.org/get-started/locally/."
            ) from error
        system = self._system()
        return TorchStep(*self._parametrized(), system.mean, system.scale, system.rest)

    def smooth(self, X: ArrayLike) -> Rows:
        """Take most of the noise out of X, and fill missing values.

        An extended Kalman smoother estimates each row from the model and from the rows before and
        after it. It is exact within a linear region of the map. It assumes equal noise in all
        columns, in the units of `scale_`. The ratio of this noise to the error of the model is the
        one with the smallest one-step errors on X. Rows without noise hardly change.

        Parameters
        ----------
        X : array-like or DataFrame of shape (n_samples, n_features), list of such, or 3-D array
            Rows in the form that :meth:`fit` takes.

        Returns
        -------
        ndarray of shape (n_samples, n_features - n_inputs), list of such, or 3-D array
            Smoothed rows in the units of X. A gap gives a row of NaN.

        Raises
        ------
        NotFittedError
            If the estimator is not fitted.
        ValueError
            If X is not valid, or the model overflows along X.
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
        """Return the mean R^2 of forecasts 1 to 20 rows ahead from every row of X.

        R^2 one row ahead is near 1 even for a model whose free run comes to rest. Longer horizons
        tell more, and free runs tell most: choose models with the scorers of
        :mod:`sklearn_dsr.model_selection`.

        Parameters
        ----------
        X : array-like or DataFrame of shape (n_samples, n_features), list of such, or 3-D array
            Test data, with the external inputs last. Missing values are left out of the sums.
        y : None
            Ignored.
        sample_weight : array-like of shape (n_samples,), default=None
            Weight, at least 0, of each row as a start of forecasts. Several trajectories have one
            long array, in their order.

        Returns
        -------
        float
            Mean over horizons and columns, in [-1e6, 1]. An R^2 that is lower or not finite counts
            as -1e6. Columns that were constant in :meth:`fit` are left out.

        Raises
        ------
        NotFittedError
            If the estimator is not fitted.
        ValueError
            If X is not valid, no row has a successor, `sample_weight` has another shape or a
            negative entry, or the times of a DataFrame run backwards.
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
            if system.n_inputs:  # repeat the last ones: the rows behind X are not compared
                at = np.arange(start, stop)[:, None] + np.arange(n_steps)
                given = inputs[np.minimum(at, len(inputs) - 1)]
            return system.run(states[start:stop], n_steps, given)

        return forecasts

    def jacobian(self, X: ArrayLike) -> Rows:
        """Return the Jacobian of the latent map at each row of X.

        Parameters
        ----------
        X : array-like or DataFrame of shape (n_samples, n_features), list of such, or 3-D array
            Rows in the form that :meth:`fit` takes.

        Returns
        -------
        ndarray of shape (n_samples, `latent_dim_`, `latent_dim_`), list of such, or 4-D array
            Jacobians in standardised latent units, NaN in gaps. With ``observation="identity"`` the
            entry (i, j) times ``scale_[i] / scale_[j]`` is in the units of X.

        Raises
        ------
        NotFittedError
            If the estimator is not fitted.
        ValueError
            If X is not valid.

        See Also
        --------
        sklearn_dsr.dynamics.lyapunov_spectrum : Mean growth rates along an orbit.
        """
        system = self._system()
        trajectories = self._read(X)
        states = system.along(trajectories)
        known = ~np.isnan(states).any(axis=1)
        out = np.full((len(states), self.latent_dim_, self.latent_dim_), np.nan)
        out[known] = system.canonical.jacobian(states[known])
        return trajectories.like_input(out)
