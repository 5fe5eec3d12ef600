"""Which candidate a search with several metrics refits: the best in the mean of its ranks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.stats import rankdata

from .._data.validation import check_real


def rank_average_refit(
    metrics: Sequence[str], weights: Sequence[float] | None = None
) -> RankAverage:
    """Choose by several metrics at once, for ``refit=`` of scikit-learn's searches.

    The candidates are ranked by ``mean_test_<metric>`` of each metric, tied ones by the mean of
    their ranks, and the one with the best (weighted) mean rank is chosen. Ranks need no common
    unit: a divergence in nats and a time may be averaged.

    Parameters
    ----------
    metrics : sequence of str
        Names in the scores of the search, as those of DSRScorer, or the keys of a dict of scorers;
        ``("score",)`` is that of a search with a single one. Higher must be better.
    weights : sequence of float, default=None
        Of the ranks, one for each metric, not negative and not all 0. None: all equal.

    Returns
    -------
    callable
        ``refit(cv_results_) -> best_index_``. It can be pickled. Candidates with equal mean ranks
        are told apart by the first metric, then by their order; NaN ranks last.

    Raises
    ------
    ValueError
        If `metrics` are none or repeat themselves, or `weights` do not fit. When called: if a
        metric is not among the scores.
    TypeError
        If a metric is no string or a weight no number.

    Notes
    -----
    With a callable `refit`, scikit-learn sets no ``best_score_``: look into ``cv_results_``.

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
            f"metrics must be at least one name, each once; got {metrics!r}. For more influence of "
            "one metric use weights."
        )
    weights = (1.0,) * len(names) if weights is None else tuple(weights)
    if len(weights) != len(names):
        raise ValueError(
            f"There are {len(weights)} weights for {len(names)} metrics. Give one for each."
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
        One for each.
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
        # Sums in another order differ in the last bits: those are ties too.
        tied = np.flatnonzero(mean <= mean.min() + 1e-9)
        return int(tied[np.argmin(ranks[0][tied])])

    @staticmethod
    def _ranks(cv_results, name):
        start = "mean_test_"
        if start + name not in cv_results:
            known = [key.removeprefix(start) for key in cv_results if key.startswith(start)]
            raise ValueError(
                f"The search has no scores {name!r}; it has {', '.join(known) or 'none'}. Choose "
                "among these, or add the metric to scoring."
            )
        scores = np.asarray(cv_results[start + name], dtype=np.float64)
        return rankdata(-np.where(np.isnan(scores), -np.inf, scores))
