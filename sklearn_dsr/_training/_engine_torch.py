"""The reference engine: the same loss by autograd, on any device of torch."""

from contextlib import contextmanager

import numpy as np

from ._forcing import adapt, growth_rate, n_time_points


@contextmanager
def single_thread():
    """Let torch use one thread inside the block, and restore the number afterwards.

    Several threads are slower than one on arrays this small.
    """
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)


class TorchEngine:
    """Trains the arrays of a :class:`Problem` with torch; see `NativeEngine` for the interface.

    Parameters
    ----------
    problem : Problem
    arrays : dict of ndarray
        Initial values of the trained arrays.
    forcing : Forcing
    device : str
        Any torch device.
    """

    def __init__(self, problem, arrays, forcing, device="cpu"):
        import torch

        try:
            torch.empty(0, device=device)
        except (RuntimeError, AssertionError) as error:
            raise ValueError(
                f"Device {device!r} is not available to torch: {str(error).splitlines()[0]}. "
                'Use engine="torch" for the CPU, or install a version of torch for the device.'
            ) from error
        self._torch = torch
        self.problem, self.forcing, self.device = problem, forcing, device
        self._dtype = {"float32": torch.float32, "float64": torch.float64}[
            np.dtype(problem.dtype).name
        ]
        self._rows = self._tensor(problem.rows)
        self._seen = None if problem.seen is None else self._tensor(problem.seen)
        self._times = forcing.times(problem.n_steps)
        masks = {k: self._tensor(v) for k, v in problem.masks().items()}
        self._penalties = [
            {k: self._tensor(v) for k, v in weights.items()}
            for weights in problem.squared_and_absolute()
        ]
        self._theta = {k: self._tensor(arrays[k]).requires_grad_() for k in problem.shapes}
        for name, value in self._theta.items():
            value.register_hook(lambda g, mask=masks[name]: g * mask)
        self._optimizer = torch.optim.RAdam(self._theta.values())
        self._alpha, self._updates = forcing.alpha, 0

    def _tensor(self, values):
        return self._torch.tensor(np.asarray(values), dtype=self._dtype, device=self.device)

    @property
    def arrays(self):
        """Copy of the trained arrays, float64; can be set."""
        return {k: v.detach().cpu().double().numpy().copy() for k, v in self._theta.items()}

    @arrays.setter
    def arrays(self, arrays):
        for name, value in self._theta.items():
            value.data.copy_(self._tensor(arrays[name]))

    def loss_gradient(self, starts, alpha, noise=None):
        """Loss and gradient (dict like `arrays`) of the windows that start at rows `starts`."""
        self._optimizer.zero_grad()
        loss = self._loss(*self._batch(starts, noise), alpha)
        loss.backward()
        gradient = {k: v.grad.detach().cpu().double().numpy() for k, v in self._theta.items()}
        return loss.item(), gradient

    def run(self, starts, rates, noise=None):
        """Do one update for each row of `starts` (n_updates, batch_size); see `NativeEngine`."""
        losses, alphas, p = [], [], list(self._theta.values())
        for i, rate in enumerate(rates):
            batch = self._batch(starts[i], None if noise is None else noise[i])
            if self.forcing.code and self._updates % self.forcing.every == 0:
                self._alpha = adapt(self._alpha, self._growth_rate(batch[2]), self.forcing.gamma)
            alpha = self._alpha * self.forcing.scale
            self._optimizer.zero_grad()
            loss = self._loss(*batch, alpha)
            loss.backward()
            if not np.isfinite(loss.item()) or not self._finite(v.grad for v in p):
                break
            self._optimizer.param_groups[0]["lr"] = float(rate)
            self._optimizer.step()
            if not self._finite(p):
                break
            self._updates += 1
            losses.append(loss.item())
            alphas.append(alpha)
        return np.array(losses), np.array(alphas)

    def _finite(self, tensors):
        return all(bool(self._torch.isfinite(t).all()) for t in tensors)

    def _batch(self, starts, noise):
        """Windows: X, weight and noisy X (T + 1, S, N), inputs (T + 1, S, K)."""
        steps = np.arange(self.problem.n_steps + 1)[:, None]
        index = self._torch.as_tensor(steps + np.asarray(starts)[None, :], device=self.device)
        N = self.problem.sizes[1]
        rows = self._rows[index]
        X, inputs = rows[..., :N], rows[..., N:]
        weight = self._torch.ones_like(X) if self._seen is None else self._seen[index]
        return X, weight, X if noise is None else X + self._tensor(noise), inputs

    def _inverse(self):
        """Matrix (M, N) that gives the state of an observed row."""
        torch, p = self._torch, self._theta
        M, N, _ = self.problem.sizes
        if self.problem.affine:
            return torch.linalg.pinv(p["B"])
        eye = torch.eye(N, dtype=self._dtype, device=self.device)
        return torch.cat([eye, p["L0"]]) if M > N else eye

    def _loss(self, X, weight, noisy, inputs, alpha):
        """Forced-run loss with penalties, see :class:`Problem`."""
        torch, p, affine = self._torch, self._theta, self.problem.affine
        M, N, _ = self.problem.sizes
        A, W1, W2, h1, h2 = self.problem.parametrization.canonical_arrays(p, torch)
        inverse = self._inverse()
        z, constant = noisy[0] @ inverse.T, inverse.detach()
        B = p["B"] if affine else torch.eye(N, M, dtype=self._dtype, device=self.device)
        predictions = []
        for t in range(1, len(X)):
            z = z @ A.T + torch.relu(z @ W2.T + h2) @ W1.T + h1
            if "C" in p:
                z = z + inputs[t - 1] @ p["C"].T
            predictions.append(z)
            if affine:
                # The model's own prediction takes the place of missing values.
                x = weight[t] * noisy[t] + (1 - weight[t]) * (z @ B.detach().T)
                pull = x @ constant.T - z
            else:  # only observed units are forced
                pull = torch.nn.functional.pad(weight[t] * (noisy[t] - z[:, :N]), (0, M - N))
            z = z + alpha * float(self._times[t]) * pull
        error = weight[1:] * (torch.stack(predictions) @ B.T - X[1:])
        loss = (error**2).sum() / torch.clamp(weight[1:].sum(), min=1)
        for weights, power in zip(self._penalties, (2, 1), strict=True):
            for name, factor in weights.items():
                target = torch.eye(M, dtype=self._dtype, device=self.device) if name == "A" else 0.0
                loss = loss + (factor * torch.abs(p[name] - target) ** power).sum()
        if affine:
            s = torch.linalg.svdvals(p["B"])
            loss = loss + self.problem.penalties.observation * (1 - s[0] / s[-1]) ** 2
        return loss

    def growth_rate(self, starts):
        """Growth rate kappa of the Jacobians at the forcing signals of windows."""
        return self._growth_rate(self._batch(starts, None)[2])

    def _growth_rate(self, noisy):
        mean, arrays = self.forcing.mean, self.arrays
        if mean == "jacobian_upper_bound":
            return self.problem.parametrization.jacobian_bound(arrays)
        M, T = self.problem.sizes[0], self.problem.n_steps
        n_points = n_time_points(M, T)
        signal = (noisy @ self._inverse().detach().T).cpu().double().numpy()
        z = signal[np.arange(n_points) * T // n_points].swapaxes(0, 1)
        A, W1, W2, _, h2 = self.problem.parametrization.canonical_arrays(arrays, np)
        gates = (z @ W2.T + h2 > 0).astype(float)
        return growth_rate(mean, A + np.einsum("ml,stl,lk->stmk", W1, gates, W2, optimize=True))
