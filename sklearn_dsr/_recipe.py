"""Every constant that decides something in a fit and is no parameter, each with its reason.

`Recipe` decides what a model is like and whether it is good. `Budget` limits how much is computed:
more takes longer and changes scores within their errors.
"""

from dataclasses import dataclass

UNRELATED = 2.0  # mean squared difference of two independent values, in variances


@dataclass(frozen=True)
class Recipe:
    """Constants of all fits."""

    # ---- start -----------------------------------------------------------------------------------
    # Hidden units to try. Few rows allow only the first two; noise hides the gain of the last.
    sizes: tuple = (30, 150, 400, 1600)
    # With fewer rows, errors on training rows mislead: each fifth is held out in turn.
    few_rows: int = 5_000
    # Each hidden unit has M + 1 weights of its own and needs several rows for each.
    rows_per_unit: int = 5
    # Weights of (A - I)^2 and of W1^2 to try, relative to the mean squared error of a step.
    penalties: tuple = (
        (1e-6, 1e-6),
        (1e-4, 1e-3),
        (1e-4, 1e-1),
        (1e-4, 1e0),
        (1e-2, 1e-3),
        (1e-2, 1e-1),
        (1e-2, 1e0),
    )
    # Least ratio of noise and step variance for smoothing: it gains nothing below.
    least_noise: float = 1.0
    # Most autocorrelation at lag one of what smoothing removes: noise has none.
    whiteness: float = 0.3
    # Longest forecast of held-out rows and of `score`: a dead model is good one step ahead, too.
    horizon: int = 20
    # Largest error of such a forecast, in standard deviations: a larger one says no more.
    farthest: float = 3.0
    # Share of a step's variance that a regression may leave unexplained in rows without noise.
    unexplained: float = 0.01

    # ---- verdict ---------------------------------------------------------------------------------
    # Weight of D_H: it is at most 1, while D_stsp is about 1 for good models and 5 for poor ones.
    spectrum: float = 5.0
    # Score of a good model over the score of two data halves, which are shorter and vary as much.
    good: float = 2.0
    # Least share of verification runs that stay alive and in range.
    passed: float = 0.9
    # Standard deviations by which a row is out of range: a good run may leave it a little.
    margin: float = 0.5
    # Share that counts as small: of rows outside or complete, and of spread in quiet windows.
    small: float = 0.1
    # A run that spreads less than this share of the data's spread is narrow; a tenth of it is rest.
    narrow: float = 0.5
    # A run that moves less than this share of quiet windows stands still, as in a small cycle.
    still: float = 0.2
    # Recurrence error below which a run is a cycle, and above which data are none, noise or not.
    repeats: float = 0.003
    recurs: float = 0.06
    # Runs start this share of the way from a fixed point to near rows: longer series come closer.
    beside_a_point: float = 0.8

    # ---- training --------------------------------------------------------------------------------
    # `penalties` for the start of a training: its rows are noisy, and errors add up over a window.
    trained_penalties: tuple = (1e-3, 1e-3)
    # Epochs and learning rate of a further training over the first: it begins near its end.
    further: float = 1 / 3
    # A further training follows if the last one brought the verified score down to this share.
    progress: float = 0.9
    # Checkpoints are kept after this share of a training: earlier models still change much.
    first_checkpoint: float = 0.45
    # Least and most steps of a window, one per 200 rows: short series need short windows.
    windows: tuple = (50, 100)
    # Hidden units of a training, and more for each further latent unit: forecasts need so many.
    trained_units: tuple = (192, 40)
    # Alphas to try after the adaptive one, the last as a share of it: systems differ tenfold.
    alphas: tuple = (0.15, 0.5, 0.7)
    # Share of the updates in which the learning rate rises, while moments of the gradient settle.
    warmup: float = 0.02
    # Windows of an update, as in Hess et al. (2023): learning_rate_init is made for this number.
    batch_size: int = 16
    # Updates of an epoch, as in Hess et al. (2023): this is the unit of max_iter.
    batches_per_epoch: int = 50

    # ---- advice ----------------------------------------------------------------------------------
    # Distance of an outlier from the median, in spreads of nine tenths of the column.
    far: float = 30.0


@dataclass(frozen=True)
class Budget:
    """Numbers of rows, runs and models, limited by time and memory."""

    # ---- start -----------------------------------------------------------------------------------
    # Most rows of a start, and most work M^2 (L + M) times rows of a Kalman smoother: a second.
    start_rows: int = 100_000
    start_work: float = 4e9
    # Steps of a regression without noise: more steps change a model less than its random kinks do.
    regressed_rows: int = 60_000
    # Rounds of smoothing and regression: noise falls no further after three.
    start_rounds: int = 4
    # Hidden units and steps of models that smooth: cheap, with errors below the noise.
    smoothing_units: int = 200
    smoothing_rows: int = 20_000
    # Hidden units that smooth many subjects: together their rows visit more places.
    cohort_units: int = 400
    # Turns of the two regressions of a cohort, with few hidden units at first, and later ones.
    first_turns: int = 200
    n_turns: int = 5
    # Change of features, in standard deviations, at which the turns end: noise is larger.
    settled: float = 1e-3
    # Numbers in the products of regressors of all subjects: 240 MB.
    moments: float = 3e7
    # Random draws of the kinks for free runs to choose from, and their work (rows L^2).
    n_draws: int = 6
    draw_work: float = 4e10
    # Sets of draws from which a model is chosen and refined before a training begins.
    n_lots: int = 3
    # Draws that are averaged if rows are few, as bagging does.
    bag: int = 5
    # Numbers of the features of a regression at once: they fit a core's cache.
    features: float = 1e5
    # Parts that few rows are held out in, origins of forecasts, and blocks of origins for errors.
    n_folds: int = 5
    n_origins: int = 150
    n_blocks: int = 10

    # ---- verdict ---------------------------------------------------------------------------------
    # Short runs, verification runs, rows of one of these, and long runs.
    n_runs: int = 8
    n_verify: int = 32
    verified_rows: int = 4000
    n_long: int = 4
    # Short runs leave out one row in so many at their start; long runs leave out a fourth.
    settling: int = 128
    # Number of forecasts for F, and their rows.
    n_forecasts: int = 200
    forecast_rows: int = 100
    # Rows of all runs together: enough for a score within 0.1.
    run_rows: int = 100_000
    # Factor on long runs of short data; their work (M L) and numbers: a second and 32 MB.
    longer: int = 10
    long_work: float = 1e9
    long_numbers: float = 4e6
    # Rows of the data that runs are compared with, in even pieces: more change scores little.
    data_rows: int = 1_000_000
    # Columns that are binned together; more columns are binned in triples.
    binned: int = 5
    # Least and most bins of a column: cells of three columns need a row each to tell models apart.
    n_bins: tuple = (5, 30)
    # Search for fixed points: states to begin at, work (M^2 (L + M) each), starts, steps, digits.
    # Then points to look at, rows near a point, and rows of a run from there.
    searched: int = 5000
    search_work: float = 2e9
    solved: int = 128
    n_iterations: int = 20
    digits: int = 8
    n_points: int = 3
    n_nearest: int = 16
    caught_rows: int = 10_000
    # Checkpoints that are verified at a time, and in all.
    n_verified: int = 3
    most_verified: int = 30

    # Subjects of many whose free runs are judged, evenly chosen.
    n_judged: int = 64

    # ---- training --------------------------------------------------------------------------------
    # Checkpoints of a training, 5 percent apart: scores of free runs go up and down in between.
    n_checkpoints: int = 12
    # Time points of a window whose Jacobians adapt alpha, below many latent units and above.
    n_jacobians: tuple = (20, 10)
    many_units: int = 8
    # Least relative fall of the loss in ten steps of a refinement: noise hides a smaller one.
    worth: float = 1e-3
    # Work of a refinement over the work of the training.
    refinement: float = 2 / 3
    # Epochs of a refinement, L-BFGS steps in each, rows, and numbers of hidden units: 128 MB.
    refining_epochs: int = 4
    refining_steps: int = 100
    refined_rows: int = 40_000
    refined_hidden: float = 3.2e7
    # Rows, and numbers of Jacobians, that a largest exponent is estimated from.
    exponent_rows: int = 20_000
    exponent_numbers: int = 4_000_000

    # Work of the likelihood of the noise, M^2 (L + M) a row, and the least number of rows.
    noise_work: float = 2e8
    least_noise_rows: int = 500
    # Work of drawn forecasts of known rows, which set the spread of later ones: a second.
    draw_runs: float = 4e9
    # Least and most draws from an origin, origins, and rows in front of each origin.
    draws: tuple = (40, 100)
    origins: tuple = (20, 150)
    rows_before: tuple = (20, 200)
    # Origins whose draws are in memory at once: 4 MB.
    origins_at_once: int = 10
    # Quantiles of drawn forecasts that must cover their share of known rows.
    band: tuple = (0.05, 0.5, 0.95)
    # Steps of the likelihood, and its least rise by one: a standard error is half a unit.
    noise_steps: int = 30
    noise_gain: float = 0.05

    # ---- use -------------------------------------------------------------------------------------
    # Rows that the state at the last row is estimated from.
    context: int = 1000
    # Rows that the noise of a whole series is estimated from.
    smoothed_rows: int = 5_000
    # Trajectories of a forecast with quantiles: a tail of 5 percent holds 20 of them.
    n_samples: int = 400
    # Values of a block of forecasts in `score`: 32 MB.
    score_numbers: int = 4_000_000


RECIPE, BUDGET = Recipe(), Budget()
