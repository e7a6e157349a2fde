"""Arithmetic on 16-bit numbers that stays 16 bits wide, so that one instruction treats as many lanes as it can hold.

Numba widens small integers to 64 bits before it calculates; these intrinsics say what is meant in LLVM's own terms.
None of them looks for overflow: callers keep their values small.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from llvmlite import ir
from numba import types
from numba.extending import intrinsic

_Emit = Callable[[Any, Any, Any], Any]


def _of_two(name: str, emit: _Emit) -> Any:
    def typed(_context: Any, _a: Any, _b: Any) -> tuple[Any, Any]:
        def generate(_target: Any, builder: Any, _signature: Any, arguments: tuple[Any, Any]) -> Any:
            return emit(builder, *arguments)

        return types.int16(types.int16, types.int16), generate

    typed.__name__ = name
    return intrinsic(typed)


def _difference(builder: Any, a: Any, b: Any) -> Any:
    signed = builder.sub(a, b)
    nought = ir.Constant(signed.type, 0)
    return builder.select(builder.icmp_signed("<", signed, nought), builder.sub(nought, signed), signed)


add = _of_two("add", lambda builder, a, b: builder.add(a, b))
subtract = _of_two("subtract", lambda builder, a, b: builder.sub(a, b))
apart = _of_two("apart", _difference)
"""|a − b|."""
larger = _of_two("larger", lambda builder, a, b: builder.select(builder.icmp_signed(">", a, b), a, b))
smaller = _of_two("smaller", lambda builder, a, b: builder.select(builder.icmp_signed("<", a, b), a, b))
