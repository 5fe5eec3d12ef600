"""Run the candidates of a fit in threads: how many threads, and how an interrupt ends them."""

import multiprocessing
import os
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait

from joblib.parallel import get_active_backend


def threads_of(n_jobs):
    """Number of threads for `n_jobs`.

    "All cores" are the cores that a search around the fit leaves. A worker process of joblib or
    dask has its share in OMP_NUM_THREADS; without it, a task among others has one core.
    """
    # The threading backend is asked: for dask, joblib.effective_n_jobs counts a whole cluster.
    backend, usual = get_active_backend(prefer="threads", require="sharedmem")
    n_jobs = usual if n_jobs is None else n_jobs
    n_threads = backend.effective_n_jobs(n_jobs)
    if n_threads == 1 or n_jobs > 0:
        return n_threads
    if multiprocessing.parent_process() is not None:
        share = os.environ.get("OMP_NUM_THREADS", "")
        if share.isdecimal() and int(share):
            return min(n_threads, int(share))
    return 1 if backend.nesting_level else n_threads


def map_jobs(function, jobs, n_jobs, stop):
    """Results of `function` on the jobs, in threads: of all jobs, or of the first ones done.

    KeyboardInterrupt, here or in a job, sets `stop`. The results in front of the first interrupted
    job are returned. Jobs that have not begun when `stop` is set are left out.
    """
    n_threads = min(threads_of(n_jobs), len(jobs))
    if n_threads <= 1:
        return _one_by_one(function, jobs, stop)
    futures = []
    with ThreadPoolExecutor(n_threads) as pool:
        try:
            futures += [pool.submit(function, job) for job in jobs]
            done = wait(futures, return_when=FIRST_EXCEPTION).done
            if any(future.exception() for future in done):
                stop.set()  # the others end after their current epoch
        except KeyboardInterrupt:
            stop.set()
        if stop.is_set():
            for future in futures:
                future.cancel()
    results = []
    for future in futures:
        if future.cancelled() or isinstance(future.exception(), KeyboardInterrupt):
            break
        results.append(future.result())
    return results


def _one_by_one(function, jobs, stop):
    results = []
    try:
        for job in jobs:
            if stop.is_set():
                break
            results.append(function(job))
    except KeyboardInterrupt:
        stop.set()
    return results
