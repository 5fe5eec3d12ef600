"""A fitted model in use: from rows in the units of X to states, and back from free runs."""

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
    """Canonical map and observation model, with the units of X.

    Attributes
    ----------
    canonical : CanonicalMap
    observation : IdentityObservation or AffineObservation
    mean, scale : ndarray of shape (N + K,)
        Standardisation of the columns of X.
    rest : ndarray of shape (N,), or None
        Where columns are that do not vary, whatever the rows and the map say; NaN for others.
    noise : Noise or None
        As the fit has found it; None of a map that was not fitted.
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
        """Columns N of X that the model describes."""
        return len(self.mean) - self.n_inputs

    @property
    def has_memory(self):
        """Whether a row leaves units of the state undetermined."""
        return self.observation.partial and self.canonical.latent_dim > self.n_columns

    @property
    def is_register(self):
        """Whether columns are copies of others a row before, as in delay vectors of lag 1.

        Then they have the same noise, of which a filter would make as many independent ones.
        """
        return bool(copies(self.canonical, self.observation).any())

    def split(self, rows):
        """Standardised columns (..., N) and inputs (..., K) of rows (..., N + K) of X."""
        N = self.n_columns
        columns = self._still(rows[..., :N])
        return (columns - self.mean[:N]) / self.scale[:N], self.scale_inputs(rows[..., N:])

    def _still(self, columns):
        """Columns (..., N) in the units of X, those at rest where they are unless not finite."""
        if self.rest is None or np.isnan(self.rest).all():
            return columns
        at = ~np.isnan(self.rest) & np.isfinite(columns)
        return np.where(at, self.rest, columns)

    def scale_inputs(self, inputs):
        """Standardised external inputs (..., K)."""
        return (inputs - self.mean[self.n_columns :]) / self.scale[self.n_columns :]

    def infer(self, rows):
        """States (n, M) of complete rows (n, N or N + K), each by itself."""
        N = self.n_columns
        columns = self._still(rows[:, :N])
        return self.observation.infer((columns - self.mean[:N]) / self.scale[:N])

    def along(self, trajectories):
        """States (n_rows, M) of the rows of `Trajectories`, NaN in gaps.

        Missing values are the model's own predictions from the rows before, as are hidden units.
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

        Of noisy rows they are better than the last row's alone, and hidden units and missing values
        have settled; see `last_state`. Rows before a gap do not count.

        Parameters
        ----------
        trajectories : Trajectories
            None ends in a gap.
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
        """Rows (n_rows, N) as the model explains them, from those before and after; NaN in gaps.

        In the units of X; missing values are filled. The ratio of the noise to the error of the
        model is that of the longest piece.
        """
        N = self.n_columns
        standardised = trajectories.with_values((trajectories.values - self.mean) / self.scale)
        rows, _ = smooth_rows(self.canonical, self.observation, standardised)
        return self._still(rows * self.scale[:N] + self.mean[:N])

    def sampled(self, trajectories, draws, inputs):
        """Measured rows that may come after each trajectory, (n, n_draws, n_steps, N), in units.

        Parameters
        ----------
        trajectories : Trajectories
            None ends in a gap.
        draws : ndarray of shape (n, n_steps + 1, n_draws, M + N)
            Standard normal.
        inputs : ndarray of shape (n, n_steps, K), or None
            In the units of X.
        """
        maps, N, n = (self.canonical, self.observation), self.n_columns, len(draws)
        inputs = np.empty((n, draws.shape[1] - 1, 0)) if inputs is None else inputs
        rows = [(rows - self.mean) / self.scale for rows in _ends(trajectories)]
        ends = [state_at_the_end(*maps, part, self.noise) for part in rows]
        starts = tuple(map(np.stack, zip(*ends, strict=True)))
        with np.errstate(over="ignore", invalid="ignore"):  # the caller says what diverged
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
            Of the noise that drives the run; None is without.
        """
        N, canonical = self.n_columns, self.canonical
        inputs = None if inputs is None else self.scale_inputs(inputs)
        if rng is not None:
            normal = rng.standard_normal((len(states), n_steps, states.shape[1]))
            inputs = normal if inputs is None else np.concatenate([inputs, normal], axis=2)
            canonical = canonical.driven(root(self.noise.process[None])[0])
        with np.errstate(over="ignore", invalid="ignore"):  # the caller says what diverged
            runs = self.observation.observe(canonical.simulate(states, n_steps, inputs))
            return self._still(runs * self.scale[:N] + self.mean[:N])


def _ends(trajectories):
    """Up to `BUDGET.context` rows of each trajectory behind its last gap."""
    for stop in trajectories.offsets[1:]:
        start = trajectories.starts[np.searchsorted(trajectories.stops, stop)]
        yield trajectories.values[max(start, stop - BUDGET.context) : stop]


def check_single(estimator, instead):
    """Raise TypeError if a fitted estimator has several models; `instead` is the code to try."""
    if estimator._is_mean:
        raise TypeError(
            f"{type(estimator).__name__} predicts the mean of its members, which is no model: run "
            f"freely, it has no attractor. Take the best member: {instead}."
        )


def smooth_rows(canonical, observation, trajectories):
    """Standardised rows (n_rows, N) as a model explains them; see `System.smooth`.

    Returns
    -------
    rows : ndarray of shape (n_rows, N)
    ratio : float
        Variance of the noise in units of that of the model's one-step error, in the longest piece.
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
