"""Where free runs end: many runs at once, and the attractors that they end in."""

from dataclasses import dataclass

import numpy as np
from joblib import Parallel, delayed
from scipy.spatial import cKDTree

from .._core import maps
from .._core.search import settle_all
from ._trap import Trap

LIVE, UNSETTLED, DIVERGED = -3, -2, -1  # labels of runs that are at no attractor
CHUNK, BLOCK = 512, 50  # runs in a job, and steps between two looks at them
N_SCOUTS = 256  # runs that find attractors before all others run
N_REFERENCE, N_TAIL = 5_000, 100  # states of an aperiodic attractor, and of a run that is compared
MOST = 64  # attractors that are told apart
N_ITERATIONS = 40  # solutions from one start, as in a search for cycles
SAME = 1e-6  # distances below this share of the usual states are zero
# A run is on an attractor if half of its states are as near as neighbours on the attractor are.
NEIGHBOURS, WIDER = 0.99, 1.5


@dataclass(frozen=True)
class Orbit:
    """An attractor known by an orbit (n, M) on it, and by how near to it a run must be.

    It is a cycle if `periodic`, one with a hidden unit at its kink.
    """

    points: np.ndarray
    distance: float
    periodic: bool = False

    @classmethod
    def of(cls, points, same):
        """Attractor of an orbit; states nearer than `same` count as one."""
        distinct = np.unique(np.round(points / same), axis=0) * same
        if len(distinct) == 1:
            return cls(points, 2 * same)
        nearest = cKDTree(distinct).query(distinct, k=2)[0][:, 1]
        return cls(points, max(WIDER * np.quantile(nearest, NEIGHBOURS), 2 * same))

    def holds(self, tails):
        """Whether runs with the last states `tails` (n, n_tail, M) are on the attractor, (n,)."""
        away = cKDTree(self.points).query(tails)[0]
        return np.median(away, axis=1) <= self.distance


class Settling:
    """Runs that go on until they are at an attractor, and the attractors found so far.

    Parameters
    ----------
    canonical : CanonicalMap
        Without external inputs.
    extent : float
        Largest absolute value of a usual state.
    limit : float
        A run with a larger value has diverged.
    n_steps, max_order : int
        Most steps of a run, and the largest order of a cycle.
    n_jobs : int or None
    """

    def __init__(self, canonical, extent, limit, n_steps, max_order, n_jobs):
        self.canonical, self.compiled = canonical, canonical.compiled()
        self.inputs = canonical.driving(None, (0,)).shape[2]
        self.same, self.limit = SAME * extent, limit
        self.n_steps, self.max_order, self.n_jobs = n_steps, max_order, n_jobs
        self.attractors = []  # of Trap and Orbit

    def labels(self, Z):
        """Labels (n,) of runs from the states Z (n, M): numbers of attractors, or below 0."""
        if len(Z) > N_SCOUTS:
            self._settle(Z[np.linspace(0, len(Z) - 1, N_SCOUTS).astype(int)])
        return self._settle(Z)

    def _settle(self, Z):
        labels, ends = self._run(Z, self.attractors)
        for number, attractor in enumerate(self.attractors):
            self._compare(labels, ends, number, attractor)
        while np.any(labels == LIVE) and len(self.attractors) < MOST:
            first = np.flatnonzero(labels == LIVE)[0]
            attractor = self._attractor_of(ends[first])
            if attractor is None:
                labels[first] = DIVERGED
                continue
            number = len(self.attractors)
            self.attractors.append(attractor)
            if isinstance(attractor, Trap):
                live = np.flatnonzero(labels == LIVE)
                captured, ends[live] = self._run(ends[live], [attractor])
                labels[live[captured == 0]] = number
                labels[live[captured == DIVERGED]] = DIVERGED
            self._compare(labels, ends, number, attractor)
            labels[first] = number
        return np.where(labels == LIVE, UNSETTLED, labels)

    def _compare(self, labels, ends, number, attractor):
        """Label the runs still live that are on an attractor known by an orbit."""
        live = np.flatnonzero(labels == LIVE)
        if isinstance(attractor, Orbit) and len(live):
            compare = delayed(self._compare_part)
            parts = np.array_split(ends[live], -(-len(live) // CHUNK))
            done = self._threads()(compare(z, attractor, number) for z in parts)
            labels[live] = np.concatenate(done)

    def _compare_part(self, Z, orbit, number):
        labels, tails = np.full(len(Z), LIVE), self._simulate(Z, N_TAIL)
        kept = np.flatnonzero(np.all(np.abs(tails) <= self.limit, axis=(1, 2)))
        labels[kept[orbit.holds(tails[kept])]] = number
        gone = np.ones(len(Z), dtype=bool)
        gone[kept] = False
        labels[gone] = DIVERGED
        return labels

    def _threads(self):
        return Parallel(n_jobs=self.n_jobs, require="sharedmem")

    def _run(self, Z, attractors):
        """Labels (n,) and last states (n, M) of runs, LIVE if no trap holds them."""
        parts = np.array_split(Z, -(-len(Z) // CHUNK))
        run = delayed(self._run_part)
        done = self._threads()(run(z, attractors) for z in parts)
        labels, ends = zip(*done, strict=True)
        return np.concatenate(labels), np.concatenate(ends)

    def _run_part(self, Z, attractors):
        labels, ends, live = np.full(len(Z), LIVE), Z.copy(), np.arange(len(Z))
        for step in range(0, self.n_steps, BLOCK):
            z = self._simulate(ends[live], min(BLOCK, self.n_steps - step))[:, -1]
            ends[live] = z
            labels[live[~(np.abs(z).max(axis=1) <= self.limit)]] = DIVERGED
            for number, trap in enumerate(attractors):
                if isinstance(trap, Trap):
                    free = labels[live] == LIVE
                    labels[live[free & trap.holds(z)]] = number
            live = live[labels[live] == LIVE]
            if len(live) == 0:
                break
        return labels, ends

    def _simulate(self, Z, n_steps):
        no_inputs = np.zeros((len(Z), 0, self.inputs))
        return maps.simulate(self.compiled, np.ascontiguousarray(Z), no_inputs, n_steps)

    def _attractor_of(self, z):
        """Attractor of a run that has come to the state z (M,); None if the run diverges."""
        tail = self._simulate(z[None], N_REFERENCE)[0]
        if not np.all(np.abs(tail) <= self.limit):
            return None
        for order in range(1, self.max_order + 1):
            points, status = settle_all(self.canonical, tail[None, -order:].copy(), N_ITERATIONS)
            if status[0] == 1:
                trap = Trap.of(self.canonical, points[0])
                if trap is not None and self._run(tail[-1:], [trap])[0][0] == 0:
                    return trap
                at_kink = Orbit(points[0], 2 * self.same, periodic=True)
                if at_kink.holds(tail[None, -N_TAIL:])[0]:
                    return at_kink
        return Orbit.of(tail, self.same)
