"""Sample training windows: pieces of T + 1 consecutive rows that cross no gap."""

import numpy as np


class WindowSampler:
    """Draw starts of windows, uniformly over all rows at which a whole window fits.

    Parameters
    ----------
    starts, stops : ndarray of shape (n_segments,)
        The gap-free segments ``[starts[i], stops[i])`` of the rows.
    length : int
        Rows T + 1 of a window.

    Raises
    ------
    ValueError
        If no segment is long enough.
    """

    def __init__(self, starts, stops, length):
        fits = np.maximum(stops - starts - length + 1, 0)
        self._starts = starts[fits > 0]
        self._ends = np.cumsum(fits[fits > 0])  # windows in the first i + 1 segments
        if len(self._ends) == 0:
            longest = int(np.max(stops - starts, initial=0))
            raise ValueError(
                f"No window of {length} consecutive rows fits: the longest piece of X without a "
                f"gap has {longest} rows. Give longer pieces, or fill the NaN values."
            )

    @property
    def n_windows(self):
        """Number of different windows."""
        return int(self._ends[-1])

    def draw(self, rng, size):
        """First rows of random windows, int64 array of shape `size`."""
        window = rng.integers(self.n_windows, size=size)
        segment = np.searchsorted(self._ends, window, side="right")
        before = np.concatenate([[0], self._ends[:-1]])
        return self._starts[segment] + window - before[segment]


def window_steps(starts, stops, sequence_length, share=0.5):
    """Steps T of a training window: `sequence_length`, shortened to fit the segments.

    T is the largest number for which the segments with at least T + 1 rows hold `share` of all
    transitions. One long trajectory does not exclude many short ones, and many short ones do not
    make windows too short to show errors that grow.

    Returns
    -------
    int
        T in [1, sequence_length].

    Raises
    ------
    ValueError
        If no two consecutive rows are free of gaps.
    """
    steps = np.sort(np.asarray(stops) - np.asarray(starts) - 1)[::-1]
    steps = steps[steps > 0]
    if len(steps) == 0:
        raise ValueError(
            "X has no two consecutive rows without NaN, so there is no transition to learn from. "
            "Fill the gaps, or give rows in time order."
        )
    held = np.cumsum(steps) / np.sum(steps)
    return int(min(sequence_length, steps[np.searchsorted(held, share - 1e-12)]))
