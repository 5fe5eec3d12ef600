"""Private protocol between the estimators and transformers of this package."""

from abc import ABC, abstractmethod


class PackageReconstructor(ABC):
    """Reconstructor whose map the rest of the package knows.

    Any estimator with ``simulate(x0, n_steps)`` runs in a pipeline, a scorer or a search. Analyses,
    exports and forecasts from several rows need the following, too. Each method raises
    NotFittedError before a fit. Rows and runs are in the units in which the estimator was fitted:
    those that the transformers before it make.
    """

    # Whether `predict` is the mean of several models, which has neither a map nor an attractor.
    _is_mean = False

    @abstractmethod
    def _system(self):
        """Return the `System` that runs freely: map, observation, noise and units."""

    @abstractmethod
    def _read(self, X):
        """Validate X, which must have the columns of the fit, and return its `Trajectories`.

        Single missing values are kept where the estimator takes them (``missing="mask"``).
        """

    @abstractmethod
    def _check_names(self, x0):
        """Raise ValueError if a frame of start rows has other columns than the fit."""

    @abstractmethod
    def _forecasts_along(self, trajectories):
        """Return a function (start, stop, n_steps) -> forecasts (stop - start, n_steps, N).

        Forecast i starts from row ``start + i`` of `trajectories`. Hidden units and missing values
        settle along the rows before it, and external inputs are taken from the rows behind it.
        """

    @abstractmethod
    def _runs_ahead(self, trajectories, n_steps, inputs):
        """Forecasts (n_trajectories, n_steps, N) from the last rows, with the warnings they earn.

        Everything is valid: no trajectory ends in a gap, and `inputs` has the shape
        (n_trajectories, n_steps, K), the first ones at the last rows, or is None.
        """

    @abstractmethod
    def _samples_ahead(self, trajectories, n_steps, inputs):
        """Draws (n_draws, n_trajectories, n_steps, N) of measured rows, as `_runs_ahead`."""


class PastInverse(ABC):
    """Transformer whose inverse needs the rows before, for all runs of a series at once."""

    @abstractmethod
    def _inverse_forecasts(self, runs, series, at):
        """Bring runs (n, n_steps, d) back to the coordinates of a series.

        Run i begins after row ``at[i]``. The result is `inverse_forecast` of each run, with the
        rows of the series up to there.
        """


def of_package(reconstructor):
    """Return a reconstructor of this package as it is.

    Raises
    ------
    TypeError
        If it is another estimator, whose map is unknown, or has a map for each of many subjects.
    """
    if not isinstance(reconstructor, PackageReconstructor):
        name = type(reconstructor).__name__
        if hasattr(reconstructor, "reconstructor"):  # of related systems
            raise TypeError(
                f"{name} has a map for each subject. Give the plain model of one: "
                "reconstructor(features)."
            )
        raise TypeError(
            f"{name} is no reconstructor of this package, so its map is unknown. Give a "
            "reconstructor, or a Pipeline that ends in one."
        )
    return reconstructor
