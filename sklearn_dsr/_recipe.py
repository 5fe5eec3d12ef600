"""Every number that decides something in a fit and is no parameter, each with its reason.

`Recipe` decides what a model is like and whether it is good. `Budget` says how much is looked at
for that: more of it takes longer and changes figures within their errors.
"""

from dataclasses import dataclass

UNRELATED = 2.0  # mean squared difference of two independent values, in variances


@dataclass(frozen=True)
class Recipe:
    """Constants of all fits."""

    # ---- start -----------------------------------------------------------------------------------
    # Numbers of kinks to try, each some four times the last, as errors of forecasts fall by a
    # factor with each; of few rows the first two, of noisy ones not the last, which noise hides.
    sizes: tuple = (30, 150, 400, 1600)
    # Below so many rows penalties matter, training rows flatter, and each is held apart in turn.
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
    # Variance of noise in units of that of a model's step from where smoothing is worth it.
    least_noise: float = 1.0
    # Autocorrelation, at one row, of what smoothing takes out: noise has none.
    whiteness: float = 0.3
    # Longest forecast of rows held apart and of `score`: one step is easy even for a dead model.
    horizon: int = 20
    # Errors of them in deviations, at most: one that is larger tells no more.
    farthest: float = 3.0
    # Share of a step's variance, one row ahead, that a regression may leave of rows without noise.
    unexplained: float = 0.01

    # ---- verdict ---------------------------------------------------------------------------------
    # Weight of D_H, in [0, 1], beside D_stsp, which is 1 or less for good models, 5 for poor ones.
    spectrum: float = 5.0
    # A model is good within so many times the disagreement of two halves of the data: the halves
    # are half as long as its runs, and vary by as much from one cut to another.
    good: float = 2.0
    # Of the verification runs those that stay alive and in range.
    passed: float = 0.9
    # Deviations by which a row is outside the range of the data, which have been nearly everywhere.
    margin: float = 0.5
    # A share that is small: of rows outside or complete, of spread beside quiet stretches.
    small: float = 0.1
    # Spread of a run beside that of the data: less is narrow, less than a tenth of that rest.
    narrow: float = 0.5
    # Spread of a run beside quiet stretches of the data: less stands still. At half of it a small
    # cycle about a wing centre of Lorenz-63 seems to move.
    still: float = 0.2
    # Recurrence errors of a run that is a cycle, and of data that are none, noise of a quarter of a
    # deviation or not.
    repeats: float = 0.003
    recurs: float = 0.06
    # Runs start at this share of the distance of the nearest rows from a fixed point, as rows of
    # a longer series do: from 0.9 fewer that catch runs are found, from 0.7 good models are blamed.
    beside_a_point: float = 0.8

    # ---- training --------------------------------------------------------------------------------
    # As `penalties`, of what a training starts from: rows are noisy yet, and a training adds kinks'
    # errors up over a window.
    trained_penalties: tuple = (1e-3, 1e-3)
    # Epochs and learning rate of a training on smoothed rows beside the first one: it begins near
    # its end.
    further: float = 1 / 3
    # There is another one if the last has brought the verified score down to this share.
    progress: float = 0.9
    # Share of a training after which checkpoints are kept: before, a model is not what it will be.
    first_checkpoint: float = 0.45
    # Steps of a window, by the rows of X, two hundred for each: those of short series want short
    # ones, the ECG's 100,000 rows and 20,000 of Chua's system long ones.
    windows: tuple = (50, 100)
    # Hidden units that are trained, at least, and for each further latent unit: with fewer, errors
    # of forecasts are half as large again; the kernel takes them by 32.
    trained_units: tuple = (192, 40)
    # Alphas to try after the adaptive one, two constant ones and a share of it: the right one
    # differs tenfold between systems.
    alphas: tuple = (0.15, 0.5, 0.7)
    # Share of the updates in which the learning rate rises: moments of the gradient settle.
    warmup: float = 0.02
    # Windows of an update, as Hess et al. (2023): learning_rate_init is for updates by so many.
    batch_size: int = 16
    # Updates of an epoch, as Hess et al. (2023): but the unit of max_iter.
    batches_per_epoch: int = 50

    # ---- advice ----------------------------------------------------------------------------------
    # Times as far from the median as nine tenths of a column are from one another is an outlier:
    # no attractor and no noise goes there.
    far: float = 30.0


@dataclass(frozen=True)
class Budget:
    """How many rows, runs and models are looked at."""

    # ---- start -----------------------------------------------------------------------------------
    # Rows of a start, and their number times M^2 (L + M), the work of a Kalman smoother: a second.
    start_rows: int = 100_000
    start_work: float = 4e9
    # Steps of a regression once noise is taken out: more change a model less than its kinks do.
    regressed_rows: int = 60_000
    # Smoothing and regression in turn: after three rounds noise of 0.05 falls no more.
    start_rounds: int = 4
    # Kinks, and steps, of the models that smooth: cheap, and their errors are below the noise.
    smoothing_units: int = 200
    smoothing_rows: int = 20_000
    # Draws of the kinks, of which free runs choose, as many as so much work (rows L^2) allows.
    n_draws: int = 6
    draw_work: float = 4e10
    # Lots of draws of which a model is chosen, and refined, before there is a training.
    n_lots: int = 3
    # Of few rows draws that are averaged: a bag, as of trees.
    bag: int = 5
    # Numbers of the features of a regression at once: what a core's cache holds.
    features: float = 1e5
    # Parts of few rows that are held apart, origins of forecasts, and blocks of these.
    n_folds: int = 5
    n_origins: int = 150
    n_blocks: int = 10

    # ---- verdict ---------------------------------------------------------------------------------
    # Short runs, runs that verify, with rows of one, and long runs.
    n_runs: int = 8
    n_verify: int = 32
    verified_rows: int = 4000
    n_long: int = 4
    # Rows of short runs that are left out, one of so many; of long ones a fourth.
    settling: int = 128
    # Forecasts for F, and their rows.
    n_forecasts: int = 200
    forecast_rows: int = 100
    # Rows of all runs together: enough for a figure within 0.1.
    run_rows: int = 100_000
    # Times as long as short data are long runs, and their work (M L) and numbers: a second, 32 MB.
    longer: int = 10
    long_work: float = 1e9
    long_numbers: float = 4e6
    # Rows of the data that runs are compared with, evenly chosen pieces of a longer series: all
    # rows of one four times as long moved S by at most 0.01 for good models, 0.14 for a poor one.
    data_rows: int = 1_000_000
    # Columns that are binned together; of more, triples.
    binned: int = 5
    # Bins of a column: a cell of three columns holds a row or more, or all models look alike.
    n_bins: tuple = (5, 30)
    # Rows that a search for fixed points begins at, as its work, M^2 (L + M) for a solution,
    # allows; those of them that are solved from, steps of that; digits that tell two points apart;
    # points looked at; rows near a point; rows of a run from there.
    searched: int = 5000
    search_work: float = 2e9
    solved: int = 128
    n_iterations: int = 20
    digits: int = 8
    n_points: int = 3
    n_nearest: int = 16
    caught_rows: int = 10_000
    # Checkpoints that get long runs at a time, until one converges and catches no rows, and in all.
    n_verified: int = 3
    most_verified: int = 30

    # ---- training --------------------------------------------------------------------------------
    # Checkpoints of a training, 5 percent apart: what free runs say of them goes up and down.
    n_checkpoints: int = 12
    # Time points of a window at which the adaptive alpha takes Jacobians, of fewer than 8 latent
    # units and of more: a mean needs few, and they cost M^2 L.
    n_jacobians: tuple = (20, 10)
    many_units: int = 8
    # Relative fall of the loss in ten steps of a refinement that is worth them: below its own
    # standard error it says nothing.
    worth: float = 1e-3
    # Work of a refinement beside that of the training.
    refinement: float = 2 / 3
    # Epochs of a refinement, steps of L-BFGS in one at most, rows, and hidden units: 128 MB.
    refining_epochs: int = 4
    refining_steps: int = 100
    refined_rows: int = 40_000
    refined_hidden: float = 3.2e7
    # Rows, and numbers of the Jacobians, that a largest exponent is of.
    exponent_rows: int = 20_000
    exponent_numbers: int = 4_000_000

    # Rows along which the likeliest noise is looked for: as its work, M^2 (L + M) each, allows.
    noise_work: float = 2e8
    least_noise_rows: int = 500
    # Work of drawn forecasts of known rows, by which the spread of later ones is set: a second;
    # draws from an origin, origins, and rows before each, at least and at most.
    draw_runs: float = 4e9
    draws: tuple = (40, 100)
    origins: tuple = (20, 150)
    rows_before: tuple = (20, 200)
    # Origins whose draws are kept at once: 4 MB.
    origins_at_once: int = 10
    # Quantiles of drawn forecasts that have the share of known rows between them that they promise.
    band: tuple = (0.05, 0.5, 0.95)
    # Steps to the likeliest noise, and the rise of the logarithm of its likelihood that is worth
    # one: a standard error is half a unit.
    noise_steps: int = 30
    noise_gain: float = 0.05

    # ---- use -------------------------------------------------------------------------------------
    # Rows from which the state at the last one is estimated.
    context: int = 1000
    # Rows along which the noise of a whole series is looked for.
    smoothed_rows: int = 5_000
    # Trajectories of a forecast with quantiles: a tail of 5 percent is one of 20.
    n_samples: int = 400
    # Values of one block of forecasts in `score`: 32 MB.
    score_numbers: int = 4_000_000


RECIPE, BUDGET = Recipe(), Budget()
