"""Resolve the parameters of forcing to the ways of forcing that a fit tries."""

from .._choice._outcome import INTERRUPTED
from .._choice._turns import select
from .._core import linalg, maps
from .._data.validation import is_auto
from .._recipe import BUDGET, RECIPE
from .._training._forcing import Forcing
from ..forcing import GTF, AdaptiveGTF, SparseForcing

LOG_2 = 0.6931471805599453


def forcing_ways(estimator, choice, trajectories, rng):
    """Ways of forcing to try, name -> Forcing.

    Parameters
    ----------
    estimator : BaseReconstructor
        Its parameter forcing; where there is no training, none matters.
    choice : Choice
        For ``SparseForcing("auto")``, which needs a first fit.
    trajectories : Trajectories
        Standardised rows without missing values.
    rng : numpy.random.Generator

    Returns
    -------
    dict
    """
    trainer = choice.trainer
    n_updates = trainer.max_iter * trainer.batches_per_epoch
    if not n_updates:
        return {"untrained": Forcing()}
    forcing = forcing_of(estimator)
    if not isinstance(forcing, SparseForcing):
        return families(forcing, n_updates)
    intervals = [forcing.interval]
    if is_auto(estimator.forcing):  # a default fits windows of any length
        intervals = [min(forcing.interval, trainer.problem.n_steps)]
    if intervals == ["auto"]:
        time = predictability_time(choice, trajectories, rng)
        choice.progress.line(f"interval of SparseForcing: {time} steps, the predictability time")
        # Models of noisy Lorenz-63 and of the ECG died with it; free runs tell which part is right.
        intervals = [max(1, round(time / 2**halvings)) for halvings in (0, 2, 1, 3)]
    return {f"sparse {n}": Forcing(alpha=1.0, interval=n) for n in intervals}


def forcing_of(estimator):
    """Parameter `forcing` of a reconstructor; for "auto" what its model has then."""
    return estimator._auto_forcing if is_auto(estimator.forcing) else estimator.forcing


def noise_of(estimator):
    """Standard deviation of the noise on first states and forcing signals."""
    return getattr(forcing_of(estimator), "noise_level", 0.0)


def families(forcing, n_updates):
    """Ways of generalized teacher forcing.

    Parameters
    ----------
    forcing : GTF, AdaptiveGTF or None
        None tries four ways: the right alpha differs tenfold between systems.
    n_updates : int
        Of a candidate; alpha remembers a quarter of them, which matters more than the mean.

    Returns
    -------
    dict
    """
    if isinstance(forcing, GTF):
        return {f"constant {forcing.alpha:g}": Forcing(alpha=float(forcing.alpha))}
    given = AdaptiveGTF() if forcing is None else forcing
    mean, every = given.mean, given.every
    gamma = float(linalg.exponential(-every / max(n_updates / 4, every)))
    adaptive = Forcing(1.0, mean, 1.0, gamma, every)
    if forcing is not None:
        return {"adaptive": adaptive}
    *alphas, share = RECIPE.alphas
    constant = {f"constant {alpha}": Forcing(alpha=alpha) for alpha in alphas}
    weaker = {f"{share} adaptive": Forcing(1.0, mean, share, gamma, every)}
    return {"adaptive": adaptive} | constant | weaker


def predictability_time(choice, trajectories, rng):
    """Steps ln 2 / lambda_max in which an error doubles [Mikhaeil 2022], in [1, T].

    lambda_max is that of a first fit by adaptive forcing, along the data. T, the length of a
    window, stands for systems that are not chaotic.
    """
    max_iter = max(choice.trainer.max_iter // 4, 1)
    first = choice.with_trainer(max_iter=max_iter, progress=choice.progress.quiet())
    n_updates = max_iter * first.trainer.batches_per_epoch
    ways = families(AdaptiveGTF(), n_updates)
    choice.progress.line("a first fit, for the predictability time")
    selection = select(first, ways, 1, rng)
    if selection.outcome == INTERRUPTED:
        raise KeyboardInterrupt
    exponent = exponent_along(choice.problem.model(selection.arrays), trajectories)
    T = choice.problem.n_steps
    return T if exponent <= LOG_2 / T else max(1, round(LOG_2 / exponent))


def refining_ways(ways, family, exponent, n_steps):
    """Ways of forcing of a refinement, name -> Forcing.

    Errors should grow over as many steps as can be, but not beyond the forcing: alpha is two and
    four times the largest exponent. One given alpha, or sparse forcing, stays.

    Parameters
    ----------
    ways : dict of Forcing
        Of the trainings.
    family : str
        That of the model to be refined; "regression" of a start.
    exponent : float
        Growth per step along the data.
    n_steps : int
        Of a window, which bounds what a small alpha is good for.

    Returns
    -------
    dict
    """
    way = ways.get(family, next(iter(ways.values())))  # a start by regression has none
    if way.interval > 1 or (len(ways) == 1 and way.code == 0):
        return {family: way}
    alphas = [
        float(max(1.0 - linalg.exponential(-factor * exponent), factor / (2 * n_steps)))
        for factor in (2.0, 4.0)
    ]
    return {f"constant {alpha:.2g}": Forcing(alpha=alpha) for alpha in alphas}


def exponent_along(model, trajectories):
    """Largest Lyapunov exponent per step of a model (map, observation) along the longest segment.

    Of a part of the standardised rows without missing values: a second of time, 32 MB of Jacobians.
    """
    canonical, observation = model
    most = min(BUDGET.exponent_rows, BUDGET.exponent_numbers // canonical.latent_dim**2 + 1)
    segment = max(trajectories.segments(), key=len)[:most, : len(observation.matrix)]
    jacobians = canonical.jacobian(observation.infer(segment))
    return maps.growth(jacobians, int(RECIPE.small * len(jacobians)))
