"""The core for numba: the pointer call of the game's step, and the entry point."""

from __future__ import annotations

from typing import Any

from llvmlite import ir
from numba.core import types
from numba.core.typing.templates import signature
from numba.extending import intrinsic, overload

from ..state.kernels_lowering import call_predict, call_step
from ..state.lowering import StructType
from . import memory

I64 = ir.IntType(64)


@intrinsic
def _address(typing_context: Any, c: Any) -> Any:
    return signature(types.int64, c), lambda context, builder, sig, args: builder.ptrtoint(args[0], I64)


@overload(memory.run_step)
def _run_step(c, row_at):  # type: ignore[no-untyped-def]  # numba compares the signatures to the letter
    if isinstance(c, StructType):
        return lambda c, row_at: call_step(c.step, _address(c) + c.state_at, _address(c) + row_at, _address(c) + c.tick_at)
    return None


@overload(memory.run_predict)
def _run_predict(c, guess_at, player):  # type: ignore[no-untyped-def]  # numba compares the signatures to the letter
    if isinstance(c, StructType):
        return lambda c, guess_at, player: call_predict(c.guess, _address(c) + c.state_at, _address(c) + guess_at, player,
                                                        _address(c) + c.tick_at)
    return None
