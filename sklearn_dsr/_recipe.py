"""Every number that decides something in a fit and is no parameter, each with its reason."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Recipe:
    """Constants of all fits."""

    # ---- start -----------------------------------------------------------------------------------
    # Numbers of kinks to try: fourfold, as errors of forecasts fall by a constant factor with each;
    # the last one is for rows without noise, which hides what so many could tell.
    sizes: tuple = (30, 100, 400, 1600)
    # Of few rows: more kinks than 150 never forecast better on eleven real series.
    sizes_few: tuple = (30, 150)
    # Below so many rows penalties matter, and training rows flatter.
    few_rows: int = 5_000
    # A kink has M + 1 weights of its own, and wants several rows for each.
    rows_per_unit: int = 5
    # Of (A - I)^2 and of W1^2, beside the mean squared error of a step; many rows need the first.
    penalties: tuple = (
        (1e-6, 1e-6),
        (1e-4, 1e-3),
        (1e-4, 1e-1),
        (1e-4, 1e0),
        (1e-2, 1e-3),
        (1e-2, 1e-1),
        (1e-2, 1e0),
    )
    # Rows of a start at most: a second of smoothing, and figures of free runs within 0.1.
    start_rows: int = 100_000
    # Their number times M^2 (L + M), the work of a Kalman smoother: a second.
    start_work: float = 4e9
    # Steps of a regression once noise is taken out: more change a model less than its kinks do.
    regressed_rows: int = 60_000
    # Smoothing and regression in turn: after three rounds noise of 0.05 falls no more.
    start_rounds: int = 4
    # Kinks, and steps, of the models that smooth: cheap, and their errors are below the noise.
    smoothing_units: int = 200
    smoothing_rows: int = 20_000
    # Variance of noise in units of that of a model's step from where smoothing is worth it.
    least_noise: float = 1.0
    # Autocorrelation, at one row, of what smoothing takes out: noise has none.
    whiteness: float = 0.3
    # Draws of the kinks, of which free runs choose, as many as so much work (rows L^2) allows.
    n_draws: int = 12
    draw_work: float = 4e10
    # Draws that are averaged where rows are few: a bag, as of trees.
    bag: int = 5

    # ---- verdict ---------------------------------------------------------------------------------
    # A model is good within so many times the disagreement of two halves of the data: the halves
    # are half as long as its runs, and vary by as much from one cut to another.
    good: float = 2.0
    # Of the verification runs those of a good model that stay alive and in range.
    passed: float = 0.9
    # Checkpoints that get the long runs; up to ten times as many until one converges and catches
    # no rows of the data.
    n_verified: int = 3
    # Share of a step's variance, one row ahead, that a regression may leave of rows without noise.
    unexplained: float = 0.01

    # ---- training --------------------------------------------------------------------------------
    # As `penalties`, of what a training starts from: rows are noisy yet, and a training adds kinks'
    # errors up over a window.
    trained_penalties: tuple = (1e-3, 1e-3)
    # Of a training on smoothed rows beside the first one: epochs and learning rate. It begins near
    # its end.
    further_epochs: float = 1 / 3
    further_rate: float = 1 / 3
    # There is another one if the last has brought the verified score down to this share.
    progress: float = 0.9
    # Times the verified score of the model before, beside the same smoothed rows, that a later one
    # may have: with up to a fifth more, D_stsp on test rows became 1.4 times as large at most, with
    # a quarter more six times.
    nearer: float = 1.2
    # It may not be farther at all where it is clearly farther from X: a verified score that is
    # above this, to which noise alone brings it, and a quarter more, by which the score repeats.
    noisy_total: float = 5.0
    tolerance: float = 1.25
    # Windows of an update, as Hess et al. (2023): learning_rate_init is for updates by so many.
    batch_size: int = 16
    # Updates of an epoch, as Hess et al. (2023): but the unit of max_iter.
    batches_per_epoch: int = 50
    # Share of the latent units that manifold_penalty holds: half for slow, half for fast dynamics.
    manifold_share: float = 0.5

    # ---- use -------------------------------------------------------------------------------------
    # Longest forecast in `score`, in rows: R^2 of one step is near 1 even for a model that dies.
    score_horizon: int = 20


RECIPE = Recipe()
