"""Train one candidate: epochs of updates, a loss curve, and checkpoints late in the training."""

from dataclasses import dataclass, field

import numpy as np

from .._recipe import BUDGET, RECIPE


@dataclass
class Candidate:
    """A training run and its results.

    Attributes
    ----------
    family : str
        Way of forcing, a key of `reconstruction._forcing.families`.
    losses, alphas : list of float
        Mean loss and last alpha of each epoch.
    checkpoints : list of (int, dict)
        Number of epochs done, and the trained arrays after them. The last one is the end of the
        run.
    status : {"finished", "stopped", "diverged", "interrupted"}
        "stopped": a callback ended the run. "diverged": the loss or its gradient is not finite.
    """

    family: str
    losses: list = field(default_factory=list)
    alphas: list = field(default_factory=list)
    checkpoints: list = field(default_factory=list)
    status: str = "finished"


def train(engine, sampler, rates, rng, family, *, stop, watch):
    """Run the epochs of one candidate.

    Parameters
    ----------
    engine : NativeEngine or TorchEngine
    sampler : WindowSampler
    rates : ndarray of shape (n_epochs, batches_per_epoch)
        Learning rate of every update.
    rng : numpy.random.Generator
        Draws the windows.
    family : str
        Name of the way of forcing.
    stop : threading.Event
        Ends the run after the current epoch; set here on KeyboardInterrupt.
    watch : callable (epoch, loss, alpha, arrays) -> bool
        Called after each epoch; True ends the run.

    Returns
    -------
    Candidate
        It has at least one checkpoint. A run that diverges or is cut short ends with a checkpoint
        of the finite arrays of its last whole epoch, or of the start.
    """
    candidate = Candidate(family)
    n_epochs = len(rates)
    shares = np.linspace(RECIPE.first_checkpoint, 1.0, BUDGET.n_checkpoints)
    lost = 1 / np.finfo(engine.problem.dtype).eps  # a loss this large has diverged
    wanted = set(np.maximum(np.rint(shares * n_epochs), 1).astype(int))
    arrays = engine.arrays
    try:
        for epoch in range(1, n_epochs + 1):
            if stop.is_set():
                candidate.status = "interrupted"
                break
            starts = sampler.draw(rng, (rates.shape[1], engine.problem.batch_size))
            losses, alphas = engine.run(
                starts, rates[epoch - 1], drawn_noise(engine.problem, starts, rng)
            )
            new = engine.arrays
            if (
                len(losses) < rates.shape[1]
                or not all(np.isfinite(v).all() for v in new.values())
                or (epoch > RECIPE.small * n_epochs and np.mean(losses) > lost)
            ):
                candidate.status = "diverged"
                break
            arrays = new
            candidate.losses.append(float(np.mean(losses)))
            candidate.alphas.append(float(alphas[-1]))
            cut = watch(epoch, candidate.losses[-1], candidate.alphas[-1], arrays)
            if epoch in wanted:
                candidate.checkpoints.append((epoch, arrays))
            if cut and epoch < n_epochs:
                candidate.status = "stopped"
                break
    except KeyboardInterrupt:
        stop.set()
        candidate.status = "interrupted"
    if candidate.status != "finished" or not n_epochs:
        candidate.checkpoints.append((len(candidate.losses), arrays))
    return candidate


def drawn_noise(problem, starts, rng):
    """Noise for the windows of an epoch, (n_updates, T + 1, S, N), or None."""
    if not problem.noise:
        return None
    n_updates, n_windows = starts.shape
    shape = (n_updates, problem.n_steps + 1, n_windows, problem.sizes[1])
    return problem.noise * rng.standard_normal(shape, dtype=problem.dtype)
