"""One step of a fitted model, scaling included, as a PyTorch module."""

import numpy as np
import torch


class TorchStep(torch.nn.Module):
    """One step of a fitted reconstructor, from rows in the units of X to the next rows.

    ``module(rows)`` equals ``estimator.predict(rows)``. A free run must keep the state, because
    with hidden units or an affine observation a row does not determine it.

    Parameters
    ----------
    parametrization : Parametrization
        Sizes and switches of the model.
    arrays : dict of ndarray
        Trained arrays. Copies of them become parameters with the same names.
    mean, scale : ndarray of shape (N + K,)
        Standardisation of rows. These are buffers and not trained.
    rest : ndarray of shape (N,)
        Values of the columns that were constant in the fit, NaN for other columns.

    Attributes
    ----------
    A, W1, W2, h1, h2, W, h, alphas, H, B, L0, C : torch.nn.Parameter
        Arrays of the model, as far as it has them. Entries that are 0 by its architecture, such as
        those outside the diagonal of a diagonal A, stay 0.
    n_inputs : int
        Number K of external inputs, the last columns of rows.
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
        """Predict the next rows, as `predict` of the estimator.

        Parameters
        ----------
        rows : Tensor of shape (..., N + K)
            Rows without NaN in the units of X, with the external inputs last.

        Returns
        -------
        Tensor of shape (..., N)
            Next rows in the units of X.
        """
        self._check_width(rows, len(self.mean))
        inputs = rows[..., -self.n_inputs :] if self.n_inputs else None
        return self.observe(self.step(self.infer(rows), inputs))

    def infer(self, rows):
        """States (..., M) of rows (..., N + K) with or (..., N) without their inputs."""
        N = len(self.mean) - self.n_inputs
        self._check_width(rows, N, len(self.mean))
        x = (self._still(rows[..., :N]) - self.mean[:N]) / self.scale[:N]
        if hasattr(self, "B"):
            return x @ torch.linalg.pinv(self.B).T
        return torch.cat([x, x @ self.L0.T], dim=-1) if hasattr(self, "L0") else x

    def step(self, states, inputs=None):
        """Next states (..., M) from states (..., M) and external inputs (..., K) in their units.

        None takes the mean of each input.
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
        """Columns (..., N) in the units of X, with constant columns set to their value."""
        return torch.where(torch.isnan(self.rest), columns, self.rest)

    def _check_width(self, rows, *widths):
        if rows.shape[-1] not in widths:
            raise ValueError(
                f"The rows have {rows.shape[-1]} columns, and the model was fitted on "
                f"{len(self.mean)}. Give rows with the columns of X in fit."
            )


def _tensor(values):
    return torch.tensor(np.array(values, dtype=np.float64))
