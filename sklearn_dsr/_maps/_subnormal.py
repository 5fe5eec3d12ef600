"""Subnormal numbers as zero while compiled code trains: on Intel each costs some 150 cycles.

Weights of dead hidden units decay to such numbers, and an update took eight times as long.
"""

import platform

from llvmlite import ir
from numba import njit, types
from numba.core import cgutils
from numba.extending import intrinsic

from ._compiling import INLINE

X86 = platform.machine().lower() in ("x86_64", "amd64")
FLUSH = 0x8040  # flush-to-zero and denormals-are-zero of MXCSR


def _call(builder, name, place):
    """Call an intrinsic of LLVM that reads or writes MXCSR at a place in memory."""
    if X86:
        pointer = ir.IntType(8).as_pointer()
        kind = ir.FunctionType(ir.VoidType(), [pointer])
        function = cgutils.get_or_insert_function(builder.module, kind, f"llvm.x86.sse.{name}")
        builder.call(function, [builder.bitcast(place, pointer)])


@intrinsic
def _mode(typingctx):
    """Control word of the vector unit; 0 where it is not an x86."""

    def code(context, builder, signature, args):
        word = ir.IntType(32)
        place = builder.alloca(word)
        builder.store(word(0), place)
        _call(builder, "stmxcsr", place)
        return builder.load(place)

    return types.uint32(), code


@intrinsic
def _set_mode(typingctx, mode):
    """Set the control word."""

    def code(context, builder, signature, args):
        place = builder.alloca(ir.IntType(32))
        builder.store(args[0], place)
        _call(builder, "ldmxcsr", place)
        return context.get_dummy_value()

    return types.none(types.uint32), code


@njit(**INLINE)
def flush_subnormal():
    """Take subnormal numbers as zero from now on; returns the mode for `restore`."""
    mode = _mode()
    _set_mode(types.uint32(mode | FLUSH))
    return mode


@njit(**INLINE)
def restore(mode):
    """Bring back the mode that `flush_subnormal` returned."""
    _set_mode(types.uint32(mode))
