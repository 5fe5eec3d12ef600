"""A fitted model as a module of torch: its step with the scaling, differentiable."""

import numpy as np
import torch


class TorchStep(torch.nn.Module):
    """One step of a fitted reconstructor, from rows in the units of X to the next ones.

    ``module(rows)`` is ``estimator.predict(rows)``. For a free run take the state along: with
    hidden units or an affine observation a row does not tell all of it.

    Parameters
    ----------
    parametrization : Parametrization
        Sizes and switches of the model.
    arrays : dict of ndarray
        The trained arrays. They become parameters of the same names, copied.
    mean, scale : ndarray of shape (N + K,)
        Standardisation of rows; buffers, not trained.
    rest : ndarray of shape (N,)
        Where columns are that did not vary in the fit, whatever rows say; NaN for others.

    Attributes
    ----------
    A, W1, W2, h1, h2, W, h, alphas, H, B, L0, C : torch.nn.Parameter
        Those that the model has. What is 0 by its architecture, as outside the diagonal of a
        diagonal A, stays so.
    n_inputs : int
        External inputs K, the last columns of rows.
    """

    def __init__(self, parametrization, arrays, mean, scale, rest):
        super().__init__()
        self._parametrization = parametrization
        for name, values in arrays.items():
            self.register_parameter(name, torch.nn.Parameter(_tensor(values)))
        for name, values in parametrization.masks().items():
            self.register_buffer(f"_mask_{name}", _tensor(values), persistent=False)
        self.register_buffer("mean", _tensor(mean))
        self.register_buffer("scale", _tensor(scale))
        self.register_buffer("rest", _tensor(rest))
        self.n_inputs = arrays["C"].shape[1] if "C" in arrays else 0

    def forward(self, rows):
        """Next rows of rows, as `predict`.

        Parameters
        ----------
        rows : Tensor of shape (..., N + K)
            In the units of X, with the external inputs last. None may be missing.

        Returns
        -------
        Tensor of shape (..., N)
        """
        self._check_width(rows, len(self.mean))
        inputs = rows[..., -self.n_inputs :] if self.n_inputs else None
        return self.observe(self.step(self.infer(rows), inputs))

    def infer(self, rows):
        """States (..., M) of rows (..., N + K), or without their inputs (..., N)."""
        N = len(self.mean) - self.n_inputs
        self._check_width(rows, N, len(self.mean))
        x = (self._still(rows[..., :N]) - self.mean[:N]) / self.scale[:N]
        if hasattr(self, "B"):
            return x @ torch.linalg.pinv(self.B).T
        return torch.cat([x, x @ self.L0.T], dim=-1) if hasattr(self, "L0") else x

    def step(self, states, inputs=None):
        """Next states (..., M) of states (..., M), under external inputs (..., K) in their units.

        None stands for the mean of each input.
        """
        own = {name: getattr(self, name) for name in self._parametrization.shapes}
        own = {name: values * getattr(self, f"_mask_{name}") for name, values in own.items()}
        A, W1, W2, h1, h2 = self._parametrization.canonical_arrays(own, torch)
        following = states @ A.T + torch.relu(states @ W2.T + h2) @ W1.T + h1
        if self.n_inputs and inputs is not None:
            N = len(self.mean) - self.n_inputs
            following = following + ((inputs - self.mean[N:]) / self.scale[N:]) @ self.C.T
        return following

    def observe(self, states):
        """Rows (..., N) of states (..., M), in the units of X without the external inputs."""
        N = len(self.mean) - self.n_inputs
        x = states @ self.B.T if hasattr(self, "B") else states[..., :N]
        return self._still(x * self.scale[:N] + self.mean[:N])

    def _still(self, columns):
        """Columns (..., N) in the units of X, those at rest where they are."""
        return torch.where(torch.isnan(self.rest), columns, self.rest)

    def _check_width(self, rows, *widths):
        if rows.shape[-1] not in widths:
            raise ValueError(
                f"The rows have {rows.shape[-1]} columns, and the model was fitted on "
                f"{len(self.mean)}. Give rows as those of X in fit."
            )


def _tensor(values):
    return torch.tensor(np.array(values, dtype=np.float64))
