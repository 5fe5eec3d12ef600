"""Regression of the steps: with given kinks, a shallow PLRNN is linear in all other parameters.

A kink is the border W2 z + h2 = 0 of a hidden unit.
"""

from dataclasses import dataclass, replace

import numpy as np

from .._core import linalg
from .._recipe import BUDGET

EXACT = 1e-12  # a smaller unexplained share of a column's variance is rounding


@dataclass(frozen=True)
class Steps:
    """States, the states that follow, and the external inputs between them.

    Attributes
    ----------
    z, after : ndarray of shape (n, M)
    inputs : ndarray of shape (n, K)
    """

    z: np.ndarray
    after: np.ndarray
    inputs: np.ndarray

    @classmethod
    def of(cls, observation, n_columns, trajectories, most, rng):
        """Steps of standardised trajectories, at most `most`, drawn evenly at random.

        The observation infers the states from the first `n_columns` of the rows.
        """
        N = n_columns
        spans = zip(trajectories.starts, trajectories.stops, strict=True)
        at = np.concatenate([np.arange(a, b - 1) for a, b in spans])
        if len(at) > most:
            at = np.sort(rng.choice(at, most, replace=False))
        rows = trajectories.values
        z, after = (observation.infer(rows[k, :N]) for k in (at, at + 1))
        return cls(z, after, rows[at, N:])

    @np.errstate(all="ignore")  # rows beyond 1e77 overflow
    def copies(self):
        """Columns that are an affine function of one column a row earlier: {k: (j, slope, shift)}.

        The older coordinates of delay vectors of lag 1 are such copies. They are known exactly,
        with their noise.
        """
        means = [x.mean(axis=0) for x in (self.z, self.after)]
        z, after = self.z - means[0], self.after - means[1]
        before, power = np.sum(z * z, axis=0), np.sum(after * after, axis=0)
        product = linalg.gram(z, after)
        scale = np.outer(np.where(before > 0, before, 1.0), np.where(power > 0, power, 1.0))
        explained = product**2 / scale
        np.fill_diagonal(explained, 0.0)
        found = {}
        for k in np.flatnonzero(explained.max(axis=0) > 1 - EXACT):
            j = int(np.argmax(explained[:, k]))
            slope = product[j, k] / before[j]
            found[int(k)] = (j, slope, means[1][k] - slope * means[0][j])
        return found


def draw_kinks(steps, hidden_dim, rng):
    """Kinks of hidden units, W2 (L, M) and h2 (L,): each passes between a row and the next one.

    Directions are uniform. No kink passes exactly through a row, where rounding would decide its
    side.
    """
    M = steps.z.shape[1]
    W2 = rng.standard_normal((hidden_dim, M)) / np.sqrt(M)
    k, share = rng.integers(len(steps.z), size=hidden_dim), rng.random((hidden_dim, 1))
    at = steps.z[k] + share * (steps.after[k] - steps.z[k])
    return W2, -np.sum(W2 * at, axis=1)


def hidden_units(parametrization, z, W2, h2):
    """Hidden units (n, L) of a shallow model at the states z (n, M)."""
    hidden = linalg.product(z, W2.T)
    units = np.maximum(hidden + h2, 0.0)
    return units - np.maximum(hidden, 0.0) if parametrization.clipped else units


class Regression:
    """A shallow model with random kinks; ridge regression of the steps gives all other parameters.

    Parameters
    ----------
    parametrization : ShallowPLRNN
        Form of A, and whether hidden units are clipped.
    steps : Steps
    hidden_dim : int
        Number L of kinks, at least 0.
    rng : numpy.random.Generator
    """

    def __init__(self, parametrization, steps, hidden_dim, rng):
        self._parametrization, self._steps = parametrization, steps
        self._kinks = draw_kinks(steps, hidden_dim, rng)
        self._equations = self._of(None) if parametrization.linear == "dense" else None
        self._copies = {}
        if parametrization.linear == "dense" and not parametrization.clipped:
            self._copies = steps.copies()

    def solve(self, penalties):
        """Solve with penalties on (A - I)^2 and on W1^2, added to the mean squared error of a step.

        Penalties are in units of the mean variance of the states.

        Returns
        -------
        dict
            A, W1, W2, h1, h2, and C with inputs. Orbits of a clipped model are bounded: a diagonal
            A is at most 1, and so is the norm of a dense A.
        """
        M = self._steps.z.shape[1]
        solved = None
        if self._equations is not None:
            solved = self._solved(self._equations, np.eye(M), M, penalties)
            power = linalg.gram(solved["A"], solved["A"])
            if self._parametrization.clipped and not linalg.eigh(power)[0][-1] <= 1:
                solved = None  # orbits would not be bounded: take a diagonal A instead
        if solved is None:
            z, after = self._steps.z, self._steps.after
            power = np.sum(z * z, axis=0)
            a = np.sum(z * after, axis=0) / np.where(power > 0, power, 1.0)
            A = np.diag(np.clip(a, 0.0, 1.0))
            solved = self._solved(self._of(A), A, 0, penalties)
        for k, (j, slope, shift) in self._copies.items():
            for name in ("A", "W1", "C"):
                solved[name][k] = 0.0
            solved["A"][k, j], solved["h1"][k] = slope, shift
        if not self._steps.inputs.shape[1]:
            del solved["C"]
        return solved | dict(zip(("W2", "h2"), self._kinks, strict=True))

    def _of(self, A):
        """Normal equations of what A leaves unexplained; None solves for A, too, around I."""
        steps, L = self._steps, len(self._kinks[1])
        M, K = steps.z.shape[1], steps.inputs.shape[1]
        n_linear = M if A is None else 0
        equations = linalg.normal_equations(n_linear + L + K, M)
        size = max(int(BUDGET.features / (L + M + 1)), 1)
        for t in range(0, len(steps.z), size):
            z, after, inputs = (part[t : t + size] for part in (steps.z, steps.after, steps.inputs))
            units = hidden_units(self._parametrization, z, *self._kinks)
            features = np.concatenate([z[:, :n_linear], units, inputs], axis=1)
            equations.add(features, after - (z if A is None else z * np.diag(A)))
        return equations

    def _solved(self, equations, A, n_linear, penalties):
        L, K = len(self._kinks[1]), self._steps.inputs.shape[1]
        variance = np.mean(np.var(self._steps.z, axis=0))
        size = len(self._steps.z) * (variance if variance > 0 else 1.0)
        linear, kinks = (size * p for p in penalties)
        weights = np.concatenate([np.full(n_linear, linear), np.full(L, kinks), np.full(K, linear)])
        W, h1 = equations.solve(weights)
        first, last = n_linear, n_linear + L
        A = A + W[:, :first] if n_linear else A
        return {"A": A, "W1": W[:, first:last].copy(), "h1": h1, "C": W[:, last:].copy()}


def stacked(layers):
    """Arrays of one shallow model whose step is the mean of several models' steps."""
    n = len(layers)
    mean = {k: sum(m[k] for m in layers) / n for k in ("A", "h1", "C") if k in layers[0]}
    return mean | {
        "W1": np.concatenate([m["W1"] / n for m in layers], axis=1),
        "W2": np.concatenate([m["W2"] for m in layers]),
        "h2": np.concatenate([m["h2"] for m in layers]),
    }


def sized(problem, hidden_dim):
    """The same problem with another number of hidden units."""
    return replace(problem, parametrization=replace(problem.parametrization, hidden_dim=hidden_dim))
