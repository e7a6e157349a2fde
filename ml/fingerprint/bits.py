"""Bits in byte buffers, for compiled kernels: unaligned words, population count, lowest set bit."""

from typing import Any

import numpy as np
from llvmlite import ir
from numba import njit, types
from numba.core import cgutils
from numba.extending import intrinsic

SLACK = 16
"""Bytes that a buffer must have after the last one in use: words are read past the end."""


@intrinsic
def _load64(typingctx, data, at):  # type: ignore[no-untyped-def]
    """The eight bytes from `at` on as an unsigned little-endian number, at any alignment, without a bounds check."""

    def codegen(context, builder, signature, arguments):  # type: ignore[no-untyped-def]
        array = context.make_array(signature.args[0])(context, builder, arguments[0])
        pointer = builder.gep(array.data, [arguments[1]])
        word = builder.bitcast(pointer, ir.IntType(64).as_pointer())
        loaded = builder.load(word)
        loaded.align = 1
        return loaded

    return types.uint64(data, types.int64), codegen


@intrinsic
def _ones(typingctx, word):  # type: ignore[no-untyped-def]
    """How many bits are set."""

    def codegen(context, builder, signature, arguments):  # type: ignore[no-untyped-def]
        return builder.ctpop(arguments[0])

    return types.uint64(types.uint64), codegen


@intrinsic
def _lowest(typingctx, word):  # type: ignore[no-untyped-def]
    """The number of the lowest set bit; 64 when there is none."""

    def codegen(context, builder, signature, arguments):  # type: ignore[no-untyped-def]
        return builder.cttz(arguments[0], cgutils.false_bit)

    return types.uint64(types.uint64), codegen


@intrinsic
def _leading(typingctx, word):  # type: ignore[no-untyped-def]
    """How many zeros stand before the highest set bit; 64 when there is none."""

    def codegen(context, builder, signature, arguments):  # type: ignore[no-untyped-def]
        return builder.ctlz(arguments[0], cgutils.false_bit)

    return types.uint64(types.uint64), codegen


@intrinsic
def _prefetch(typingctx, data, at):  # type: ignore[no-untyped-def]
    """Ask for the cache line with the byte `at`, without waiting for it; any place will do."""

    def codegen(context, builder, signature, arguments):  # type: ignore[no-untyped-def]
        array = context.make_array(signature.args[0])(context, builder, arguments[0])
        pointer = builder.bitcast(builder.gep(array.data, [arguments[1]]), ir.IntType(8).as_pointer())
        number = ir.IntType(32)
        kind = ir.FunctionType(ir.VoidType(), [pointer.type, number, number, number])
        function = builder.module.declare_intrinsic("llvm.prefetch", [pointer.type], kind)
        builder.call(function, [pointer, number(0), number(3), number(1)])
        return context.get_dummy_value()

    return types.void(data, types.int64), codegen


# What numba makes of them is called otherwise than they are defined.
load64: Any = _load64
ones: Any = _ones
lowest: Any = _lowest
leading: Any = _leading
prefetch: Any = _prefetch


@njit(cache=True, inline="always")
def get_bits(data, at, width):  # type: ignore[no-untyped-def]
    """`width` (up to 56) bits from bit `at` on, the lowest first."""
    word = load64(data, at >> 3) >> np.uint64(at & 7)
    return np.int64(word & ((np.uint64(1) << np.uint64(width)) - np.uint64(1)))


@njit(cache=True, inline="always")
def put_bits(data, at, width, value):  # type: ignore[no-untyped-def]
    """Or `value` into `width` bits from bit `at` on, into a buffer of zeros."""
    left = width
    while left > 0:
        shift = at & 7
        taken = min(8 - shift, left)
        data[at >> 3] |= np.uint8((value & ((1 << taken) - 1)) << shift)
        value >>= taken
        at += taken
        left -= taken
