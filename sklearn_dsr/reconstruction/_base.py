"""Base class of the reconstructors: `fit`, from X to the fitted attributes."""

from __future__ import annotations

import warnings
from abc import abstractmethod
from dataclasses import asdict, replace
from functools import partial
from threading import Event
from typing import Self

import numpy as np
from numpy.typing import ArrayLike

from .._choice._outcome import ADVICE, DRIVEN, INTERRUPTED, LINEAR
from .._choice._selection import Choice
from .._data.shape import warn_of_shape
from .._data.target import check_no_target
from .._data.validation import check_random_generator, is_auto
from .._data.warning_level import level
from .._maps._parametrizations import difference
from .._recipe import RECIPE
from .._training._problem import Penalties, Problem
from .._training._trainer import Trainer
from .._training._windows import window_steps
from ..exceptions import ReconstructionWarning
from ._attributes import data_range, model_attributes, record_attributes
from ._data import FitData
from ._forcing import forcing_ways, noise_of
from ._noise import Along, driving_root, noise_along
from ._progress import CALLBACK_STATE, CallbackSupportMixin, Progress, with_callbacks
from ._rounds import Rounds
from ._season_advice import season_advice
from ._settings import (
    check_settings,
    engine_of,
    latent_dim_of,
    n_columns_of,
    sequence_length_of,
)
from ._stages import Stages
from ._start import initial_start, levelled, previous_start, standardisation
from ._start_stage import start_by_regression
from ._suspects import warn_of_suspects
from ._use import FittedReconstructor


class BaseReconstructor(CallbackSupportMixin, FittedReconstructor):
    """Base class whose `fit` serves all models.

    A subclass lists its parameters in ``__init__`` and names the class of its map in
    ``_parametrization``. Its ``_architecture`` returns the sizes and switches for that class.
    """

    _n_smoothings = 1  # largest number of training rounds on smoothed rows
    _auto_forcing = None  # forcing="auto" then tries four strengths of generalized teacher forcing

    @abstractmethod
    def _architecture(self, latent_dim):
        """Return the arguments of ``_parametrization``, given `latent_dim` units."""

    def fit(self, X: ArrayLike, y: object = None) -> Self:
        """Fit a map whose free run has the attractor of X.

        Parameters
        ----------
        X : array-like or DataFrame of shape (n_samples, n_features), list of such, or 3-D array
            One or several trajectories. Each row is one point in time; rows are in time order and
            equally spaced. A row that holds a NaN is a gap, unless ``missing="mask"``. A 3-D array
            has the shape (n_trajectories, n_samples, n_features). See :doc:`/guide/data`.
        y : None
            Ignored.

        Returns
        -------
        self : object
            Fitted estimator.

        Raises
        ------
        ValueError
            If a parameter is out of its range. If X is not numeric, holds infinity or a value
            beyond 1e100, has no two consecutive rows without NaN, or does not vary. If the times of
            a DataFrame run backwards or are not in the last level of its index. If y is a number.
        TypeError
            If a parameter has a wrong type, or X is sparse.
        KeyboardInterrupt
            If the fit is interrupted (Ctrl-C). The best model so far is kept with `outcome_`
            "interrupted", and ``warm_start=True`` continues from it. Without a model the estimator
            stays as it was.

        Warns
        -----
        ReconstructionWarning
            If `outcome_` is not "converged".
        DataWarning
            If X has more columns than rows, a constant column, or a value far from all others, or
            if the index of a DataFrame cuts X into many short pieces.
        """
        check_no_target(y, X)
        self._fit_from(X)
        return self

    @with_callbacks
    def _fit_from(self, X, started=None, stop=None):
        """Fit, and return what the start has found.

        `started` is the result of the start of another fit to the same rows; None runs the start.
        Setting the event `stop` ends the fit as KeyboardInterrupt does.
        """
        before = dict(vars(self))
        try:
            trajectories, started = self._fit(X, started, stop or Event())
        except BaseException:
            # A failed fit leaves the estimator as it was.
            kept = {k: v for k, v in vars(self).items() if k in CALLBACK_STATE}
            vars(self).clear()
            vars(self).update(before | kept)
            raise
        if self.outcome_ == INTERRUPTED:
            raise KeyboardInterrupt(f"{type(self).__name__} {INTERRUPTED}. {ADVICE[INTERRUPTED]}")
        if self.outcome_ in ADVICE:
            warnings.warn(
                f"{type(self).__name__}: {self.outcome_}. {ADVICE[self.outcome_]}"
                + (DRIVEN if self.driven_ and self.outcome_ != LINEAR else "")
                + season_advice(self, trajectories),
                ReconstructionWarning,
                stacklevel=level(),
            )
        return started

    def _fit(self, X, started, stop):
        self._check_parameters()
        resume = self.warm_start and hasattr(self, "outcome_")
        if not resume:  # drop the attributes of an earlier fit
            for name in [name for name in vars(self) if name.endswith("_")]:
                delattr(self, name)
        trajectories = levelled(self._learn(X, self.n_inputs))
        warn_of_shape(trajectories)
        N = n_columns_of(self, trajectories.values.shape[1])
        data = self._data(trajectories, resume)
        warn_of_suspects(X, trajectories, getattr(self, "feature_names_in_", ()), N)
        architectures = self._tried_architectures(data, resume)
        rng = check_random_generator(self.random_state)
        attributes = partial(self._model_attributes, data)
        progress = Progress(self, X, attributes, len(architectures), data.closeness)
        rounds = [
            self._rounds(data, a, resume, progress.within(difference(a, architectures[0])))
            for a in architectures
        ]
        ways = forcing_ways(self, rounds[0].choice, data.sample, rng)
        stages = Stages(rounds, ways, self.n_init, self._n_smoothings, self.stages, rng, stop)
        if not (resume or started):
            started = self._started(data, rounds[0], rng)
        selection = stages.run(started)
        if stop.is_set():
            selection = selection.interrupted()
        problem = self._problem(data, selection.record["architecture"])
        vars(self).update(self._model_attributes(data, problem, selection.arrays))
        vars(self).update(record_attributes(selection))
        self._set_noise(self._noise_along(data, problem, selection.arrays, started))
        self.seed_, self.driven_ = int(rng.integers(2**32)), selection.verdict.driven
        self.held_out_errors_ = {} if started is None else started.held_out_errors
        progress.end()
        return trajectories, started

    def _noise_along(self, data, problem, arrays, started):
        """Noise of the model, from rows that the start held out if it did, else along X."""
        if started is not None and started.noise is not None:
            return started.noise
        rows, N = data.sample, problem.sizes[1]
        if data.seen is not None:
            values = rows.values.copy()
            values[:, :N][~data.seen] = np.nan
            rows = rows.with_values(values)
        return noise_along([Along(*problem.maps(arrays), rows.segments(min_rows=2))])

    def _set_noise(self, noise):
        self.process_noise_, self.forecast_spread_ = noise.process, noise.spread
        self.observation_noise_ = np.sqrt(noise.rows) * self.scale_[: len(noise.rows)]

    def _data(self, trajectories, resume):
        """Data of the fit; sets the standardisation unless `resume`."""
        N = n_columns_of(self, trajectories.values.shape[1])
        T = sequence_length_of(self, len(trajectories.values))
        n_steps = window_steps(trajectories.starts, trajectories.stops, T)
        segments = trajectories.segments(min_rows=2)
        if not resume:
            self.mean_, self.scale_ = standardisation(segments, self.standardize, self.n_inputs)
        elif len(self.mean_) != self.n_features_in_:
            raise ValueError(
                f"X has {self.n_features_in_} columns, and the previous fit, from which "
                f"warm_start=True continues, had {len(self.mean_)}. Give the same columns, or set "
                "warm_start=False."
            )
        self.data_range_ = data_range(trajectories.segments())[:, :N]
        scales, masked = (self.mean_, self.scale_), self.missing == "mask"
        data = FitData.of(trajectories, scales, self.n_inputs, n_steps, masked=masked)
        if not (resume and getattr(self, "driven_", False)):
            return data
        system = self._system()
        driving = driving_root(system.observation, system.noise.process)
        return replace(data, score=data.score.driven(driving))

    def _tried_architectures(self, data, resume):
        """Sizes and switches of the models to try; with `resume` those of the fitted model."""
        n_rows, latent_dim = len(data.sample.values), latent_dim_of(self, len(data.first))
        architectures = self._architectures(latent_dim, n_rows)
        architectures = [asdict(self._parametrization(**a)) for a in architectures]
        if not resume:
            return architectures
        # hidden_dim="auto" accepts a fitted model of any size.
        free = {"hidden_dim"} if is_auto(getattr(self, "hidden_dim", None)) else set()
        fitted = {k: v for k, v in self.architecture_.items() if k not in free}
        if any(fitted.items() <= a.items() for a in architectures):
            return [dict(self.architecture_)]
        return architectures

    def _rounds(self, data, architecture, resume, progress):
        """Training rounds for one architecture."""
        problem = self._problem(data, architecture)
        if resume:
            start = previous_start(problem, self)
        else:
            start = initial_start(problem, data.sample, self.start)
        trainer = Trainer(
            problem,
            data.sampler,
            start,
            0 if self.stages == "start" else self.max_iter,
            RECIPE.batches_per_epoch,
            self.learning_rate_init,
            engine_of(self),
            progress,
        )
        choice = Choice(trainer, data.score, self.n_jobs)
        return Rounds(choice, data.thinned, self.mean_, self.scale_)

    def _started(self, data, rounds, rng):
        """Result of the start by regression; None for models without one."""
        problem = rounds.choice.problem
        if self.start == "random" or "W2" not in problem.shapes:
            return None
        missing = None if data.seen is None else ~data.seen
        return start_by_regression(problem, data.sample, missing, self.hidden_dim, rng)

    def _architectures(self, latent_dim, n_rows):
        """Arguments of ``_parametrization`` to try in turn, until a model is good."""
        return [self._architecture(latent_dim)]

    def _problem(self, data, architecture):
        """Training problem of an architecture."""
        return Problem(
            data.rows,
            self._parametrization(**architecture),
            self.observation == "affine",
            data.n_steps,
            RECIPE.batch_size,
            Penalties(
                self.latent_penalty,
                self.observation_penalty,
                self.manifold_penalty,
            ),
            data.rows.dtype.type,
            self.n_inputs,
            data.seen,
            noise_of(self),
        )

    def _model_attributes(self, data, problem, arrays):
        """Fitted attributes that predictions of the model need."""
        return model_attributes(data, problem, arrays, self.mean_, self.scale_)

    def _check_parameters(self):
        check_settings(self)
