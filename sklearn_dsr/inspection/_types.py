"""Types that the annotations of the displays share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeAlias

from numpy.typing import ArrayLike

if TYPE_CHECKING:  # matplotlib is not imported with the package
    from matplotlib.axes import Axes

# One trajectory, or several.
Rows: TypeAlias = ArrayLike | Sequence[ArrayLike]
# Columns by number or name.
Columns: TypeAlias = int | str | Sequence[int | str] | None
# Arguments that a display hands to matplotlib.
Style: TypeAlias = Mapping[str, Any] | None
AxesLike: TypeAlias = "Axes | Sequence[Axes] | Sequence[Sequence[Axes]] | None"
