"""Constants that decide something in a fit and are no parameters, each with its reason.

`Recipe` determines the model and whether it is good. `Budget` limits the computation: a larger
budget takes longer and changes figures within their errors. benchmarks/ has the measurements.
"""

from dataclasses import dataclass

UNRELATED = 2.0  # mean squared difference of two independent values, in variances


@dataclass(frozen=True)
class Recipe:
    """Constants of all fits."""

    # ---- start -----------------------------------------------------------------------------------
    # Numbers of hidden units to try. Forecast errors fall by a factor from one to the next. Few
    # rows try the first two only. Noisy rows leave out the last one, whose gain is below the noise.
    sizes: tuple = (30, 150, 400, 1600)
    # With fewer rows penalties matter, training errors mislead, and each row is held out in turn.
    few_rows: int = 5_000
    # A hidden unit has M + 1 weights of its own and needs several rows for each.
    rows_per_unit: int = 5
    # Weights of (A - I)^2 and of W1^2 relative to the squared error of a step. Many rows use the
    # first pair.
    penalties: tuple = (
        (1e-6, 1e-6),
        (1e-4, 1e-3),
        (1e-4, 1e-1),
        (1e-4, 1e0),
        (1e-2, 1e-3),
        (1e-2, 1e-1),
        (1e-2, 1e0),
    )
    # Least variance of the noise, over that of the one-step error of the model, to smooth X.
    least_noise: float = 1.0
    # Largest autocorrelation at lag 1 of the part that smoothing removes: noise has none.
    whiteness: float = 0.3
    # Longest forecast on held-out rows and in `score`: one step is easy even for a dead model.
    horizon: int = 20
    # Largest forecast error in standard deviations: a larger one tells nothing more.
    farthest: float = 3.0
    # Largest share of the variance of a step that a regression may leave on rows without noise.
    unexplained: float = 0.01

    # ---- verdict ---------------------------------------------------------------------------------
    # Weight of D_H, in [0, 1], relative to D_stsp, which is up to 1 in good models, 5 in poor ones.
    spectrum: float = 5.0
    # Distance of a good model from the data, in units of the distance of two halves of the data:
    # the halves are half as long as the runs, and their distance varies by as much.
    good: float = 2.0
    # Least share of the verification runs that stay alive and in range.
    passed: float = 0.9
    # Standard deviations beyond the range of the data from which a row counts as outside.
    margin: float = 0.5
    # A small share: of rows outside the range, of complete rows, of the spread in quiet periods.
    small: float = 0.1
    # Least spread of a run relative to the data; less is narrow, less than a tenth of it is rest.
    narrow: float = 0.5
    # Least spread of a run relative to quiet periods of the data; less stands still. A smaller
    # value takes a tiny cycle for motion.
    still: float = 0.2
    # Largest recurrence error of a cycle, and least one of data that are no cycle, with noise up to
    # a quarter of a standard deviation.
    repeats: float = 0.003
    recurs: float = 0.06
    # Runs from near a fixed point start at this share of the distance of the nearest rows. A larger
    # share misses points that catch runs, a smaller one blames good models.
    beside_a_point: float = 0.8

    # ---- training --------------------------------------------------------------------------------
    # As `penalties`, for the start of a training: its rows are still noisy, and errors add up over
    # a window.
    trained_penalties: tuple = (1e-3, 1e-3)
    # Epochs and learning rate of a training on smoothed rows, relative to the first training: it
    # begins near its end.
    further: float = 1 / 3
    # Another one follows if the last has lowered the verified score to this share.
    progress: float = 0.9
    # Share of a training after which checkpoints are kept: earlier models are far from final.
    first_checkpoint: float = 0.45
    # Least and largest number of steps of a window; a step needs two hundred rows of X. Short
    # series need short windows, long series with slow parts long ones.
    windows: tuple = (50, 100)
    # Least number of trained hidden units, and number for each further latent unit: fewer units
    # make forecast errors half as large again. The kernel handles 32 at a time.
    trained_units: tuple = (192, 40)
    # Alphas to try after the adaptive one: two constants, and a share of the adaptive one. The best
    # alpha differs tenfold between systems.
    alphas: tuple = (0.15, 0.5, 0.7)
    # Share of the updates in which the learning rate rises, while the gradient moments settle.
    warmup: float = 0.02
    # Windows of an update, as in Hess et al. (2023); learning_rate_init depends on it.
    batch_size: int = 16
    # Updates of an epoch, as in Hess et al. (2023); it only defines the unit of max_iter.
    batches_per_epoch: int = 50

    # ---- advice ----------------------------------------------------------------------------------
    # Distance of an outlier from the median, in widths of the middle nine tenths of the column:
    # neither an attractor nor noise reaches it.
    far: float = 30.0


@dataclass(frozen=True)
class Budget:
    """Numbers of rows, runs and models that a fit computes with."""

    # ---- start -----------------------------------------------------------------------------------
    # Rows of a start, and rows times M^2 (L + M), the work of a Kalman smoother: about a second.
    start_rows: int = 100_000
    start_work: float = 4e9
    # Steps of a regression on smoothed rows: more matter less than the random kinks.
    regressed_rows: int = 60_000
    # Rounds of regression and smoothing: further ones remove no more noise.
    start_rounds: int = 4
    # Hidden units and steps of the models that smooth: their errors are below the noise.
    smoothing_units: int = 200
    smoothing_rows: int = 20_000
    # Draws of the kinks, among which free runs choose, and the work (rows L^2) that limits them.
    n_draws: int = 6
    draw_work: float = 4e10
    # Lots of draws before a training; a model of each lot is refined.
    n_lots: int = 3
    # Draws that are averaged with few rows, as bagged trees are.
    bag: int = 5
    # Values of the features of a regression in memory at a time: the cache of a core.
    features: float = 1e5
    # Folds of few rows, origins of forecasts on held-out rows, and blocks of these.
    n_folds: int = 5
    n_origins: int = 150
    n_blocks: int = 10

    # ---- verdict ---------------------------------------------------------------------------------
    # Number of short runs, of verification runs and their rows, and of long runs.
    n_runs: int = 8
    n_verify: int = 32
    verified_rows: int = 4000
    n_long: int = 4
    # Rows of a short run per row that is left out at its start; long runs leave out a quarter.
    settling: int = 128
    # Number of forecasts for F, and their rows.
    n_forecasts: int = 200
    forecast_rows: int = 100
    # Rows of all runs together: figures are within 0.1.
    run_rows: int = 100_000
    # Length of long runs relative to short data, and limits of their work (M L) and values: a
    # second, 32 MB.
    longer: int = 10
    long_work: float = 1e9
    long_numbers: float = 4e6
    # Rows of the data that runs are compared with; longer series give evenly chosen pieces. More
    # rows hardly change S.
    data_rows: int = 1_000_000
    # Largest number of columns in one histogram; more columns give histograms of triples.
    binned: int = 5
    # Least and largest number of bins of a column: cells need rows to tell models apart.
    n_bins: tuple = (5, 30)
    # Search for fixed points: start rows, their work, M^2 (L + M) per solution, rows to solve from,
    # iterations, digits in which two points differ, points to examine, rows near a point, and rows
    # of a run from there.
    searched: int = 5000
    search_work: float = 2e9
    solved: int = 128
    n_iterations: int = 20
    digits: int = 8
    n_points: int = 3
    n_nearest: int = 16
    caught_rows: int = 10_000
    # Checkpoints with long runs at a time, until one converges and no fixed point catches its runs,
    # and in all.
    n_verified: int = 3
    most_verified: int = 30

    # ---- training --------------------------------------------------------------------------------
    # Checkpoints of a training, 5 percent apart: their free-run scores fluctuate.
    n_checkpoints: int = 12
    # Time points per window with Jacobians for the adaptive alpha, below 8 latent units and above.
    # A mean needs few, and each costs M^2 L.
    n_jacobians: tuple = (20, 10)
    many_units: int = 8
    # Least relative fall of the loss in ten steps of a refinement: its standard error is larger.
    worth: float = 1e-3
    # Work of a refinement relative to the training.
    refinement: float = 2 / 3
    # Epochs of a refinement, L-BFGS steps per epoch, rows, and values of hidden units: 128 MB.
    refining_epochs: int = 4
    refining_steps: int = 100
    refined_rows: int = 40_000
    refined_hidden: float = 3.2e7
    # Rows, and values of their Jacobians, for a largest exponent.
    exponent_rows: int = 20_000
    exponent_numbers: int = 4_000_000

    # Work of the maximum-likelihood noise, M^2 (L + M) per row, and its least number of rows.
    noise_work: float = 2e8
    least_noise_rows: int = 500
    # Work of the sampled forecasts that calibrate the spread: a second. Then the least and largest
    # numbers of samples per origin, of origins, and of rows before each.
    draw_runs: float = 4e9
    draws: tuple = (40, 100)
    origins: tuple = (20, 150)
    rows_before: tuple = (20, 200)
    # Origins whose draws are in memory at a time: 4 MB.
    origins_at_once: int = 10
    # Low, middle and high quantile of the calibrated band.
    band: tuple = (0.05, 0.5, 0.95)
    # Steps of the maximum-likelihood search, and the least rise of the log-likelihood per step: a
    # standard error is half a unit.
    noise_steps: int = 30
    noise_gain: float = 0.05

    # ---- use -------------------------------------------------------------------------------------
    # Rows that estimate the state at the last row.
    context: int = 1000
    # Rows that estimate the noise of a series.
    smoothed_rows: int = 5_000
    # Samples of a forecast with quantiles: a tail of 5 percent has 20.
    n_samples: int = 400
    # Values of a block of forecasts in `score`: 32 MB.
    score_numbers: int = 4_000_000


RECIPE, BUDGET = Recipe(), Budget()
