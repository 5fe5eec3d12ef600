"""From candidates to one model: train several, score their checkpoints by free run, verify, choose.

One training run with its last weights is not safe, whatever its settings: with the loss at its
floor it may end in a fixed point or a cycle. Several ways of forcing, late checkpoints and the
choice by free run on the training data removed all such failures in 45 fits of six systems.
"""

from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from contextlib import nullcontext
from dataclasses import dataclass
from threading import Event

import numpy as np
from joblib import effective_n_jobs

from ._engine_numba import NumbaEngine
from ._engine_torch import TorchEngine, single_thread
from ._forcing import Forcing
from ._loop import train
from ._outcome import diagnose

N_VERIFIED = 12  # checkpoints that get the long runs


@dataclass
class Selection:
    """The chosen model and the whole record of the choice.

    Attributes
    ----------
    arrays : dict of ndarray
        Trained arrays of the chosen checkpoint.
    candidates : list of dict
        Per candidate: family, status, losses, alphas, and checkpoints, a list of dicts with epoch,
        D, H, E, S, and for those that were verified also passed, captured, long and total.
    chosen : (int, int)
        Position of the candidate, and of its checkpoint.
    floor : dict
        D, H and S of the first half of the data against the second.
    outcome : str
        See `_outcome.diagnose`.
    """

    arrays: dict
    candidates: list
    chosen: tuple
    floor: dict
    outcome: str


def families(gtf_alpha, mean, interval, n_updates):
    """Ways of forcing to try, name -> Forcing.

    Parameters
    ----------
    gtf_alpha : "auto", "adaptive" or float
        "auto" tries four: the right alpha differs tenfold between systems.
    mean : str
        Mean of the adaptive alpha, one of `_forcing.MEANS`.
    interval : int
        Updates from one adaptation to the next.
    n_updates : int
        Of a candidate; alpha remembers a quarter of them, which matters more than the mean.

    Returns
    -------
    dict
    """
    if not isinstance(gtf_alpha, str):
        return {f"constant {gtf_alpha:g}": Forcing(alpha=float(gtf_alpha))}
    gamma = float(np.exp(-interval / max(n_updates / 4, interval)))
    adaptive = Forcing(1.0, mean, 1.0, gamma, interval)
    if gtf_alpha == "adaptive":
        return {"adaptive": adaptive}
    return {
        "adaptive": adaptive,
        "0.7 adaptive": Forcing(1.0, mean, 0.7, gamma, interval),
        "constant 0.5": Forcing(alpha=0.5),
        "constant 0.15": Forcing(alpha=0.15),
    }


def select(
    problem, sampler, score, rates, ways, initial, *, n_init, rng, engine, device, n_jobs, report
):
    """Train `n_init` candidates and choose among all their checkpoints.

    Parameters
    ----------
    problem : Problem
    sampler : WindowSampler
    score : FreeRunScore
    rates : ndarray of shape (n_epochs, batches_per_epoch)
    ways : dict of Forcing
        From `families`. One candidate of each; those beyond are of the one whose best S leads.
    initial : callable (rng) -> dict
        Initial trained arrays.
    n_init : int
    rng : numpy.random.Generator
        Every candidate gets a child of its own, so that threads do not change results.
    engine : {"numba", "torch"}
    device : str
        Of the torch engine.
    n_jobs : int or None
        Threads, as in joblib.
    report : callable (str, level=1)
        Takes progress lines; level 2 for those within a candidate.

    Returns
    -------
    Selection
    """
    names = list(ways)[:n_init]
    streams = rng.spawn(n_init)
    stop = Event()

    @np.errstate(all="ignore")  # what overflows is counted, and named in the outcome
    def run(job):
        k, family = job

        def progress(epoch, n_epochs, loss, alpha):
            if epoch % max(n_epochs // 10, 1) == 0 or epoch == n_epochs:
                report(
                    f"candidate {k + 1}/{n_init} ({family}): epoch {epoch}/{n_epochs}, "
                    f"loss {loss:.3g}, alpha {alpha:.3f}",
                    2,
                )

        arrays = initial(streams[k])
        made = (
            NumbaEngine(problem, arrays, ways[family])
            if engine == "numba"
            else TorchEngine(problem, arrays, ways[family], device)
        )
        candidate = train(made, sampler, rates, streams[k], family, stop=stop, report=progress)
        scores = [
            {"epoch": epoch} | score.short(problem.model(a)) for epoch, a in candidate.checkpoints
        ]
        report(
            f"candidate {k + 1}/{n_init} ({family}): {candidate.status}, free-run score "
            f"{min(s['S'] for s in scores):.3g}"
        )
        return candidate, scores

    with single_thread() if engine == "torch" else nullcontext():
        results = _map(run, list(enumerate(names)), n_jobs, stop)
        best = [min(s["S"] for s in scores) for _, scores in results]
        leader = names[int(np.argmin(best))] if best else names[0]
        results += _map(run, [(k, leader) for k in range(len(names), n_init)], n_jobs, stop)
    results = [r for r in results if r[0].losses or not stop.is_set()]
    if not results:
        raise KeyboardInterrupt  # before any model was trained for an epoch
    return _choose(problem, score, results, stop.is_set(), n_jobs, report)


def _map(function, jobs, n_jobs, stop):
    """Call `function` on each job, in threads; jobs not begun when `stop` is set are left out."""
    n_threads = min(effective_n_jobs(n_jobs), len(jobs))
    if n_threads <= 1:
        return [function(job) for job in jobs if not stop.is_set()]
    futures = []
    with ThreadPoolExecutor(n_threads) as pool:
        try:
            futures += [pool.submit(function, job) for job in jobs]
            done = wait(futures, return_when=FIRST_EXCEPTION).done
            if any(future.exception() for future in done):
                stop.set()  # the others end after the epoch under way
        except KeyboardInterrupt:
            stop.set()
        if stop.is_set():
            for future in futures:
                future.cancel()
    return [future.result() for future in futures if not future.cancelled()]


def _choose(problem, score, results, interrupted, n_jobs, report):
    """Verify the best checkpoints by long runs and take the one with the smallest sum."""
    order = sorted(
        (entry["S"], k, i)
        for k, (_, scores) in enumerate(results)
        for i, entry in enumerate(scores)
    )[: 1 if interrupted else N_VERIFIED]

    @np.errstate(all="ignore")
    def verify(place):
        S, k, i = place
        model = problem.model(results[k][0].checkpoints[i][1])
        runs, passed = score.long_runs(model), score.passed(model)
        verdict = {"passed": passed, "captured": score.captured(model), "long": score.long(runs)}
        verdict["total"] = S + 10 * (1 - passed + verdict["captured"]) + verdict["long"]
        return verdict, diagnose(runs, passed, score)

    verdicts = _map(verify, order, n_jobs, Event())
    if len(verdicts) < len(order):
        raise KeyboardInterrupt  # in a thread's run; nothing was chosen yet
    for (verdict, _), (_, k, i) in zip(verdicts, order, strict=True):
        results[k][1][i].update(verdict)
    best = int(np.argmin([verdict["total"] for verdict, _ in verdicts]))
    _, k, i = order[best]
    candidate = results[k][0]
    outcome = "interrupted" if interrupted else verdicts[best][1]
    if candidate.status == "diverged" and not candidate.losses:
        outcome = "diverged"  # untrained, whatever its free run does
    report(
        f"chosen: candidate {k + 1} ({candidate.family}) after epoch "
        f"{candidate.checkpoints[i][0]}, verified score {verdicts[best][0]['total']:.3g}; {outcome}"
    )
    record = [
        {
            "family": c.family,
            "status": c.status,
            "losses": c.losses,
            "alphas": c.alphas,
            "checkpoints": scores,
        }
        for c, scores in results
    ]
    return Selection(candidate.checkpoints[i][1], record, (k, i), score.floor(), outcome)
