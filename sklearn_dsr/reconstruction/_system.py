"""Fitted model in the units of X: states of rows, and rows of free runs."""

from dataclasses import dataclass

import numpy as np

from .._maps._canonical import CanonicalMap
from .._maps._filter import follow
from .._maps._kalman import last_state
from .._maps._observation import AffineObservation, IdentityObservation
from .._maps._smoother import smooth
from .._recipe import BUDGET
from ._noise import Noise, copies, root, sampled_runs, state_at_the_end, widened


@dataclass(frozen=True)
class System:
    """Canonical map and observation model, with the scaling of X.

    Attributes
    ----------
    canonical : CanonicalMap
    observation : IdentityObservation or AffineObservation
    mean, scale : ndarray of shape (N + K,)
        Standardisation of the columns of X.
    rest : ndarray of shape (N,), or None
        Values of constant columns, NaN for other columns. They replace rows and runs.
    noise : Noise or None
        Noise that the fit has estimated; None for a map that was not fitted.
    """

    canonical: CanonicalMap
    observation: IdentityObservation | AffineObservation
    mean: np.ndarray
    scale: np.ndarray
    rest: np.ndarray | None = None
    noise: Noise | None = None

    @property
    def n_inputs(self):
        """External inputs K, the last columns of X."""
        return 0 if self.canonical.C is None else self.canonical.C.shape[1]

    @property
    def n_columns(self):
        """Number N of columns of X that the model predicts."""
        return len(self.mean) - self.n_inputs

    @property
    def has_memory(self):
        """Whether a row does not determine all units of the state."""
        return self.observation.partial and self.canonical.latent_dim > self.n_columns

    @property
    def is_register(self):
        """Whether columns copy columns of the row before; see `copies`."""
        return bool(copies(self.canonical, self.observation).any())

    def split(self, rows):
        """Standardised columns (..., N) and inputs (..., K) of rows (..., N + K) of X."""
        N = self.n_columns
        columns = self._still(rows[..., :N])
        return (columns - self.mean[:N]) / self.scale[:N], self.scale_inputs(rows[..., N:])

    def _still(self, columns):
        """Columns (..., N) in the units of X; finite values of constant columns are replaced."""
        if self.rest is None or np.isnan(self.rest).all():
            return columns
        at = ~np.isnan(self.rest) & np.isfinite(columns)
        return np.where(at, self.rest, columns)

    def scale_inputs(self, inputs):
        """Standardised external inputs (..., K)."""
        return (inputs - self.mean[self.n_columns :]) / self.scale[self.n_columns :]

    def infer(self, rows):
        """States (n, M) of complete rows (n, N or N + K), each from its own row only."""
        N = self.n_columns
        columns = self._still(rows[:, :N])
        return self.observation.infer((columns - self.mean[:N]) / self.scale[:N])

    def along(self, trajectories):
        """States (n_rows, M) of the rows of `Trajectories`, NaN in gaps.

        The model predicts missing values and hidden units from the rows before.
        """
        values, N = trajectories.values, self.n_columns
        states = np.full((len(values), self.canonical.latent_dim), np.nan)
        for a, b in zip(trajectories.starts, trajectories.stops, strict=True):
            rows, seen = values[a:b], ~np.isnan(values[a:b, :N])
            if seen.all() and not self.has_memory:
                states[a:b] = self.infer(rows)
            else:
                columns, inputs = self.split(rows)
                states[a:b] = follow(self.canonical, self.observation, columns, seen, inputs)
        return states

    def last_states(self, trajectories):
        """States (n_trajectories, M) at the last rows, estimated from up to `BUDGET.context` rows.

        With noise, missing values or hidden units they are more accurate than states of the last
        rows alone; see `last_state`. Rows before a gap are not used.

        Parameters
        ----------
        trajectories : Trajectories
            No trajectory ends in a gap.
        """
        states = []
        for rows in _ends(trajectories):
            columns, inputs = self.split(rows)
            seen = ~np.isnan(columns)
            if self.is_register and seen[-1].all():
                states.append(self.infer(rows[-1:])[0])
            else:
                maps = self.canonical, self.observation
                states.append(last_state(*maps, columns, seen, inputs)[0])
        return np.stack(states)

    def smooth(self, trajectories):
        """Smoothed rows (n_rows, N) in the units of X, missing values filled; NaN in gaps."""
        N = self.n_columns
        standardised = trajectories.with_values((trajectories.values - self.mean) / self.scale)
        rows, _ = smooth_rows(self.canonical, self.observation, standardised)
        return self._still(rows * self.scale[:N] + self.mean[:N])

    def sampled(self, trajectories, draws, inputs):
        """Samples (n, n_draws, n_steps, N) of measurements after each trajectory, in units of X.

        Parameters
        ----------
        trajectories : Trajectories
            No trajectory ends in a gap.
        draws : ndarray of shape (n, n_steps + 1, n_draws, M + N)
            Standard normal draws.
        inputs : ndarray of shape (n, n_steps, K), or None
            In the units of X.
        """
        maps, N, n = (self.canonical, self.observation), self.n_columns, len(draws)
        inputs = np.empty((n, draws.shape[1] - 1, 0)) if inputs is None else inputs
        rows = [(rows - self.mean) / self.scale for rows in _ends(trajectories)]
        ends = [state_at_the_end(*maps, part, self.noise) for part in rows]
        starts = tuple(map(np.stack, zip(*ends, strict=True)))
        with np.errstate(over="ignore", invalid="ignore"):  # the caller warns about overflow
            runs = sampled_runs(*maps, self.noise, starts, draws, self.scale_inputs(inputs))
            runs = widened(runs, self.noise.spread)
            return self._still(runs * self.scale[:N] + self.mean[:N])

    def run(self, states, n_steps, inputs=None, rng=None):
        """Free run from states (n, M) in the units of X, (n, n_steps, N).

        Parameters
        ----------
        states : ndarray of shape (n, M)
        n_steps : int
        inputs : ndarray of shape (n, n_steps, K), default=None
            In the units of X; ``inputs[:, k]`` acts in the step k to k + 1.
        rng : numpy.random.Generator, default=None
            Generator of the process noise; None runs without noise.
        """
        N, canonical = self.n_columns, self.canonical
        inputs = None if inputs is None else self.scale_inputs(inputs)
        if rng is not None:
            normal = rng.standard_normal((len(states), n_steps, states.shape[1]))
            inputs = normal if inputs is None else np.concatenate([inputs, normal], axis=2)
            canonical = canonical.driven(root(self.noise.process[None])[0])
        with np.errstate(over="ignore", invalid="ignore"):  # the caller warns about overflow
            runs = self.observation.observe(canonical.simulate(states, n_steps, inputs))
            return self._still(runs * self.scale[:N] + self.mean[:N])


def _ends(trajectories):
    """Up to `BUDGET.context` rows of each trajectory after its last gap."""
    for stop in trajectories.offsets[1:]:
        start = trajectories.starts[np.searchsorted(trajectories.stops, stop)]
        yield trajectories.values[max(start, stop - BUDGET.context) : stop]


def check_single(estimator, instead):
    """Raise TypeError if a fitted estimator is an ensemble; `instead` is the code to try."""
    if estimator._is_mean:
        raise TypeError(
            f"{type(estimator).__name__} predicts the mean of its members, which is no model: its "
            f"free run has no attractor. Take the best member: {instead}."
        )


def smooth_rows(canonical, observation, trajectories):
    """Standardised rows (n_rows, N), smoothed along a model; see `System.smooth`.

    Returns
    -------
    rows : ndarray of shape (n_rows, N)
    ratio : float
        Variance of the noise over the variance of the one-step error, in the longest piece.
    """
    N = len(observation.matrix)
    rows = np.full((len(trajectories.values), N), np.nan)
    spans = list(zip(trajectories.starts, trajectories.stops, strict=True))
    ratio = None
    for a, b in sorted(spans, key=lambda span: span[0] - span[1]):  # the longest first
        columns, inputs = trajectories.values[a:b, :N], trajectories.values[a:b, N:]
        seen = ~np.isnan(columns)
        maps = canonical, observation
        if ratio is None:
            longest = (columns, seen, inputs)
            ratio = last_state(*maps, *(part[: BUDGET.smoothed_rows] for part in longest))[2]
        with np.errstate(over="ignore", invalid="ignore"):
            z = smooth(*maps, columns, seen, inputs, ratio)
            rows[a:b] = observation.observe(z)
    return rows, ratio
