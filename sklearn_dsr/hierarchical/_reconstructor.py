"""Estimator of one model for many related systems: parameters, documentation and fit."""

from __future__ import annotations

import warnings
from dataclasses import replace
from typing import Literal, Self

import numpy as np
from numpy.typing import ArrayLike

from .._data.shape import warn_of_shape
from .._data.target import check_no_target
from .._data.time_axis import warn_of_times
from .._data.trajectories import is_many
from .._data.types import Seed
from .._data.validation import check_random_generator
from .._data.warning_level import level
from .._training._windows import window_steps
from ..exceptions import ReconstructionWarning
from ..reconstruction._attributes import data_range
from ..reconstruction._start import standardisation
from ._checks import ADVICE, check_parameters, check_subjects, n_learned, parameter_scaling
from ._fit import fit_cohort
from ._runs import HierarchicalRunner
from ._subjects import read_subjects
from ._use import model_attributes


class HierarchicalReconstructor(HierarchicalRunner):
    """Reconstruction of many related systems with one hierarchical shallow PLRNN.

    Subjects, for instance patients or experiments, follow laws of the same form with different
    numbers. The map of a subject with the features f is

        z' = A z + W1 relu(W2 z + h2) + h1,    A = A_0 + f_1 A_1 + ... + f_k A_k,

    with W1 and h1 in the same way [1]_. All subjects share the arrays. The features are learned
    from the trajectories, or they are known control parameters.

    The estimator is a transformer: `transform` returns the features of trajectories, one row per
    trajectory, for a classifier or regressor behind it in a Pipeline. It also forecasts, and
    :meth:`reconstructor` returns the plain model of any features for analyses and displays.

    Parameters
    ----------
    n_subject_features : int or None, default=None
        Features to learn, at least 0. None learns one, or none if there are control parameters.
    n_parameters : int, default=0
        Known control parameters, at least 0: the last columns of X, after the external inputs. They
        are constant along a trajectory and are features as they are. Where a system depends on them
        in a curve, give their powers as well.
    hidden_dim : int or "auto", default="auto"
        Hidden units L, at least 1. "auto" takes 30, 150, 400 or 1600, by the forecasts of held-out
        rows.
    stages : {"refine", "start"}, default="refine"
        Last stage of a fit. "start": regressions alone. "refine": teacher forcing of all subjects
        at once as well, which is kept if free runs get better.
    n_inputs : int, default=0
        External inputs K, at least 0: the last columns of X before the control parameters.
    latent_penalty : float, default=1e-5
        Weight in the loss of the refinement, at least 0, of (A_0 - I)^2 and of the squares of all
        other trained numbers.
    sequence_length : int, default=50
        Steps of a window of the refinement, at least 1. It is cut to the length of X.
    standardize : bool or "common", default=True
        Scaling of the columns, with one mean and one scale for all subjects, see
        :class:`~sklearn_dsr.ShallowPLRNNReconstructor`.
    dt : float, default=1.0
        Time between two rows, above 0. It only scales exponents and frequencies.
    n_jobs : int or None, default=None
        Threads for work on subjects, as in joblib: None means 1, -1 all cores. The result does not
        depend on it.
    random_state : int, RandomState, Generator or None, default=None
        Seed of the kinks. The same int gives the same bits.
    verbose : int, default=0
        1 prints a line per stage.

    Attributes
    ----------
    subject_features_ : ndarray of shape (n_subjects, n_parameters + k)
        Control parameters in the units of X, and the k learned features of each subject. A learned
        feature has mean 0 and variance 1 over the subjects, about. The first one changes the steps
        most.
    subjects_ : list
        Names of the subjects: labels of the first level of a MultiIndex, or positions in X.
    A_ : ndarray of shape (1 + n_parameters + k, `latent_dim_`, `latent_dim_`)
        Linear part: shared, and selected by each feature. All arrays are in standardised units, and
        so are the features that select.
    W1_ : ndarray of shape (1 + n_parameters + k, `latent_dim_`, `hidden_dim_`)
        Weights from the hidden to the latent units.
    h1_ : ndarray of shape (1 + n_parameters + k, `latent_dim_`)
        Bias of the latent units.
    W2_ : ndarray of shape (`hidden_dim_`, `latent_dim_`)
        Weights from the latent to the hidden units, the same for all.
    h2_ : ndarray of shape (`hidden_dim_`,)
        Bias of the hidden units, the same for all.
    C_ : ndarray of shape (1 + n_parameters + k, `latent_dim_`, n_inputs)
        Weights of the external inputs. Exists with ``n_inputs`` above 0 only.
    mean_, scale_ : ndarray of shape (`n_features_in_` - n_parameters,)
        Scaling of the columns and inputs.
    parameter_mean_, parameter_scale_ : ndarray of shape (n_parameters,)
        Scaling of the control parameters.
    latent_dim_, hidden_dim_, n_inputs_ : int
        Numbers M, L and K.
    outcome_ : str
        "converged" if the free runs of at least half of the judged subjects are, else the most
        frequent other outcome. "noise" and "no better than linear" are about all subjects. See
        :class:`~sklearn_dsr.ShallowPLRNNReconstructor`.
    outcomes_ : dict
        Name of a judged subject -> outcome of its free runs. Up to 64 subjects are judged.
    stage_ : {"start", "refine"}
        Stage that the model comes from.
    noisy_ : bool
        Whether noise was found. Trajectories are smoothed before features are estimated then.
    held_out_errors_ : dict of list of float
        As of :class:`~sklearn_dsr.ShallowPLRNNReconstructor`; the last fifth of each subject is
        held out.
    process_noise_, observation_noise_, forecast_spread_ : ndarray
        Noise that the judged subjects have in common, see
        :class:`~sklearn_dsr.ShallowPLRNNReconstructor`.
    initial_rows_ : ndarray of shape (n_subjects, n_columns)
        First row of each subject, without inputs and parameters.
    data_range_ : ndarray of shape (2, n_columns)
        Smallest and largest value of each column over all subjects.
    sequence_length_ : int
        Steps of a window of the refinement, after the cut to the length of X.
    seed_ : int
        Seed of the draws in forecasts.
    n_features_in_ : int
        Number of columns of X, inputs and parameters among them.
    feature_names_in_ : ndarray of shape (`n_features_in_`,)
        Names of the columns. Exists if all names in X are strings.

    See Also
    --------
    ShallowPLRNNReconstructor : Model of one system.
    sklearn_dsr.inspection.BifurcationDisplay : Long-run behaviour along a feature.

    Notes
    -----
    With given kinks W2, h2 the map is linear in the other arrays for known features, and linear in
    the features for known arrays. The start solves the two regressions in turn and smooths the rows
    of each subject along its map. The errors of a subject count relative to its own steps. The
    refinement minimises the loss of generalized teacher forcing in arrays and features together,
    compiled. See :doc:`/guide/hierarchical`.

    **Cost.** A start takes O(n P^2 + J P^2 + (k + 1)^3 P^3) time, with n rows, J subjects and
    P = L + M + 1, and O(J P^2) memory: seconds for 64 trajectories of 1000 rows.

    References
    ----------
    .. [1] Brenner, Weber, Koppe, Durstewitz (2025), "Learning interpretable hierarchical dynamical
       systems models from time series data", ICLR, arXiv:2410.04814.

    Examples
    --------
    Eight Lorenz systems differ in one parameter, which the learned feature follows:

    >>> import numpy as np
    >>> from sklearn_dsr import HierarchicalReconstructor
    >>> from sklearn_dsr.datasets import make_lorenz63
    >>> rho = np.linspace(28, 56, 8)
    >>> X = [make_lorenz63(500, rho=r, dt=0.02, random_state=0) for r in rho]
    >>> model = HierarchicalReconstructor(hidden_dim=50, random_state=0).fit(X)
    >>> bool(abs(np.corrcoef(model.subject_features_[:, 0], rho)[0, 1]) > 0.99)
    True
    >>> model.transform(X[:2]).shape, model.forecast(X[:2], 5).shape
    ((2, 1), (2, 5, 3))
    """

    def __init__(
        self,
        n_subject_features: int | None = None,
        n_parameters: int = 0,
        *,
        hidden_dim: int | Literal["auto"] = "auto",
        stages: Literal["start", "refine"] = "refine",
        n_inputs: int = 0,
        latent_penalty: float = 1e-5,
        sequence_length: int = 50,
        standardize: bool | Literal["common"] = True,
        dt: float = 1.0,
        n_jobs: int | None = None,
        random_state: Seed = None,
        verbose: int = 0,
    ) -> None:
        self.n_subject_features = n_subject_features
        self.n_parameters = n_parameters
        self.hidden_dim = hidden_dim
        self.stages = stages
        self.n_inputs = n_inputs
        self.latent_penalty = latent_penalty
        self.sequence_length = sequence_length
        self.standardize = standardize
        self.dt = dt
        self.n_jobs = n_jobs
        self.random_state = random_state
        self.verbose = verbose

    def fit(self, X: ArrayLike, y: object = None) -> Self:
        """Fit the shared arrays and the features of all subjects.

        Parameters
        ----------
        X : list of array-like or DataFrame of shape (n_samples, n_features), or 3-D array
            Trajectories. Columns come first, then external inputs, then control parameters. Each
            trajectory is a subject. In DataFrames with a MultiIndex the first level names the
            subject, in one frame or in several. A row that holds a NaN is a gap.
        y : object
            Ignored: labels of the subjects for a step behind this one in a Pipeline.

        Returns
        -------
        self : object
            Fitted estimator.

        Raises
        ------
        ValueError
            If a parameter is out of its range. If X is not numeric, holds infinity or a value
            beyond 1e100, or does not vary, or a subject has no two consecutive rows without NaN. If
            a control parameter varies along a trajectory, or is the same in all. If y is a number.
        TypeError
            If a parameter has a wrong type, or X is sparse.
        KeyboardInterrupt
            If the fit is interrupted (Ctrl-C). The estimator stays as it was.

        Warns
        -----
        ReconstructionWarning
            If `outcome_` is not "converged".
        DataWarning
            If there are too few subjects for the features to learn, or a column is constant along
            each trajectory and differs between them.
        """
        check_no_target(y)
        check_parameters(self)
        before = dict(vars(self))
        try:
            for name in [name for name in vars(self) if name.endswith("_")]:
                delattr(self, name)
            self._fit(X)
        except BaseException:
            vars(self).clear()
            vars(self).update(before)
            raise
        if self.outcome_ in ADVICE:
            n = sum(outcome == self.outcome_ for outcome in self.outcomes_.values())
            whose = f" ({n} of {len(self.outcomes_)} subjects judged)" if n else ""
            warnings.warn(
                f"{type(self).__name__}: {self.outcome_}{whose}. {ADVICE[self.outcome_]}",
                ReconstructionWarning,
                stacklevel=level(),
            )
        return self

    def _fit(self, X):
        subjects = read_subjects(X, self, reset=True, min_rows=2)
        warn_of_times(X)
        check_subjects(subjects, n_learned(self), self.n_inputs)
        pooled = subjects.pooled
        several = "list" if isinstance(X, (list, tuple)) else "stack"
        warn_of_shape(replace(pooled, kind=several if is_many(X) else "array"))
        T = window_steps(pooled.starts, pooled.stops, self.sequence_length)
        segments = pooled.segments(min_rows=2)
        self.mean_, self.scale_ = standardisation(segments, self.standardize, self.n_inputs)
        self.parameter_mean_, self.parameter_scale_ = parameter_scaling(subjects.parameters)
        self.n_inputs_ = int(self.n_inputs)
        settings = {
            "hidden_dim": self.hidden_dim,
            "n_steps": T,
            "penalty": self.latent_penalty,
            "stages": self.stages,
        }
        rng, cohort = check_random_generator(self.random_state), self._cohort(subjects)
        fitted = fit_cohort(cohort, n_learned(self), settings, rng, self._say)
        vars(self).update(model_attributes(fitted.family))
        self.subject_features_ = np.concatenate([subjects.parameters, fitted.learned], axis=1)
        self.subjects_, self.noisy_, self.stage_ = subjects.names, fitted.noisy, fitted.stage
        judged = zip(fitted.judged, fitted.verdicts, strict=True)
        self.outcomes_ = {subjects.names[j]: verdict.outcome for j, verdict in judged}
        self.held_out_errors_, noise, N = fitted.held_out_errors, fitted.noise, cohort.n_columns
        self.process_noise_, self.forecast_spread_ = noise.process, noise.spread
        self.observation_noise_ = np.sqrt(noise.rows) * self.scale_[:N]
        self.initial_rows_ = np.stack([own.segments()[0][0, :N] for own in subjects.trajectories])
        self.data_range_ = data_range(segments)[:, :N]
        self.sequence_length_, self.seed_ = T, int(rng.integers(2**32))
        self.outcome_ = fitted.outcome

    def _say(self, text):
        if self.verbose:
            print(f"[{type(self).__name__}] {text}", flush=True)
