"""Ways of forcing that a fit tries, from the parameter `forcing`."""

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
        The reconstructor; its `forcing` has no effect without a training.
    choice : Choice
        Runs the first fit for ``SparseForcing("auto")``.
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
    if is_auto(estimator.forcing):  # cut a default interval to the window
        intervals = [min(forcing.interval, trainer.problem.n_steps)]
    if intervals == ["auto"]:
        time = predictability_time(choice, trajectories, rng)
        choice.progress.line(f"interval of SparseForcing: {time} steps, the predictability time")
        # The whole time may be too long for noisy data: free runs choose among its parts.
        intervals = [max(1, round(time / 2**halvings)) for halvings in (0, 2, 1, 3)]
    return {f"sparse {n}": Forcing(alpha=1.0, interval=n) for n in intervals}


def forcing_of(estimator):
    """Parameter `forcing` of a reconstructor, or the default of its model for "auto"."""
    return estimator._auto_forcing if is_auto(estimator.forcing) else estimator.forcing


def noise_of(estimator):
    """Standard deviation of the noise on first states and forcing states."""
    return getattr(forcing_of(estimator), "noise_level", 0.0)


def families(forcing, n_updates):
    """Ways of generalized teacher forcing.

    Parameters
    ----------
    forcing : GTF, AdaptiveGTF or None
        None tries four ways, because the best alpha differs tenfold between systems.
    n_updates : int
        Updates of a candidate. The memory of the adaptive alpha is a quarter of them.

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

    A first fit by adaptive forcing gives lambda_max along the data. Systems that are not chaotic
    get T, the length of a window.
    """
    max_iter = max(choice.trainer.max_iter // 4, 1)
    first = choice.with_trainer(max_iter=max_iter, progress=choice.progress.quiet())
    n_updates = max_iter * first.trainer.batches_per_epoch
    ways = families(AdaptiveGTF(), n_updates)
    choice.progress.line("a first fit, for the predictability time")
    selection = select(first, ways, 1, rng)
    if selection.outcome == INTERRUPTED:
        raise KeyboardInterrupt
    exponent = exponent_along(choice.problem.maps(selection.arrays), trajectories)
    T = choice.problem.n_steps
    return T if exponent <= LOG_2 / T else max(1, round(LOG_2 / exponent))


def refining_ways(ways, family, exponent, n_steps):
    """Ways of forcing in a refinement, name -> Forcing.

    The loss should see errors grow, but forcing must balance the growth: alpha corresponds to two
    and four times the largest exponent. A single given alpha and sparse forcing stay.

    Parameters
    ----------
    ways : dict of Forcing
        Ways of forcing in the trainings.
    family : str
        Way of the model to refine; "regression" for a model of the start.
    exponent : float
        Growth of errors per step along the data.
    n_steps : int
        Steps of a window, which bound alpha from below.

    Returns
    -------
    dict
    """
    way = ways.get(family, next(iter(ways.values())))  # a start by regression has none
    if way.interval > 1 or (len(ways) == 1 and way.code == 0):
        return {family: way}
    alphas = [balancing(exponent, n_steps, factor) for factor in (2.0, 4.0)]
    return {f"constant {alpha:.2g}": Forcing(alpha=alpha) for alpha in alphas}


def balancing(exponent, n_steps, factor=2.0):
    """Alpha that takes away a growth of errors at `factor` times an exponent per step.

    Windows of `n_steps` bound it from below.
    """
    return float(max(1.0 - linalg.exponential(-factor * exponent), factor / (2 * n_steps)))


def exponent_along(fitted, trajectories):
    """Largest Lyapunov exponent per step of a model (map, observation) along the longest segment.

    The segment of standardised rows has no missing values. Its length is limited to a second of
    time and 32 MB of Jacobians.
    """
    canonical, observation = fitted
    most = min(BUDGET.exponent_rows, BUDGET.exponent_numbers // canonical.latent_dim**2 + 1)
    segment = max(trajectories.segments(), key=len)[:most, : len(observation.matrix)]
    jacobians = canonical.jacobian(observation.infer(segment))
    return maps.growth(jacobians, int(RECIPE.small * len(jacobians)))
