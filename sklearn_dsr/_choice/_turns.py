"""Train candidates of several architectures in turn, until one is good, and choose a model."""

from contextlib import nullcontext
from dataclasses import replace
from threading import Event

from .._training._engine_torch import single_thread
from .._training._threads import map_jobs, threads_of


def select(choice, ways, n_init, rng, *, until_good=False, stop=None):
    """Choose among candidates of one architecture; see `select_among`."""
    return select_among([choice], ways, n_init, rng, until_good=until_good, stop=stop)[0]


def select_among(choices, ways, n_init, rng, *, until_good=False, stop=None):
    """Train candidates of several architectures in turn, until one is good, and choose a model.

    Parameters
    ----------
    choices : list of Choice
        One for each architecture. Each gets a candidate in turn.
    ways : dict of Forcing
        Ways of forcing. Each gets a candidate; further candidates take the way with the least S.
    n_init : int
        Candidates of an architecture. The last one of several gets twice as many: clipped models
        vary more from seed to seed.
    rng : numpy.random.Generator
        Every candidate gets a child generator, so threads do not change results.
    until_good : bool
        Whether to end at the first good candidate by number, see `Verdict.is_good`. Candidates that
        threads have trained beyond it are dropped.
    stop : threading.Event, default=None
        Ends running trainings if others that run beside them are interrupted.

    Returns
    -------
    selection : Selection
    position : int
        Position of the chosen architecture.
    """
    names, first, stop = list(ways), choices[0], stop or Event()
    plan = [(k, a) for k in range(n_init) for a in range(len(choices))]
    if len(choices) > 1:
        plan += [(k, len(choices) - 1) for k in range(n_init, 2 * n_init)]
    streams, results = rng.spawn(len(plan)), [[] for _ in choices]
    n_first = min(len(names) if len(names) > 1 else n_init, n_init) * len(choices)

    def leader():
        every = [result for part in results for result in part]
        return min(every, key=lambda result: result.least).candidate.family

    def run(j):
        k, a = plan[j]
        family = names[k % len(names)] if j < n_first else lead
        n = sum(a == other for _, other in plan)
        name = f"candidate {k + 1}/{n} ({family})", family
        return choices[a].candidate(k, name, ways[family], streams[j], stop)

    found, at, lead = None, 0, None
    size = threads_of(first.n_jobs) if until_good else len(plan)
    with nullcontext() if first.trainer.engine == "native" else single_thread():
        while at < len(plan) and found is None and not stop.is_set():
            if at == n_first:
                lead = leader()
            batch = range(at, min(at + size, n_first if at < n_first else len(plan)))
            done = map_jobs(run, batch, first.n_jobs, stop)
            try:
                for j, result in zip(batch, done, strict=False):
                    a = plan[j][1]
                    if result.candidate.losses or not stop.is_set():
                        results[a].append(result)
                        if until_good and not stop.is_set() and choices[a].is_good(result):
                            found = a
                            break
            except KeyboardInterrupt:  # during the check of a candidate, which counts anyway
                stop.set()
            at = batch.stop
    if not any(results):
        raise KeyboardInterrupt  # no model has been trained for an epoch
    chosen = [
        (choice.choose(part, stop.is_set()), a)
        for a, (choice, part) in enumerate(zip(choices, results, strict=True))
        if part and found in (None, a)
    ]
    selection, best = min(chosen, key=lambda c: c[0].rank)
    records = [choice.record(part) for choice, part in zip(choices, results, strict=True)]
    k, i = selection.chosen
    k += sum(map(len, records[:best]))
    return replace(selection, candidates=sum(records, []), chosen=(k, i)), best
