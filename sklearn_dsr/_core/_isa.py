"""Load the module of the core that is compiled for this processor.

All modules give the same bits. ``SKLEARN_DSR_ISA`` forces one: "v4" (AVX-512), "v3" (AVX2), or
"base" (any processor; slow on x86, because it has no fused multiply-adds in hardware).
"""

import importlib
import importlib.util
import os

NAMES = ("v4", "v3", "base")


def load(isa=None):
    """Module of the core for an instruction set, one of `NAMES`; None is the processor's best.

    Raises
    ------
    ImportError
        If the name is none of `NAMES`, the processor lacks the instructions, or the core was not
        built.
    """
    try:
        base = importlib.import_module("._base", __package__)
    except ModuleNotFoundError as error:
        raise ImportError(
            "The compiled core of sklearn_dsr is missing. Install the package with pip; in a "
            "checkout, `pip install -e .` builds the core."
        ) from error
    best = base.best_isa()
    if not isa:
        isa = best
    if isa not in NAMES:
        raise ImportError(f"SKLEARN_DSR_ISA={isa!r} is none of {', '.join(NAMES)}.")
    if NAMES.index(isa) < NAMES.index(best):
        raise ImportError(
            f"SKLEARN_DSR_ISA={isa!r}, but this processor has {best!r} at best. Unset it."
        )
    return importlib.import_module(f"._{isa}", __package__)


def built():
    """Instruction sets of `NAMES` that this installation has."""
    return [name for name in NAMES if importlib.util.find_spec(f"._{name}", __package__)]


core = load(os.environ.get("SKLEARN_DSR_ISA"))
