"""The reference engine: the same loss by autograd, on any device torch knows."""

from contextlib import contextmanager

import numpy as np

from ._forcing import adapt, growth_rate, n_time_points


@contextmanager
def single_thread():
    """Let torch use one thread inside, and as many as before after.

    On arrays as small as these, two threads were 2 to 20 times slower than one.
    """
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)


class TorchEngine:
    """Trains the arrays of a :class:`Problem` with torch; see `NumbaEngine` for the interface.

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
                f"device={device!r} is not available to torch: {str(error).splitlines()[0]} "
                'Use device="cpu", or install a torch that supports the device.'
            ) from error
        self._torch = torch
        self.problem, self.forcing, self.device = problem, forcing, device
        self._dtype = {"float32": torch.float32, "float64": torch.float64}[
            np.dtype(problem.dtype).name
        ]
        self._rows = self._tensor(problem.rows)
        self._masks = {k: self._tensor(v) for k, v in problem.trained().items()}
        self._penalties = [
            {k: self._tensor(v) for k, v in weights.items()} for weights in problem.penalties()
        ]
        self._theta = {k: self._tensor(v).requires_grad_() for k, v in arrays.items()}
        for name, value in self._theta.items():
            value.register_hook(lambda g, mask=self._masks[name]: g * mask)
        self._optimizer = torch.optim.RAdam(self._theta.values())
        self._alpha, self._updates = forcing.alpha, 0

    def _tensor(self, values):
        return self._torch.tensor(np.asarray(values), dtype=self._dtype, device=self.device)

    @property
    def arrays(self):
        """Copy of the trained arrays, float64."""
        return {k: v.detach().cpu().double().numpy().copy() for k, v in self._theta.items()}

    def loss_gradient(self, starts, alpha):
        """Loss and gradient (dict like `arrays`) of the windows that start at rows `starts`."""
        self._optimizer.zero_grad()
        loss = self._loss(self._batch(starts), alpha)
        loss.backward()
        gradient = {k: v.grad.detach().cpu().double().numpy() for k, v in self._theta.items()}
        return loss.item(), gradient

    def run(self, starts, rates):
        """Do one update for each row of `starts` (n_updates, batch_size); see `NumbaEngine`."""
        losses, alphas, p = [], [], list(self._theta.values())
        for window_starts, rate in zip(starts, rates, strict=True):
            X = self._batch(window_starts)
            if self.forcing.code and self._updates % self.forcing.interval == 0:
                self._alpha = adapt(self._alpha, self._growth_rate(X), self.forcing.gamma)
            alpha = self._alpha * self.forcing.scale
            self._optimizer.zero_grad()
            loss = self._loss(X, alpha)
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

    def _batch(self, starts):
        """Windows (T + 1, S, N)."""
        steps = np.arange(self.problem.n_steps + 1)[:, None]
        index = self._torch.as_tensor(steps + np.asarray(starts)[None, :], device=self.device)
        return self._rows[index]

    def _loss(self, X, alpha):
        """Forced-run loss with penalties, see :class:`Problem`."""
        torch, p = self._torch, self._theta
        inverse = torch.linalg.pinv(p["B"]) if self.problem.affine else None
        z = X[0] @ inverse.T if self.problem.affine else X[0]
        signal = (X @ inverse.T).detach() if self.problem.affine else X
        predictions = []
        for t in range(1, len(X)):
            u = z @ p["W2"].T
            phi = torch.relu(u + p["h2"])
            if self.problem.parametrization.clipped:
                phi = phi - torch.relu(u)
            z = p["A"] * z + phi @ p["W1"].T + p["h1"]
            predictions.append(z)
            z = (1 - alpha) * z + alpha * signal[t]
        predictions = torch.stack(predictions)
        if self.problem.affine:
            predictions = predictions @ p["B"].T
        loss = torch.mean((predictions - X[1:]) ** 2)
        for weights, power in zip(self._penalties, (2, 1), strict=True):
            for name, weight in weights.items():
                target = 1.0 if name == "A" else 0.0
                loss = loss + (weight * torch.abs(p[name] - target) ** power).sum()
        if self.problem.affine:
            s = torch.linalg.svdvals(p["B"])
            loss = loss + self.problem.observation_penalty * (1 - s[0] / s[-1]) ** 2
        return loss

    def _growth_rate(self, X):
        arrays = self.arrays
        signal = X.cpu().double().numpy()
        if self.problem.affine:
            signal = signal @ np.linalg.pinv(arrays["B"]).T
        M, T = self.problem.sizes[0], self.problem.n_steps
        return growth_rate(
            self.forcing.code,
            np.ascontiguousarray(signal),
            signal.shape[1],
            n_time_points(M, T),
            M,
            arrays["W1"],
            np.ascontiguousarray(arrays["W2"].T),
            arrays["h2"],
            arrays["A"],
            self.problem.parametrization.clipped,
        )
