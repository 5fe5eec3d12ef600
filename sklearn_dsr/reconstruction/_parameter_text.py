"""Text on the parameters that all reconstructors share, in the order of their signatures."""

TRAINING = """\
stages : {"refine", "train", "start"}, default="refine"
        Last stage that a fit may reach. "start" trains nothing: it takes the best model by
        regression, or without a regression the best of `n_init` initial models. "train" adds the
        training on X. "refine" adds the training on X smoothed along the model. A fit ends at the
        first stage whose model is good.
    observation : {"identity", "affine"}, default="identity"
        How a latent state z gives a row x of X. "identity": x is the first units of z. Further
        units are hidden; they are not forced and start from a learned linear map of x. "affine":
        x = B z with a learned B. All units are forced, and `latent_dim` may be below the number
        of columns.
    n_inputs : int, default=0
        Number K of external inputs, at least 0: the last K columns of X. They drive the map,
        z' = F(z) + C s, and are not predicted. The input s in a row acts in the step to the next
        row.
    missing : {"gap", "mask"}, default="gap"
        Meaning of a NaN. "gap": the whole row is a gap, which no training window crosses. "mask":
        only this value is missing. It is neither forced nor part of the loss, and the prediction
        of the model replaces it. A row without any value or without an input remains a gap.
    forcing : "auto", GTF, AdaptiveGTF or SparseForcing, default="auto"
        How the data force the model during the training, an object of :mod:`sklearn_dsr.forcing`.
        "auto" tries four strengths of generalized teacher forcing [2]_ and lets the free runs
        decide: ``AdaptiveGTF()``, ``GTF(0.15)``, ``GTF(0.5)``, and ``AdaptiveGTF()`` with 0.7 of
        its alpha. The almost-linear RNN uses ``SparseForcing(16)`` instead.
    latent_penalty : float, default=1e-5
        Weight in the loss, at least 0, of (A - I)^2 and of the squares of all other parameters of
        the map. It pulls A to the identity and the rest to 0.
    observation_penalty : float, default=1e-6
        Weight in the loss, at least 0, of (1 - s_max(B) / s_min(B))^2 with the singular values s
        of B. It keeps an affine observation invertible.
    manifold_penalty : float, default=0.0
        Weight in the loss, at least 0, of abs(1 - A) + abs(W) + abs(h) in the last half of the
        units (manifold attractor regularization, Schmidt et al. 2021). It gives these units a
        long memory.
    sequence_length : int or "auto", default="auto"
        Steps T of a training window, at least 1. A window is cut to the longest gap-free piece of
        X. "auto" is a two-hundredth of the rows of X, at least 50 and at most 100. Longer windows
        help hidden units with a long memory.
    max_iter : int, default=300
        Epochs of each candidate, at least 1. An epoch has 50 updates with 16 windows each.
    learning_rate_init : float, default=3e-3
        Largest learning rate of RAdam, above 0. The rate reaches it after 2 percent of the updates
        and then falls linearly to 0.
    standardize : bool or "common", default=True
        Scaling during the training; all results are in the units of X. True: each column gets
        mean 0 and standard deviation 1. "common": one divisor for all columns, which keeps their
        relative size. False: X as it is.
    dt : float, default=1.0
        Time between two rows, above 0. It only scales Lyapunov exponents and frequencies.
    n_init : int, default=4
        Largest number of candidates per architecture, at least 1. They are trained one after
        another until one is good. Four candidates try each strength of forcing once; a single
        candidate often fails.
    warm_start : bool, default=False
        Whether all candidates start from the previous solution and keep its scaling.
    engine : {"auto", "native", "torch", "torch:DEVICE"}, default="auto"
        What runs the training. "native" is the compiled core on the CPU, which "auto" selects.
        "torch" is the reference implementation by autograd, on the CPU or on a device of torch
        such as "torch:cuda:0". The training uses float32, everything after it float64.
    n_jobs : int or None, default=None
        Threads that train candidates, as in joblib: None means 1, -1 all cores. The result does
        not depend on it.
    random_state : int, RandomState, Generator or None, default=None
        Seed of the initial values and of the training windows. The same int gives the same bits.
    verbose : int, default=0
        1 prints a line per candidate, 2 prints ten lines per candidate."""
