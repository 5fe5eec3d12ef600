"""Resolve the parameters of forcing to the ways of forcing that a fit tries."""

from dataclasses import replace

from .._core import linalg, maps
from .._training._forcing import Forcing

LOG_2 = 0.6931471805599453


def forcing_ways(estimator, training, trajectories, rng):
    """Ways of forcing to try, name -> Forcing.

    Parameters
    ----------
    estimator : BaseReconstructor
        Its parameters forcing, gtf_alpha, alpha_mean, alpha_interval and forcing_interval.
    training : Training
        For ``forcing_interval="auto"``, which needs a first fit.
    trajectories : Trajectories
        Standardised rows without missing values.
    rng : numpy.random.Generator

    Returns
    -------
    dict
    """
    n_updates = training.max_iter * training.batches_per_epoch
    mean, every = estimator.alpha_mean, estimator.alpha_interval
    if estimator.forcing == "gtf":
        return families(estimator.gtf_alpha, mean, every, n_updates)
    intervals = [estimator.forcing_interval]
    if intervals == ["auto"]:
        time = predictability_time(training, every, trajectories, rng)
        training.progress.line(f"forcing_interval: {time} steps, the predictability time")
        # Models of noisy Lorenz-63 and of the ECG died with it; free runs tell which part is right.
        intervals = [max(1, round(time * part)) for part in (1, 0.25, 0.5, 0.125)]
    return {f"sparse {n}": Forcing(alpha=1.0, interval=n) for n in intervals}


def families(gtf_alpha, mean, every, n_updates):
    """Ways of generalized teacher forcing.

    Parameters
    ----------
    gtf_alpha : "auto", "adaptive" or float
        "auto" tries four: the right alpha differs tenfold between systems.
    mean : str
        Mean of the adaptive alpha, one of `_training._forcing.MEANS`.
    every : int
        Updates from one adaptation to the next.
    n_updates : int
        Of a candidate; alpha remembers a quarter of them, which matters more than the mean.

    Returns
    -------
    dict
    """
    if not isinstance(gtf_alpha, str):
        return {f"constant {gtf_alpha:g}": Forcing(alpha=float(gtf_alpha))}
    gamma = float(linalg.exponential(-every / max(n_updates / 4, every)))
    adaptive = Forcing(1.0, mean, 1.0, gamma, every)
    if gtf_alpha == "adaptive":
        return {"adaptive": adaptive}
    return {
        "adaptive": adaptive,
        "0.7 adaptive": Forcing(1.0, mean, 0.7, gamma, every),
        "constant 0.5": Forcing(alpha=0.5),
        "constant 0.15": Forcing(alpha=0.15),
    }


def predictability_time(training, every, trajectories, rng):
    """Steps ln 2 / lambda_max in which an error doubles [Mikhaeil 2022], in [1, T].

    lambda_max is that of a first fit by adaptive forcing, along the data. T, the length of a
    window, stands for systems that are not chaotic.
    """
    max_iter = max(training.max_iter // 4, 1)
    first = replace(training, max_iter=max_iter, progress=training.progress.quiet())
    n_updates = first.max_iter * first.batches_per_epoch
    ways = families("adaptive", "product_upper_bound", every, n_updates)
    training.progress.line("a first fit, for the predictability time")
    selection = first.select(ways, 1, rng)
    if selection.outcome == "interrupted":
        raise KeyboardInterrupt
    exponent = exponent_along(training.problem.model(selection.arrays), trajectories)
    T = training.problem.n_steps
    return T if exponent <= LOG_2 / T else max(1, round(LOG_2 / exponent))


def refining_ways(ways, family, exponent, n_steps):
    """Ways of forcing of a refinement, name -> Forcing.

    Errors should grow over as many steps as can be, but not beyond the forcing: alpha is two and
    four times the largest exponent. One given alpha, or sparse forcing, stays.

    Parameters
    ----------
    ways : dict of Forcing
        Of the trainings before.
    family : str
        That of the model to be refined.
    exponent : float
        Growth per step along the data.
    n_steps : int
        Of a window, which bounds what a small alpha is good for.

    Returns
    -------
    dict
    """
    way = ways[family]
    if way.interval > 1 or (len(ways) == 1 and way.code == 0):
        return {family: way}
    alphas = [
        float(max(1.0 - linalg.exponential(-factor * exponent), factor / (2 * n_steps)))
        for factor in (2.0, 4.0)
    ]
    return {f"constant {alpha:.2g}": Forcing(alpha=alpha) for alpha in alphas}


def exponent_along(model, trajectories):
    """Largest Lyapunov exponent per step of a model (map, observation) along the longest segment.

    Of at most 20,000 standardised rows without missing values, and 32 MB of Jacobians.
    """
    canonical, observation = model
    most = min(20_000, 4_000_000 // canonical.latent_dim**2 + 10)
    segment = max(trajectories.segments(), key=len)[:most, : len(observation.matrix)]
    jacobians = canonical.jacobian(observation.infer(segment))
    return maps.growth(jacobians, len(jacobians) // 10)
