"""Text on the fitted attributes that all reconstructors share."""

FITTED = """\
mean_, scale_ : ndarray of shape (`n_features_in_`,)
        Scaling of the columns: the model works on ``(X - mean_) / scale_``.
    B_ : ndarray of shape (`n_features_in_` - `n_inputs_`, `latent_dim_`)
        Matrix of an affine observation, x = B z. Exists with ``observation="affine"`` only.
    L0_ : ndarray of shape (n_hidden, `n_features_in_` - `n_inputs_`)
        Map from a row x to the first values L0 x of the hidden units, which are the last n_hidden
        latent units. Exists with hidden units only.
    C_ : ndarray of shape (`latent_dim_`, `n_inputs_`)
        Weights of the external inputs. Exists with ``n_inputs`` above 0 only.
    latent_dim_, hidden_dim_ : int
        Number M of latent units, and number L of relus in the map.
    architecture_ : dict
        Sizes and switches of the chosen model.
    n_inputs_ : int
        Number K of external inputs.
    sequence_length_ : int
        Steps of a training window, after the cut to the length of X.
    outcome_ : str
        What the free runs of the chosen model do. Each value but "converged" comes with a
        :class:`~sklearn_dsr.exceptions.ReconstructionWarning` that says what to try, see
        :doc:`/choose`.

        - "converged": they stay in the range of X and keep moving as X does.
        - "not verified": the long ones do, most runs from other rows do not.
        - "collapsed to a fixed point": they come to rest.
        - "collapsed to a cycle": they repeat exactly, and X does not.
        - "too narrow": they have less than half of the standard deviation of X.
        - "escaped": they leave the range of X.
        - "diverged": they overflow, or the training does.
        - "noise": no forecast of held-out rows beats the mean.
        - "no better than linear": no forecast of held-out rows beats a linear model.
        - "interrupted": the fit was interrupted; the best model so far is kept.
    candidates_ : list of dict
        Record of each candidate of all stages:

        - "architecture" and "family" (the way of forcing, or "regression");
        - "status", and one entry per epoch in "losses", "alphas" and "learning_rates";
        - "n_smoothings" and "epochs_before", the rounds of smoothing and the epochs of earlier
          rounds;
        - "checkpoints", a list of dict with "epoch", the state space divergence "D", the spectral
          distance "H" and the forecast error "F" of short free runs, and "S" = D + 5 H + F.
          Checkpoints with long runs also have the last columns of `choice_`.
    choice_ : dict of list
        One entry per model that was judged by long free runs, in the form of ``cv_results_``: give
        it to ``pandas.DataFrame``. Smaller is better in all scores.

        - "candidate", "checkpoint": positions in `candidates_`;
        - "family", "n_smoothings", "epoch", ``"param_..."``: the model;
        - "state_space_divergence", "power_spectrum_hellinger", "forecast_error": D, H and F of
          short free runs, compared with the rows of the training round;
        - "passed": share of further free runs that keep moving and stay in range;
        - "long", "error": mean D + 5 H of the long runs, and its standard error;
        - "captured": share of the runs from near a fixed point that end there, or None;
        - "baseline": D + 5 H between two halves of the same rows;
        - "total": S + "long", which ranks models of the same outcome;
        - "driven", "outcome", "chosen": as `driven_` and `outcome_`, and the choice.
    process_noise_ : ndarray of shape (`latent_dim_`, `latent_dim_`)
        Covariance of the noise that drives the state in each step, in standardised latent units.
        It includes the error of the map. A maximum-likelihood estimate along an extended Kalman
        filter gives it together with `observation_noise_`; with fewer than 5000 rows, on held-out
        parts of X. With delay vectors of lag 1 it drives the newest column only.
    observation_noise_ : ndarray of shape (`n_features_in_` - `n_inputs_`,)
        Standard deviation of the measurement noise of each column, in the units of X. It is 0 with
        delay vectors of lag 1.
    forecast_spread_ : ndarray of shape (n_horizons,)
        Factor of the spread of forecasts 1, 2, ... rows ahead, for up to 20 rows. Larger horizons
        use the last one. The factors are estimated: nine tenths of the rows used for this lie
        between the quantiles .05 and .95.
    driven_ : bool
        Whether `process_noise_` drives the free runs that `outcome_` describes. This is the case
        if the noise is more than a hundredth of the variance of a step and no model of the start
        converges without it.
    seed_ : int
        Seed of the draws in :meth:`forecast_samples`.
    held_out_errors_ : dict of list of float
        Root mean squared errors of forecasts 1, 2, ... rows ahead on held-out rows, in standard
        deviations and at most 3. Keys are "model" (by regression), "linear", "persistence" and
        "mean". Empty without a regression or with too few rows. They are means over all columns.
        Most columns of delay vectors are past rows, which are known: behind an embedding compare
        the keys with each other, and not with errors of X.
    chosen_ : tuple of (int, int)
        Position of the chosen candidate in `candidates_`, and of its chosen checkpoint.
    floor_ : dict
        D, H and S = D + 5 H between two halves of X, the mean over the three ways to pair its
        quarters. No model is expected to score better.
    n_smoothings_ : int
        Rounds of smoothing before the chosen model.
    loss_curve_ : list of float
        Mean loss of each epoch of the chosen candidate, in its round.
    gtf_alpha_ : float
        Strength of forcing at the chosen checkpoint; NaN without training.
    n_iter_ : int
        Epochs up to the chosen checkpoint, in its round; 0 without training.
    initial_row_ : ndarray of shape (`n_features_in_` - `n_inputs_`,)
        First row of X without its inputs. Analyses of the model start there by default.
    data_range_ : ndarray of shape (2, `n_features_in_` - `n_inputs_`)
        Smallest and largest value of each column of X.
    n_features_in_ : int
        Number of columns of X.
    feature_names_in_ : ndarray of shape (`n_features_in_`,)
        Names of the columns. Exists if all names in X are strings."""
