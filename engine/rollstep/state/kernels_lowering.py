"""XXH64 and raw memory for compiled code, on addresses. The plain Python form of XXH64 is digest.py."""

from __future__ import annotations

from typing import Any

import numpy as np
from llvmlite import ir
from numba.core import cgutils, types
from numba.core.imputils import lower_builtin
from numba.core.typing.templates import AbstractTemplate, infer_global, signature
from numba.extending import intrinsic, overload

from ..compile import jit
from . import memory
from .digest import P1, P2, P3, P4, P5
from .lowering import StructType, mark

I64 = ir.IntType(64)
U = np.uint64
C1, C2, C3, C4, C5 = U(P1), U(P2), U(P3), U(P4), U(P5)


@intrinsic
def word(typing_context: Any, address: Any) -> Any:
    """The eight bytes at an address, as uint64."""
    def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        value = builder.load(builder.inttoptr(args[0], I64.as_pointer()))
        value.align = 1
        return value
    return signature(types.uint64, types.int64), codegen


@intrinsic
def put_word(typing_context: Any, address: Any, value: Any) -> Any:
    """Store eight bytes at an address."""
    def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        builder.store(args[1], builder.inttoptr(args[0], I64.as_pointer())).align = 1
        return context.get_dummy_value()
    return signature(types.void, types.int64, types.int64), codegen


@intrinsic
def signed(typing_context: Any, value: Any) -> Any:
    """The int64 with the same bits."""
    return signature(types.int64, types.uint64), lambda context, builder, sig, args: args[0]


@intrinsic
def unsigned(typing_context: Any, value: Any) -> Any:
    """The uint64 with the same bits."""
    return signature(types.uint64, types.int64), lambda context, builder, sig, args: args[0]


def _call(context: Any, builder: Any, returns: types.Type, args: Any) -> tuple[Any, Any]:
    """(status, result) of the function at the address args[0], called with the int64 values behind it, as numba calls."""
    given = (types.int64,) * (len(args) - 1)
    function = context.call_conv.get_function_type(returns, given)
    return context.call_conv.call_function(  # type: ignore[no-any-return]
        builder, builder.inttoptr(args[0], function.as_pointer()), returns, given, args[1:])


def _call_for_status(context: Any, builder: Any, sig: Any, args: Any) -> Any:
    """1 when the function raised, else 0."""
    status, _ = _call(context, builder, types.void, args)
    return builder.zext(cgutils.as_bool_bit(builder, status.is_error), I64)


@intrinsic
def call_step(typing_context: Any, pointer: Any, state: Any, inputs: Any, tick: Any) -> Any:
    """Call a compiled step through its address in numba's own convention; 1 when it raised, else 0."""
    return signature(types.int64, *[types.int64] * 4), _call_for_status


@intrinsic
def call_predict(typing_context: Any, pointer: Any, state: Any, guess: Any, player: Any, tick: Any) -> Any:
    """Call a compiled predictor in the same way."""
    return signature(types.int64, *[types.int64] * 5), _call_for_status


@intrinsic
def call_frame(typing_context: Any, pointer: Any, arena: Any, count: Any, now: Any, want: Any) -> Any:
    """Call the core's entry point through its address; its flags, or -1 when it raised."""
    def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        status, flags = _call(context, builder, types.int64, args)
        return builder.select(status.is_error, ir.Constant(I64, -1), flags)
    return signature(types.int64, *[types.int64] * 5), codegen


@intrinsic
def copy_bytes(typing_context: Any, to: Any, source: Any, n: Any) -> Any:
    """Copy n bytes between addresses; the places do not overlap."""
    def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        to_, source_ = (builder.inttoptr(a, ir.IntType(8).as_pointer()) for a in args[:2])
        cgutils.raw_memcpy(builder, to_, source_, args[2], 1)
        return context.get_dummy_value()
    return signature(types.void, *[types.int64] * 3), codegen


@jit
def rotl(x: Any, r: Any) -> Any:
    return (x << U(r)) | (x >> U(64 - r))


@jit
def xxh_round(lane: Any, value: Any) -> Any:
    return rotl(lane + value * C2, 31) * C1


@jit
def xxh64(address: Any, n: Any) -> Any:
    """XXH64 with seed 0 of n bytes, n a multiple of 8, as int64 with the same bits. As fast as the xxhash package's
    (0.95 to 1.0 of its time from 64 bytes to 1 MiB, `rollstep bench numbers`).
    """
    at = address
    end = address + n
    if n >= 32:
        a = C1 + C2
        b = C2
        c = U(0)
        d = U(0) - C1
        while at + 32 <= end:
            a = xxh_round(a, word(at))
            b = xxh_round(b, word(at + 8))
            c = xxh_round(c, word(at + 16))
            d = xxh_round(d, word(at + 24))
            at += 32
        h = rotl(a, 1) + rotl(b, 7) + rotl(c, 12) + rotl(d, 18)
        h = (h ^ xxh_round(U(0), a)) * C1 + C4
        h = (h ^ xxh_round(U(0), b)) * C1 + C4
        h = (h ^ xxh_round(U(0), c)) * C1 + C4
        h = (h ^ xxh_round(U(0), d)) * C1 + C4
    else:
        h = C5
    h += U(n)
    while at < end:
        h = rotl(h ^ xxh_round(U(0), word(at)), 27) * C1 + C4
        at += 8
    h = (h ^ (h >> U(33))) * C2
    h = (h ^ (h >> U(29))) * C3
    return signed(h ^ (h >> U(32)))


@jit
def chain_round(previous: Any, checksum: Any) -> Any:
    """digest.chain on int64 values."""
    return signed(xxh_round(unsigned(previous), unsigned(checksum)))


# ---------------------------------------------------------------------------- memory.py for compiled code

def _guarded(context: Any, builder: Any, c: Any, struct: Any, at: Any, n: Any) -> Any:
    """The address of bytes at..at+n of an arena, behind its struct; IndexError when they are not all inside."""
    first = ir.Constant(I64, struct.layout.size)
    end = mark(builder.load(builder.bitcast(c, I64.as_pointer())), "fields")
    room, skipped = builder.sub(end, first), builder.sub(at, first)        # an arena is never smaller than its struct
    outside = builder.icmp_unsigned(">=", skipped, room)
    if not (isinstance(n, ir.Constant) and n.constant == 1):
        outside = builder.or_(builder.icmp_unsigned(">", skipped, room),
                              builder.icmp_unsigned(">", n, builder.sub(room, skipped)))
    with builder.if_then(outside, likely=False):
        context.call_conv.return_user_exc(builder, IndexError, ("bytes outside the arena",))
    return builder.gep(c, [at], inbounds=True)


def _primitive(function: Any, returns: types.Type, emit: Any) -> None:
    count = function.__code__.co_argcount

    class Template(AbstractTemplate):
        key = function

        def generic(self, args: Any, kws: Any) -> Any:
            if len(args) == count and isinstance(args[0], StructType):
                return signature(returns, args[0], *[types.int64] * (count - 1))
            return None
    infer_global(function)(Template)
    lower_builtin(function, StructType, *[types.int64] * (count - 1))(
        lambda context, builder, sig, args: emit(context, builder, sig.args[0], *args))


def _get8(context: Any, builder: Any, struct: Any, c: Any, at: Any) -> Any:
    place = _guarded(context, builder, c, struct, at, ir.Constant(I64, 1))
    return builder.zext(mark(builder.load(place), "raw bytes"), I64)


def _put8(context: Any, builder: Any, struct: Any, c: Any, at: Any, value: Any) -> Any:
    place = _guarded(context, builder, c, struct, at, ir.Constant(I64, 1))
    mark(builder.store(builder.trunc(value, ir.IntType(8)), place), "raw bytes")
    return context.get_dummy_value()


def _get64(context: Any, builder: Any, struct: Any, c: Any, at: Any) -> Any:
    place = _guarded(context, builder, c, struct, at, ir.Constant(I64, 8))
    value = mark(builder.load(builder.bitcast(place, I64.as_pointer())), "raw bytes")
    value.align = 1
    return value


def _put64(context: Any, builder: Any, struct: Any, c: Any, at: Any, value: Any) -> Any:
    place = _guarded(context, builder, c, struct, at, ir.Constant(I64, 8))
    mark(builder.store(value, builder.bitcast(place, I64.as_pointer())), "raw bytes").align = 1
    return context.get_dummy_value()


def _move(context: Any, builder: Any, struct: Any, c: Any, to: Any, source: Any, n: Any) -> Any:
    cgutils.raw_memcpy(builder, _guarded(context, builder, c, struct, to, n), _guarded(context, builder, c, struct, source, n),
                       n, 1)
    return context.get_dummy_value()


@intrinsic
def _place(typing_context: Any, c: Any, at: Any, n: Any) -> Any:
    def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        return builder.ptrtoint(_guarded(context, builder, args[0], sig.args[0], *args[1:]), I64)
    return signature(types.int64, c, types.int64, types.int64), codegen


_primitive(memory.get8, types.int64, _get8)
_primitive(memory.put8, types.void, _put8)
_primitive(memory.get64, types.int64, _get64)
_primitive(memory.put64, types.void, _put64)
_primitive(memory.move, types.void, _move)


@overload(memory.digest)
def _digest(c, at, n):  # type: ignore[no-untyped-def]  # numba compares the signatures to the letter
    return lambda c, at, n: xxh64(_place(c, at, n), n)


@overload(memory.chain_round)
def _chain_round(previous, checksum):  # type: ignore[no-untyped-def]
    return lambda previous, checksum: chain_round(previous, checksum)
