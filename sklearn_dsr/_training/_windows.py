"""Sample training windows: pieces of T + 1 consecutive rows that cross no gap."""

import numpy as np


class WindowSampler:
    """Draws window starts, uniform over all rows at which a whole window fits.

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
    """Steps T of a training window: `sequence_length`, cut to what the segments hold.

    The largest T such that segments of at least T + 1 rows hold `share` of all transitions: one
    long trajectory among many short ones must not leave these unused, but windows that all segments
    hold may be too short. With 30 percent missing values (and so 2.7 percent gaps) in Lorenz-63, a
    share of 0.9 gave T = 20 and D_stsp 0.36, 0.5 gave T = 65 and 0.23.

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
