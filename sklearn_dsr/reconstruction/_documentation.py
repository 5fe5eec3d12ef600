"""What all reconstructors share in their docstrings, written once and filled in."""

import ast
import inspect
import re
import textwrap

TRAINING = """\
stages : {"refine", "train", "start"}, default="refine"
        How far a fit may go; it ends with the first stage that is good. "start": nothing is
        trained; the model is that of the regression, or, without one, the best of `n_init` initial
        ones. "train": candidates are trained on X for `max_iter` epochs each. "refine": X is
        smoothed along the model (see `smooth`), on which it is trained on, for a third of the
        epochs at a third of the learning rate; of the shallow model others like it follow as long
        as they bring its score down by a tenth, and then L-BFGS on all windows, forced by smoothed
        rows, with X as it is to be predicted. A later model is taken unless its free runs are
        farther from the smoothed rows by more than a standard error, or it catches more of them.
    observation : {"identity", "affine"}, default="identity"
        "identity": the first latent units are the columns of X; further ones are hidden, not
        forced, and start from a learned linear map of a row. "affine": x = B z with B learned;
        states are inferred by the pseudo-inverse, and all units forced. Takes any `latent_dim`.
    n_inputs : int, default=0
        External inputs K: the last columns of X, which act on the map, z' = F(z) + C s, and are not
        predicted. The input of a row acts in the step to the next row.
    missing : {"gap", "mask"}, default="gap"
        "gap": a row that holds a NaN is a gap. "mask": a single NaN is a missing value; it is not
        forced and not in the loss, the model's own prediction stands for it. A row without any
        value, or with an input missing, remains a gap.
    forcing : "auto", GTF, AdaptiveGTF or SparseForcing, default="auto"
        How the data force the model in the training: an object of :mod:`sklearn_dsr.forcing`, which
        also holds the noise on what it is forced with. "auto" tries generalized teacher forcing
        [2]_ in four ways, ``AdaptiveGTF()``, ``GTF(0.15)``, ``GTF(0.5)`` and 0.7 of the adaptive
        alpha, and lets the free run decide; of the almost-linear model it is ``SparseForcing(16)``.
    latent_penalty : float, default=1e-5
        Weight of (A - I)^2 and of the squares of all other parameters of the map in the loss: A is
        pulled to the identity, not to 0.
    observation_penalty : float, default=1e-6
        Weight of (1 - s_max(B) / s_min(B))^2, which keeps an affine observation invertible.
    manifold_penalty : float, default=0.0
        Manifold attractor regularisation: weight of abs(1 - A) + abs(W) + abs(h) of the last half
        of the units, which then keep a long memory (Schmidt et al. 2021, ICLR).
    sequence_length : int or "auto", default="auto"
        Steps T of a training window, at least 1; cut to what the gap-free pieces of X hold. "auto"
        is a two-hundredth of the rows of X, at least 50 and at most 100. Hidden units of a long
        memory want long windows.
    max_iter : int, default=300
        Epochs of each candidate, of 50 updates by 16 windows.
    learning_rate_init : float, default=3e-3
        Largest learning rate of RAdam, reached after 2 percent of the updates; then it decays to 0
        in a straight line.
    standardize : bool or "common", default=True
        Subtract the mean and divide by the standard deviation of each column for the training, and
        undo it in all results. "common": divide all columns by one number (for columns whose
        relative size matters, as principal components). False: take X as it is.
    dt : float, default=1.0
        Time between two rows; only scales exponents and frequencies.
    n_init : int, default=4
        Candidates to train at most, at least 1, one after another until one is good; of each
        model, where there are several. 4 try each way of forcing once; 1 is not safe.
    warm_start : bool, default=False
        Start all candidates from the previous solution, in its standardisation.
    engine : {"auto", "native", "torch", "torch:DEVICE"}, default="auto"
        "native": compiled, CPU only, as is "auto". "torch": autograd, the reference, on the CPU or
        a device of torch, as "torch:cuda" or "torch:cuda:0". Trains in float32, everything after it
        is float64.
    n_jobs : int or None, default=None
        Threads that train candidates, as in joblib: None is 1, -1 all cores. Never changes results.
    random_state : int, RandomState, Generator or None, default=None
        Seed of initial values and windows. The same int gives the same bits.
    verbose : int, default=0
        1 prints a line per candidate, 2 ten lines."""

FITTED = """\
mean_, scale_ : ndarray of shape (n_features_in_,)
        The standardisation: the model works on (X - mean_) / scale_.
    B_ : ndarray of shape (n_features_in_ - n_inputs_, latent_dim_)
        Of the affine observation only.
    L0_ : ndarray of shape (latent_dim_ - n_features_in_ + n_inputs_, n_features_in_ - n_inputs_)
        Of hidden units only: their first values are L0 x.
    C_ : ndarray of shape (latent_dim_, n_inputs_)
        Of external inputs only.
    latent_dim_, hidden_dim_ : int
        Number M of latent units, and L of kinks: hidden units, or nonlinear units times bases.
    architecture_ : dict
        Sizes and switches of the model, plain numbers.
    n_inputs_ : int
        External inputs K.
    sequence_length_ : int
        Steps of a training window, after the cut.
    outcome_ : str
        "converged", "not verified" (most runs from other rows die or leave the range), "collapsed
        to a fixed point", "collapsed to a cycle", "too narrow" (less than half of the data's
        spread), "escaped", "diverged" or "interrupted": what the chosen model's free runs do; or
        "noise" or "no better than linear": what forecasts of rows held apart tell. All but the
        first come with a
        :class:`~sklearn_dsr.exceptions.ReconstructionWarning` that says what to try.
    candidates_ : list of dict
        Record of the choice, per candidate of all rounds: architecture, family (way of forcing, or
        "regression"), status, losses, alphas and learning rates (one per epoch; 0 of L-BFGS),
        n_smoothings (rounds of smoothing of its rows) and epochs_before (in earlier rounds),
        checkpoints (list of dict: epoch; D and H of the free runs beside X, or X smoothed, the
        error F of forecasts up to 100 rows ahead, in variances, and S = D + 5 H + F; of the
        verified ones baseline, passed, long, error, total, driven and outcome; of those that might
        be the best captured). D and S of a run that is not finite are infinite.
    choice_ : dict of list
        One table of all models that long runs have judged, as ``cv_results_`` is of a search: give
        it to ``pandas.DataFrame``. A row has candidate and checkpoint (positions in `candidates_`),
        family, architecture (param_...), n_smoothings and epoch; figures of short free runs beside
        the rows that the round was trained on (state_space_divergence, power_spectrum_hellinger
        and forecast_error); passed, the share of verification runs that stay alive and in range;
        long, the mean D + 5 H of long runs, and its standard error; captured (None if it was not
        looked for); baseline, D + 5 H of one half of these rows against the other; total, S + long,
        by which models of the same outcome are compared; driven, whether noise drove the runs;
        outcome, and chosen.
    process_noise_ : ndarray of shape (latent_dim_, latent_dim_)
        Covariance of the noise that drives the state in each step, in its own, standardised units.
        What the model does not explain of a step is in it, too. Of maximum likelihood, along an
        extended Kalman filter, with that of `observation_noise_`; of fewer than 5000 rows on parts
        of X that are held apart from their model in turn. Of delays of lag 1 only the newest is
        driven, and the rows have no noise of their own.
    observation_noise_ : ndarray of shape (n_features_in_ - n_inputs_,)
        Standard deviation of the noise that each column of a row is measured with, in the units of
        X.
    forecast_spread_ : ndarray of shape (20,) or shorter
        Factors of the spread of forecasts 1, 2, ... rows ahead by this noise with which nine tenths
        of these rows lie between the quantiles .05 and .95; later ones have the last.
    driven_ : bool
        Whether the free runs that `outcome_` is of are driven by `process_noise_`. They are where
        that is more than a hundredth of a step's variance and no run of the start lives without.
    seed_ : int
        Seed of the draws of `forecast_samples`.
    held_out_errors_ : dict of list of float
        Root mean squared errors of forecasts 1, 2, ... rows ahead of rows held apart, in standard
        deviations (at most 3 each): of the "model" by regression, a "linear" one, "persistence" and
        the "mean". `outcome_` "noise" and "no better than linear" rest on them. Empty without a
        start by regression, or with too few rows to hold any apart.
    chosen_ : tuple of (int, int)
        Position of the chosen candidate, and of its checkpoint.
    floor_ : dict
        D, H and S = D + 5 H of one half of X (smoothed, if it was) against the other, the mean of
        the three ways in which quarters make halves: no model is expected to beat it.
    n_smoothings_ : int
        Rounds of smoothing that the model has seen.
    loss_curve_ : list of float
        Mean loss of each epoch of the chosen candidate, in its round.
    gtf_alpha_ : float
        Alpha at the chosen checkpoint; NaN if nothing was trained.
    n_iter_ : int
        Epochs up to the chosen checkpoint, in its round; 0 if nothing was trained.
    initial_row_ : ndarray of shape (n_features_in_ - n_inputs_,)
        The first row of X without its inputs, where analyses start that are given no other state.
    data_range_ : ndarray of shape (2, n_features_in_ - n_inputs_)
        Least and largest value of each column of X, in its units.
    n_features_in_ : int
        Columns of X.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Names of the columns, if X had string names."""

NOTES = """\
X is an array or DataFrame (n_samples, n_features) in time order and equally spaced, in which a row
    that holds NaN is a gap; or a list of such, or a 3-D array (n_trajectories, n_samples,
    n_features). No training window crosses a gap.

    A fit ends with the first stage that is good: start, train, refine. Each is judged by free runs
    from rows of X (attractor, spectrum, range), in units of how far two halves of X are from one
    another, and by long runs. The loss cannot choose: it is at its floor in models whose free run
    has died.

    Cost: seconds for the start; O(n_init max_iter sequence_length latent_dim hidden_dim) time for
    the training, of 50 updates by 16 windows an epoch, however long X is, and free runs of some
    20 min(n_samples, 100000) steps per candidate for the choice. Memory, beside X in float64 and C
    order: half of its size, for the training in float32; a few copies of 1,000,000 rows at most,
    with which free runs are compared (of longer data evenly chosen pieces); and per thread
    O(sequence_length hidden_dim), of 16 windows. A list of trajectories is copied once more, and
    missing values (``missing="mask"``) need some copies of all of X."""


def documented(cls):
    """Fill the shared parts into the docstring of a reconstructor, with its own default values."""
    if cls.__doc__ is None:  # python -OO
        return cls
    # Python 3.13 takes the indentation off the docstrings of classes itself.
    doc = inspect.cleandoc(cls.__doc__)
    for name, part in {"training": TRAINING, "fitted": FITTED, "notes": NOTES}.items():
        doc = doc.replace(f"%({name})s", textwrap.dedent("    " + part))
    for name, parameter in inspect.signature(cls).parameters.items():
        line = re.search(rf"(?m)^{name} : .*default=(.*)$", doc)
        if ast.literal_eval(line[1]) != parameter.default:
            doc = f"{doc[: line.start(1)]}{parameter.default!r}{doc[line.end(1) :]}"
    cls.__doc__ = doc
    return cls
