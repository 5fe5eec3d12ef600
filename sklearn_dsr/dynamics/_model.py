"""What the analyses need of a model: its canonical map, and the ways to its states and back."""

from dataclasses import dataclass, replace

import numpy as np

from .._coordinates.original_coordinates import OriginalCoordinates
from .._coordinates.past import flat_steps, unnamed_columns
from .._coordinates.protocol import of_package
from .._data.trajectories import as_trajectories
from .._data.validation import check_inputs, check_rows
from .._maps._canonical import CanonicalMap
from .._maps._observation import IdentityObservation
from ..reconstruction._system import System

USUAL = 3.0  # states of a bare map are expected in [-USUAL, USUAL]


@dataclass(frozen=True)
class Model:
    """A fitted model, or a bare map, whose rows are its states.

    Attributes
    ----------
    system : System
        Canonical map and observation, with the units of the rows that the reconstructor was fitted
        on.
    coordinates : OriginalCoordinates or None
        Coordinates of the reconstructor and of the transformers in front of it; None for a bare
        map.
    held_inputs : ndarray of shape (K,) or None
        Constant external inputs, in the units of the rows. The map holds them in h1.
    """

    system: System
    coordinates: OriginalCoordinates | None = None
    held_inputs: np.ndarray | None = None

    @classmethod
    def of(cls, estimator):
        """Model of a CanonicalMap, a reconstructor, a Pipeline that ends in one, or a search."""
        if not isinstance(estimator, CanonicalMap):
            coordinates = OriginalCoordinates(estimator)
            return cls(of_package(coordinates.reconstructor)._system(), coordinates)
        M = estimator.latent_dim
        size = M + (0 if estimator.C is None else estimator.C.shape[1])
        observation = IdentityObservation(np.zeros((0, M)))
        return cls(System(estimator, observation, np.zeros(size), np.ones(size)))

    @property
    def canonical(self):
        """The map."""
        return self.system.canonical

    @property
    def reconstructor(self):
        """The fitted reconstructor, or None."""
        return None if self.coordinates is None else self.coordinates.reconstructor

    @property
    def transformer(self):
        """The steps in front of the reconstructor, or None."""
        return None if self.coordinates is None else self.coordinates.transformer

    @property
    def dt(self):
        """Time of one step."""
        return 1.0 if self.coordinates is None else self.coordinates.dt

    def start(self, x0):
        """State (M,) of a row; None is the first row of the training data, and 0 for a bare map."""
        if x0 is None:
            bare = self.reconstructor is None
            row = self.system.mean if bare else self.reconstructor.initial_row_
        else:
            if self.reconstructor is not None:
                self.reconstructor._check_names(x0)
            row = check_rows(np.atleast_2d(np.asarray(x0)), name="x0")[0]
            widths = (self.system.n_columns, len(self.system.mean))
            if len(row) not in widths or np.isnan(row).any():
                raise ValueError(
                    f"x0 has {len(row)} values, or NaN among them; the model was fitted on "
                    f"{len(self.system.mean)} columns. Give one complete row."
                )
        return self.system.infer(row[None])[0]

    def inputs(self, inputs, n_steps):
        """External inputs of a run in units of the map, (1, n_steps, K); None without inputs."""
        inputs = check_inputs(inputs, self.system.n_inputs, 1, n_steps, single=True)
        return None if inputs is None else self.system.scale_inputs(inputs)

    def autonomous(self, inputs):
        """Return the model under constant inputs (K,), which its map then holds in h1.

        A model without inputs is returned as it is.

        Raises
        ------
        ValueError
            If the model has inputs and `inputs` is None, or the other way round.
        """
        K = self.system.n_inputs
        if inputs is None and K:
            raise ValueError(
                f"The model has {K} external inputs, and inputs=None was given. It has fixed "
                "points, cycles and linear regions only while they are constant. Give inputs of "
                f"shape ({K},), for instance the means of these columns."
            )
        if inputs is None:
            return self
        if K and np.shape(np.asarray(inputs, dtype=object)) != (K,):
            raise ValueError(
                f"inputs have shape {np.shape(np.asarray(inputs, dtype=object))}; they must be "
                f"one constant value per input. Give shape ({K},)."
            )
        s = self.inputs([inputs], 1)[0, 0]
        canonical = replace(self.canonical, h1=self.canonical.h1 + self.canonical.C @ s, C=None)
        N = self.system.n_columns
        held = s * self.system.scale[N:] + self.system.mean[N:]
        mean, scale = self.system.mean[:N], self.system.scale[:N]
        system = replace(self.system, canonical=canonical, mean=mean, scale=scale)
        return replace(self, system=system, held_inputs=held)

    def along(self, X):
        """Trajectories of X as the model sees them, and their states (n, M), NaN in gaps.

        Raises
        ------
        ValueError
            If X has another width than in fit, or no complete row.
        """
        system = self.system
        if self.reconstructor is None:
            trajectories = as_trajectories(X)
        else:
            system = self.reconstructor._system()  # X has all inputs of fit, the held ones too
            if self.transformer is None:
                trajectories = self.reconstructor._read(X)
            else:
                _, trajectories = self.coordinates.read(X, mask=True)
        if trajectories.values.shape[1] != len(system.mean):
            raise ValueError(
                f"X has {trajectories.values.shape[1]} columns, and the map {len(system.mean)} "
                "units. Give states of the map, one unit per column."
            )
        if len(trajectories.starts) == 0:
            raise ValueError(
                "Each row of X is a gap: it holds NaN. Give at least one complete row."
            )
        return trajectories, system.along(trajectories)

    @property
    def n_original(self):
        """Number of columns of X without external inputs."""
        if self.transformer is None:
            return self.system.n_columns
        n_inputs = 0 if self.held_inputs is None else len(self.held_inputs)
        return flat_steps(self.transformer)[0].n_features_in_ - n_inputs

    def states_of(self, starts):
        """States (n, M) of starts (n, n_original) in the units of X, each from its own row only.

        Raises
        ------
        ValueError
            If a DataFrame has other names than in fit, or a state needs more than its own row.
        """
        if self.transformer is None:
            if self.reconstructor is not None:
                self.reconstructor._check_names(starts)
            return self.system.infer(np.asarray(starts, dtype=np.float64))
        if self.coordinates.context_length > 1 or self.coordinates.needs_past:
            raise ValueError(
                "A state of this pipeline depends on several rows of X, and each start is one row. "
                "Give the fitted reconstructor alone, and starts in the columns it was fitted on."
            )
        if self.held_inputs is not None:
            middle = np.concatenate([self.system.mean, self.held_inputs])
            held = self.coordinates.inverse_rows(middle[None])[:, -len(self.held_inputs) :]
            rows = np.asarray(starts, dtype=np.float64)
            starts = np.hstack([rows, np.repeat(held, len(rows), axis=0)])
        with unnamed_columns():
            rows = np.asarray(self.transformer.transform(starts), dtype=np.float64)
        return self.system.infer(rows[:, : self.system.n_columns])

    def usual_range(self):
        """Lowest and highest values (N,) of the columns in the training data."""
        if self.reconstructor is None:
            return np.full((2, self.system.n_columns), [[-USUAL], [USUAL]])
        return self.reconstructor.data_range_

    def usual_states(self):
        """States (2 N, M) of the middle row with one column at one end of its usual range."""
        low, high = self.usual_range()
        step = np.diag(high - low) / 2
        return self.system.infer((low + high) / 2 + np.vstack([step, -step]))

    def rows(self, states):
        """Rows (n, N) of states (n, M), as the model sees them."""
        N = self.system.n_columns
        return (
            self.system.observation.observe(states) * self.system.scale[:N] + (self.system.mean[:N])
        )

    def original(self, rows):
        """Rows (n, N) in the units of X, after the inverse of all transformers.

        A step that needs earlier rows, such as a difference, has no inverse for single rows. Its
        output is the unit of the result.
        """
        if self.transformer is None:
            return rows
        held = np.zeros(0) if self.held_inputs is None else self.held_inputs
        rows = np.hstack([rows, np.tile(held, (len(rows), 1))])
        inverse = self.coordinates.inverse_rows(rows)
        return inverse[:, : inverse.shape[1] - len(held)]
