"""`range` for numba, as ranges.py says it: numba's own counts, after the bounds have been looked at."""

from __future__ import annotations

from typing import Any

from llvmlite import ir
from numba.core import cgutils, errors, types
from numba.core.imputils import lower_builtin
from numba.core.typing.templates import AbstractTemplate, infer_global, signature

from ..ranges import steps
from .primitives_lowering import I64


class _Steps(AbstractTemplate):
    key = steps

    def generic(self, args: Any, kws: Any) -> Any:
        if not 1 <= len(args) <= 3 or not all(isinstance(types.unliteral(a), types.Integer | types.Boolean) for a in args):
            raise errors.TypingError(f"range() takes one to three ints, not {', '.join(map(str, args))}")
        return signature(types.range_state64_type, *[types.int64] * len(args))


def _lower(context: Any, builder: Any, sig: Any, args: Any) -> Any:
    zero, one = ir.Constant(I64, 0), ir.Constant(I64, 1)
    start, stop, step = {1: (zero, args[0], one), 2: (*args, one), 3: tuple(args)}[len(args)]
    if len(args) == 3:
        with builder.if_then(builder.icmp_signed("==", step, zero), likely=False):
            context.call_conv.return_user_exc(builder, ValueError, ("range: the step is 0",))
    if len(args) > 1:
        forward = builder.icmp_signed(">", step, zero)
        empty = builder.select(forward, builder.icmp_signed("<=", stop, start), builder.icmp_signed(">=", stop, start))
        apart = builder.sub(stop, start)
        apart = builder.select(forward, apart, builder.sub(zero, apart))      # the distance, negative when it does not fit
        far = builder.and_(builder.not_(empty), builder.icmp_signed("<", apart, zero))
        with builder.if_then(far, likely=False):
            context.call_conv.return_user_exc(builder, ValueError, ("range: its ends are more than 2**63 - 1 apart",))
        start, stop = builder.select(empty, zero, start), builder.select(empty, zero, stop)
    state = cgutils.create_struct_proxy(types.range_state64_type)(context, builder)
    state.start, state.stop, state.step = start, stop, step
    return state._getvalue()


def register() -> None:
    """Tell numba what `steps` means."""
    infer_global(steps, types.Function(_Steps))
    for count in (1, 2, 3):
        lower_builtin(steps, *[types.int64] * count)(_lower)
