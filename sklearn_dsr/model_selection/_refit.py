"""Choice of the candidate that a search with several metrics refits, by its mean rank."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.stats import rankdata

from .._data.validation import check_real


def rank_average_refit(
    metrics: Sequence[str], weights: Sequence[float] | None = None
) -> RankAverage:
    """Return a function for the `refit` of a search that chooses by several metrics.

    The function ranks the candidates by ``mean_test_<metric>``, for each metric, and chooses the
    candidate with the best weighted mean rank. Ranks need no common unit, so a divergence in nats
    and a time can be averaged.

    Parameters
    ----------
    metrics : sequence of str
        Names of scores of the search: names of :class:`DSRScorer`, keys of a dict of scorers, or
        ``("score",)`` in a search with one scorer. Higher scores must be better.
    weights : sequence of float, default=None
        Weight of each metric, at least 0 and not all 0. None means equal weights.

    Returns
    -------
    callable
        ``refit(cv_results_) -> best_index_``, which can be pickled. Tied scores share their mean
        rank, and NaN ranks last. Among candidates with equal mean ranks the first metric decides,
        then the order.

    Raises
    ------
    ValueError
        If `metrics` is empty or has duplicates, if the number of `weights` is wrong, or if a weight
        is negative or all are 0. The returned function raises it if the search has no such score.
    TypeError
        If a metric is not a str, or a weight is not a number.

    See Also
    --------
    DSRScorer : Scores of a search.

    Notes
    -----
    With a callable `refit`, scikit-learn sets no ``best_score_``. See ``cv_results_``.

    Examples
    --------
    >>> from sklearn_dsr.model_selection import rank_average_refit
    >>> refit = rank_average_refit(["neg_n_step_error", "valid_prediction_time"])
    >>> refit({
    ...     "mean_test_neg_n_step_error": [-3.0, -1.0, -2.0],  # ranks 3, 1, 2
    ...     "mean_test_valid_prediction_time": [0.3, 0.1, 0.9],  # ranks 2, 3, 1
    ... })
    2
    >>> refit
    RankAverage(metrics=('neg_n_step_error', 'valid_prediction_time'), weights=(1.0, 1.0))
    """
    names = (metrics,) if isinstance(metrics, str) else tuple(metrics)
    if not all(isinstance(name, str) for name in names):
        raise TypeError(f"metrics must be names; got {metrics!r}. Give a sequence of str.")
    if len(names) == 0 or len(set(names)) < len(names):
        raise ValueError(
            f"metrics must be one or more different names; got {metrics!r}. Use weights to "
            "give one metric more influence."
        )
    weights = (1.0,) * len(names) if weights is None else tuple(weights)
    if len(weights) != len(names):
        raise ValueError(
            f"There are {len(weights)} weights for {len(names)} metrics. Give one weight for each."
        )
    weights = tuple(float(check_real(weight, "A weight", 0.0)) for weight in weights)
    if sum(weights) == 0.0:
        raise ValueError("All weights are 0. Give at least one metric a weight above 0.")
    return RankAverage(names, weights)


@dataclass(frozen=True)
class RankAverage:
    """Index of the candidate with the best mean rank; see :func:`rank_average_refit`.

    Parameters
    ----------
    metrics : tuple of str
        Names of the scores.
    weights : tuple of float
        Weight of each score.
    """

    metrics: tuple[str, ...]
    weights: tuple[float, ...]

    def __call__(self, cv_results):
        """Return the index of the candidate to refit.

        Parameters
        ----------
        cv_results : dict
            ``cv_results_`` of a search.

        Returns
        -------
        int
            ``best_index_``.

        Raises
        ------
        ValueError
            If a metric is not among the scores.
        """
        ranks = np.array([self._ranks(cv_results, name) for name in self.metrics])
        mean = np.average(ranks, axis=0, weights=self.weights)
        # Rounding must not break ties.
        tied = np.flatnonzero(mean <= mean.min() + 1e-9)
        return int(tied[np.argmin(ranks[0][tied])])

    @staticmethod
    def _ranks(cv_results, name):
        start = "mean_test_"
        if start + name not in cv_results:
            known = [key.removeprefix(start) for key in cv_results if key.startswith(start)]
            raise ValueError(
                f"The search has no score {name!r}; it has {', '.join(known) or 'none'}. Choose "
                "one of these, or add the metric to scoring."
            )
        scores = np.asarray(cv_results[start + name], dtype=np.float64)
        return rankdata(-np.where(np.isnan(scores), -np.inf, scores))
