"""Where a warning points: at the first line outside the package."""

import sys


def level():
    """Stack level of the first line outside the package, for a warning in the calling function.

    Scikit-learn's wrapper of `fit` for callbacks counts as inside.
    """
    above, frame = 1, sys._getframe(1)
    while frame.f_globals.get("__name__", "").startswith(("sklearn_dsr.", "sklearn.callback.")):
        above, frame = above + 1, frame.f_back
    return above
