"""Fixed, Vec2, Angle, Random and the operators for numba: integer LLVM only, no floats, no 128-bit division.

operators.py says what each operator means; here is the same as code. Checked operators only report *that* they
trapped: the interpreted way then computes the trap's text. Imported at the first compilation only.
"""

from __future__ import annotations

import functools
import operator
from collections.abc import Callable
from types import ModuleType
from typing import Any

from llvmlite import binding as llvm
from llvmlite import ir
from numba.core import cgutils, errors, types
from numba.core.imputils import lower_builtin, lower_constant, lower_getattr
from numba.core.typing.templates import AbstractTemplate, AttributeTemplate, infer_getattr, infer_global, signature
from numba.extending import models, register_model, typeof_impl

from ..compile import jit
from ..errors import Trap
from . import elementary, functions, kernels, philox, ranges_lowering, wide
from .angle import Angle
from .number import FRACTION_BITS, Fixed
from .operators import CHECKED, PLAIN
from .primitives_lowering import I64, I128, Value
from .vector import Vec2
from .wording import refusal


class FixedType(types.Type):
    def __init__(self) -> None:
        super().__init__("Fixed")


class Vec2Type(types.Type):
    def __init__(self) -> None:
        super().__init__("Vec2")


class AngleType(types.Type):
    def __init__(self) -> None:
        super().__init__("Angle")


class RandomType(types.Type):
    def __init__(self) -> None:
        super().__init__("Random")


fixed_t, vec2_t, angle_t, random_t = FixedType(), Vec2Type(), AngleType(), RandomType()


@register_model(AngleType)                  # the raw in a word, its high half zero
@register_model(FixedType)
class _FixedModel(models.PrimitiveModel):
    def __init__(self, dmm: Any, fe_type: Any) -> None:
        super().__init__(dmm, fe_type, I64)


@register_model(Vec2Type)
class _Vec2Model(models.StructModel):
    def __init__(self, dmm: Any, fe_type: Any) -> None:
        super().__init__(dmm, fe_type, [("x", fixed_t), ("y", fixed_t)])


@register_model(RandomType)
class _RandomModel(models.StructModel):
    def __init__(self, dmm: Any, fe_type: Any) -> None:
        super().__init__(dmm, fe_type, [(name, types.int64) for name in ("seed", "frame", "stream")])


@typeof_impl.register(Fixed)
def _typeof_fixed(value: Fixed, context: Any) -> FixedType:
    return fixed_t


@typeof_impl.register(Vec2)
def _typeof_vec2(value: Vec2, context: Any) -> Vec2Type:
    return vec2_t


@typeof_impl.register(Angle)
def _typeof_angle(value: Angle, context: Any) -> AngleType:
    return angle_t


@lower_constant(AngleType)
@lower_constant(FixedType)
def _constant_fixed(context: Any, builder: Any, ty: Any, value: Fixed | Angle) -> Value:
    return word(value.raw)


@lower_constant(Vec2Type)
def _constant_vec2(context: Any, builder: Any, ty: Any, value: Vec2) -> Value:
    return _pair(context, builder, word(value.x.raw), word(value.y.raw))


def word(value: int) -> Value:
    return ir.Constant(I64, value)


def _pair(context: Any, builder: Any, x: Value, y: Value) -> Value:
    made = cgutils.create_struct_proxy(vec2_t)(context, builder)
    made.x, made.y = x, y
    return made._getvalue()


# ---------------------------------------------------------------------------- emitting

class Emit:
    """Integer code at one place; `checked` makes what does not fit raise."""

    def __init__(self, context: Any, builder: Any, checked: bool) -> None:
        self.context, self.builder, self.checked = context, builder, checked

    def raise_if(self, condition: Value, kind: type[Exception], text: str) -> None:
        with self.builder.if_then(condition, likely=False):
            self.context.call_conv.return_user_exc(self.builder, kind, (text,))

    def with_overflow(self, plain: str, counted: str, a: Value, b: Value) -> Value:
        if not self.checked:
            return getattr(self.builder, plain)(a, b)
        pair = getattr(self.builder, counted)(a, b)
        self.raise_if(self.builder.extract_value(pair, 1), Trap, "does not fit")
        return self.builder.extract_value(pair, 0)

    def add(self, a: Value, b: Value) -> Value:
        return self.with_overflow("add", "sadd_with_overflow", a, b)

    def sub(self, a: Value, b: Value) -> Value:
        return self.with_overflow("sub", "ssub_with_overflow", a, b)

    def mul(self, a: Value, b: Value) -> Value:
        return self.with_overflow("mul", "smul_with_overflow", a, b)

    def neg(self, a: Value) -> Value:
        return self.sub(word(0), a)

    def abs(self, a: Value) -> Value:
        b = self.builder
        negative = b.icmp_signed("<", a, word(0))
        if self.checked:
            self.raise_if(b.icmp_signed("==", a, word(-1 << 63)), Trap, "abs does not fit")
        return b.select(negative, b.sub(word(0), a), a)

    def shl(self, a: Value, n: int) -> Value:
        b = self.builder
        made = b.shl(a, word(n))
        if self.checked:
            self.raise_if(b.icmp_signed("!=", b.ashr(made, word(n)), a), Trap, "does not fit a Fixed")
        return made

    def fixed_mul(self, a: Value, b: Value) -> Value:
        return self.rounded(self.product(a, b), "*")

    def divmod(self, a: Value, b: Value) -> tuple[Value, Value]:
        """Floor division and its remainder; -1 has its own way, as the processor would trap on -2**63 // -1."""
        e = self.builder
        self.raise_if(e.icmp_signed("==", b, word(0)), ZeroDivisionError, "division by zero")
        minus = e.icmp_signed("==", b, word(-1))
        if self.checked:
            self.raise_if(e.and_(minus, e.icmp_signed("==", a, word(-1 << 63))), Trap, "// does not fit")
        d = e.select(minus, word(1), b)
        q = e.sdiv(a, d)
        r = e.sub(a, e.mul(q, d))
        adjust = e.and_(e.icmp_signed("!=", r, word(0)), e.icmp_signed("<", e.xor(r, d), word(0)))
        q = e.select(adjust, e.sub(q, word(1)), q)
        r = e.select(adjust, e.add(r, d), r)
        return e.select(minus, e.sub(word(0), a), q), e.select(minus, word(0), r)

    def remainder(self, a: Value, b: Value) -> Value:
        unchecked = Emit(self.context, self.builder, False)  # -2**63 % -1 is 0, which fits
        return unchecked.divmod(a, b)[1]

    def shift(self, a: Value, n: Value, left: bool) -> Value:
        e = self.builder
        if self.checked:
            self.raise_if(e.icmp_unsigned(">", n, word(63)), Trap, "shift by 0 to 63")
        amount = e.and_(n, word(63))
        if not left:
            return e.ashr(a, amount)
        made = e.shl(a, amount)
        if self.checked:
            self.raise_if(e.icmp_signed("!=", e.ashr(made, amount), a), Trap, "<< does not fit")
        return made

    def kernel(self, function: Callable[..., int], *args: Value, of: ModuleType = kernels) -> Value:
        returns = signature(types.int64, *[types.int64] * len(args))
        return _built(of)[function].emit(self.context, self.builder, returns, args)

    def rounded(self, p: Value, text: str) -> Value:
        """A signed product of 128 bits as a raw, to nearest, ties away from zero."""
        e = self.builder
        high, low = e.trunc(e.lshr(p, ir.Constant(I128, 64)), I64), e.trunc(p, I64)
        half = e.add(word(1 << FRACTION_BITS - 1), e.ashr(high, word(63)))      # a negative product: ties go down
        sum_ = e.uadd_with_overflow(low, half)      # word by word, which LLVM does not try to make vectors of: 0.7 of C's time
        low, high = e.extract_value(sum_, 0), e.add(high, e.zext(e.extract_value(sum_, 1), I64))
        made = e.or_(e.shl(high, word(64 - FRACTION_BITS)), e.lshr(low, word(FRACTION_BITS)))
        if self.checked:
            self.raise_if(e.icmp_signed("!=", e.ashr(high, word(FRACTION_BITS)), e.ashr(made, word(63))), Trap,
                          f"{text} does not fit")
        return made

    def product(self, a: Value, b: Value) -> Value:
        return self.builder.mul(self.builder.sext(a, I128), self.builder.sext(b, I128))

    def parts(self, v: Value) -> tuple[Value, Value]:
        return self.builder.extract_value(v, 0), self.builder.extract_value(v, 1)

    def dot(self, v: Value, w: Value) -> Value:
        (ax, ay), (bx, by) = self.parts(v), self.parts(w)
        return self.rounded(self.builder.add(self.product(ax, bx), self.product(ay, by)), "dot")

    def cross(self, v: Value, w: Value) -> Value:
        (ax, ay), (bx, by) = self.parts(v), self.parts(w)
        return self.rounded(self.builder.sub(self.product(ax, by), self.product(ay, bx)), "cross")

    def length(self, v: Value) -> Value:
        made = self.kernel(kernels.vector_length, *self.parts(v))
        if self.checked:
            self.raise_if(self.builder.icmp_signed("<", made, word(0)), Trap, "the length does not fit")
        return made

    def normalized(self, v: Value) -> Value:
        x, y = self.parts(v)
        return _pair(self.context, self.builder, *(self.kernel(kernels.unit_part, part, x, y) for part in (x, y)))

    def within(self, v: Value, w: Value, radius: Value, kernel: Callable[..., int]) -> Value:
        made = self.kernel(kernel, *self.parts(v), *self.parts(w), radius)
        return self.builder.icmp_signed("!=", made, word(0))

    def angle(self, raw: Value) -> Value:
        return self.builder.and_(raw, word((1 << 32) - 1))

    def random(self, seed: Value, frame: Value, stream: Value) -> Value:
        made = cgutils.create_struct_proxy(random_t)(self.context, self.builder)
        made.seed, made.frame, made.stream = seed, frame, stream
        return made._getvalue()

    def draw(self, kernel: Callable[..., int], random: Value, *args: Value) -> Value:
        key = (self.builder.extract_value(random, i) for i in range(3))
        return self.kernel(kernel, *key, *args, of=philox)

    def compare_whole(self, symbol: str, raw: Value, whole: Value) -> Value:
        """A Fixed against an int, exactly: the int is never shifted out."""
        e = self.builder
        floor = e.ashr(raw, word(FRACTION_BITS))
        part = e.icmp_unsigned("!=", e.and_(raw, word((1 << FRACTION_BITS) - 1)), word(0))
        if symbol in ("<", ">="):
            return e.icmp_signed(symbol, floor, whole)
        if symbol in ("<=", ">"):
            return e.icmp_signed(symbol, e.add(floor, e.zext(part, I64)), whole)
        same = e.and_(e.icmp_signed("==", floor, whole), e.not_(part))
        return same if symbol == "==" else e.not_(same)


@functools.cache
def _built(module: ModuleType) -> dict[Any, Any]:
    return module.program().build(OPERATORS["compiled"], jit=jit, module=__name__)


# ---------------------------------------------------------------------------- operators

Code = Callable[..., Value]
SWAPPED = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "==": "==", "!=": "!="}


def _int_division(*args: Any) -> Value:
    raise errors.TypingError("int / int: write a // b, or fx(a) / b for a fraction")


def _vector(e: Emit, a: Value, b: Value, one: Code) -> Value:
    """Component by component; a scalar operand meets both."""
    def part(value: Value, i: int) -> Value:
        return e.builder.extract_value(value, i) if isinstance(value.type, ir.BaseStructType) else value
    return _pair(e.context, e.builder, *(one(e, part(a, i), part(b, i)) for i in (0, 1)))


def _table(checked: bool) -> dict[str, dict[str, tuple[types.Type, Code]]]:
    """For each operator, by the kinds of its operands (i int, f Fixed, v Vec2, a Angle, r Random): the result and the code."""
    to_fixed = FRACTION_BITS
    kernel_names = ("checked_" if checked else "") + "{}"

    def kernel(name: str) -> Code:
        function = getattr(kernels, kernel_names.format(name))
        return lambda e, a, b: e.kernel(function, a, b)

    def mixed(fixed: Code) -> dict[str, tuple[types.Type, Code]]:
        """Fixed and int in any order, the int made a Fixed."""
        return {"ff": (fixed_t, fixed),
                "fi": (fixed_t, lambda e, a, b: fixed(e, a, e.shl(b, to_fixed))),
                "if": (fixed_t, lambda e, a, b: fixed(e, e.shl(a, to_fixed), b))}

    def vectors(one: Code) -> dict[str, tuple[types.Type, Code]]:
        return {"vv": (vec2_t, lambda e, a, b: _vector(e, a, b, one))}

    add: Code = lambda e, a, b: e.add(a, b)  # noqa: E731
    sub: Code = lambda e, a, b: e.sub(a, b)  # noqa: E731
    whole_mul: Code = lambda e, a, b: e.mul(a, b)  # noqa: E731
    fixed_mul: Code = lambda e, a, b: e.fixed_mul(a, b)  # noqa: E731
    whole_div: Code = lambda e, a, b: e.divmod(a, b)[0]  # noqa: E731
    remainder: Code = lambda e, a, b: e.remainder(a, b)  # noqa: E731
    by_fixed, by_int = kernel("fixed_by_fixed"), kernel("fixed_by_int")

    def choose(symbol: str) -> dict[str, tuple[types.Type, Code]]:
        def pick(e: Emit, a: Value, b: Value) -> Value:
            return e.builder.select(e.builder.icmp_signed(symbol, b, a), b, a)
        return {"ii": (types.int64, pick), **mixed(pick)}

    def bits(name: str) -> dict[str, tuple[types.Type, Code]]:
        return {"ii": (types.int64, lambda e, a, b: getattr(e.builder, name)(a, b))}

    def turning(name: str) -> tuple[types.Type, Code]:
        """Of angles: by meaning it wraps, so it never traps."""
        return angle_t, lambda e, a, b: e.angle(getattr(e.builder, name)(a, b))

    def reading(code: Code) -> dict[str, tuple[types.Type, Code]]:
        return {"a": (fixed_t, code)}

    table: dict[str, dict[str, tuple[types.Type, Code]]] = {
        "add": {"ii": (types.int64, add), **mixed(add), **vectors(add), "aa": turning("add")},
        "sub": {"ii": (types.int64, sub), **mixed(sub), **vectors(sub), "aa": turning("sub")},
        "mul": {"ii": (types.int64, whole_mul), "ff": (fixed_t, fixed_mul), "fi": (fixed_t, whole_mul),
                "if": (fixed_t, whole_mul), "ai": turning("mul"), "ia": turning("mul"),
                **{kinds: (vec2_t, lambda e, a, b: _vector(e, a, b, fixed_mul)) for kinds in ("vf", "fv")},
                **{kinds: (vec2_t, lambda e, a, b: _vector(e, a, b, whole_mul)) for kinds in ("vi", "iv")}},
        "truediv": {"ii": (types.int64, _int_division), "ff": (fixed_t, by_fixed), "fi": (fixed_t, by_int),
                    "if": (fixed_t, kernel("int_by_fixed")),
                    "vf": (vec2_t, lambda e, a, b: _vector(e, a, b, by_fixed)),
                    "vi": (vec2_t, lambda e, a, b: _vector(e, a, b, by_int))},
        "floordiv": {"ii": (types.int64, whole_div),
                     **mixed(lambda e, a, b: e.shl(Emit(e.context, e.builder, False).divmod(a, b)[0], to_fixed)
                             if not checked else e.shl(e.divmod(a, b)[0], to_fixed))},
        "mod": {"ii": (types.int64, remainder), **mixed(remainder)},
        "lshift": {"ii": (types.int64, lambda e, a, b: e.shift(a, b, True))},
        "rshift": {"ii": (types.int64, lambda e, a, b: e.shift(a, b, False))},
        "and_": bits("and_"), "or_": bits("or_"), "xor": bits("xor"),
        "min2": choose("<"), "max2": choose(">"),
        "neg": {"i": (types.int64, lambda e, a: e.neg(a)), "f": (fixed_t, lambda e, a: e.neg(a)),
                "v": (vec2_t, lambda e, a: _vector(e, a, a, lambda e, x, y: e.neg(x))),
                "a": (angle_t, lambda e, a: e.angle(e.builder.neg(a)))},
        "pos": {kind: (given, lambda e, a: a)
                for kind, given in (("i", types.int64), ("f", fixed_t), ("v", vec2_t), ("a", angle_t))},
        "invert": {"i": (types.int64, lambda e, a: e.builder.not_(a))},
        "abs_": {"i": (types.int64, lambda e, a: e.abs(a)), "f": (fixed_t, lambda e, a: e.abs(a))},
        "bool_": {k: (types.boolean, lambda e, a: e.builder.icmp_signed("!=", a, word(0))) for k in "if"},
        "not_": {k: (types.boolean, lambda e, a: e.builder.icmp_signed("==", a, word(0))) for k in "if"},
        "int_": {"i": (types.int64, lambda e, a: a), "f": (types.int64, _truncate)},
        "fx": {"f": (fixed_t, lambda e, a: a), "i": (fixed_t, lambda e, a: e.shl(a, to_fixed))},
        "vec2": {"ff": (vec2_t, _pair_of), "fi": (vec2_t, lambda e, x, y: _pair_of(e, x, e.shl(y, to_fixed))),
                 "if": (vec2_t, lambda e, x, y: _pair_of(e, e.shl(x, to_fixed), y)),
                 "ii": (vec2_t, lambda e, x, y: _pair_of(e, e.shl(x, to_fixed), e.shl(y, to_fixed)))},
        "m_dot": {"vv": (fixed_t, lambda e, v, w: e.dot(v, w))},
        "m_cross": {"vv": (fixed_t, lambda e, v, w: e.cross(v, w))},
        "m_length": {"v": (fixed_t, lambda e, v: e.length(v))},
        "m_distance": {"vv": (fixed_t, lambda e, v, w: e.length(_vector(e, v, w, sub)))},
        "m_within": {"vvf": (types.boolean, lambda e, v, w, r: e.within(v, w, r, kernels.within_fixed)),
                     "vvi": (types.boolean, lambda e, v, w, r: e.within(v, w, r, kernels.within_whole))},
        "m_normalized": {"v": (vec2_t, lambda e, v: e.normalized(v))},
        "angle_raw": {"i": (angle_t, lambda e, a: e.angle(a))},
        "angle_turns": {"f": (angle_t, lambda e, a: e.angle(a)), "i": (angle_t, lambda e, a: word(0))},
        "angle_degrees": {"f": (angle_t, lambda e, a: e.angle(e.kernel(kernels.fixed_by_int, a, word(360)))),
                          "i": (angle_t, _whole_degrees)},
        "angle_radians": {"f": (angle_t, lambda e, a: e.kernel(kernels.angle_of_radians, a))},
        "m_to_turns": reading(lambda e, a: a),
        "m_signed_turns": reading(lambda e, a: e.builder.ashr(e.builder.shl(a, word(32)), word(32))),
        "m_to_degrees": reading(lambda e, a: e.builder.mul(a, word(360))),
        "m_to_radians": reading(lambda e, a: e.kernel(kernels.radians_of_angle, a)),
        "random": {"iii": (random_t, lambda e, *key: e.random(*key))},
        "m_bits": {"ri": (types.int64, lambda e, r, i: e.draw(philox.bits, r, i))},
        "m_integer": {"riii": (types.int64, lambda e, r, *args: e.draw(philox.integer, r, *args))},
        "m_fixed": {"ri" + low + high: (fixed_t, _draw_fixed(low, high)) for low in "fi" for high in "fi"},
        "m_chance": {"rif": (types.boolean, lambda e, r, i, p: e.builder.icmp_signed(
            "!=", e.draw(philox.chance, r, i, p), word(0)))},
    }
    for name, symbol in {"lt": "<", "le": "<=", "gt": ">", "ge": ">=", "eq": "==", "ne": "!="}.items():
        table[name] = _comparison(symbol)
    return table


def _pair_of(e: Emit, x: Value, y: Value) -> Value:
    return _pair(e.context, e.builder, x, y)


def _whole_degrees(e: Emit, a: Value) -> Value:
    turn = Emit(e.context, e.builder, False).remainder(a, word(360))
    return e.angle(e.kernel(kernels.fixed_by_int, e.builder.shl(turn, word(FRACTION_BITS)), word(360)))


def _draw_fixed(low_kind: str, high_kind: str) -> Code:
    def draw(e: Emit, random: Value, index: Value, low: Value, high: Value) -> Value:
        bounds = (e.builder.shl(value, word(FRACTION_BITS)) if kind == "i" else value
                  for kind, value in ((low_kind, low), (high_kind, high)))
        return e.draw(philox.fixed, random, index, *bounds)
    return draw


def _truncate(e: Emit, a: Value) -> Value:
    b = e.builder
    toward_zero = b.and_(b.ashr(a, word(63)), word((1 << FRACTION_BITS) - 1))
    return b.ashr(b.add(a, toward_zero), word(FRACTION_BITS))


def _comparison(symbol: str) -> dict[str, tuple[types.Type, Code]]:
    def plain(e: Emit, a: Value, b: Value) -> Value:
        return e.builder.icmp_signed(symbol, a, b)

    def both(e: Emit, a: Value, b: Value) -> Value:
        x, y = (e.builder.icmp_signed("==", e.builder.extract_value(a, i), e.builder.extract_value(b, i)) for i in (0, 1))
        same = e.builder.and_(x, y)
        return same if symbol == "==" else e.builder.not_(same)
    codes = {"ii": (types.boolean, plain), "ff": (types.boolean, plain),
             "fi": (types.boolean, lambda e, a, b: e.compare_whole(symbol, a, b)),
             "if": (types.boolean, lambda e, a, b: e.compare_whole(SWAPPED[symbol], b, a))}
    if symbol in ("==", "!="):
        codes["vv"] = (types.boolean, both)
        codes["aa"] = (types.boolean, plain)
    return codes


LETTERS = {fixed_t: "f", vec2_t: "v", angle_t: "a", random_t: "r"}


def _kinds(args: Any) -> tuple[str, tuple[types.Type, ...]] | None:
    """The kinds of the operands and the types that they are cast to; None when one is foreign."""
    kinds, casts = "", []
    for given in args:
        if isinstance(given, types.Boolean) or (isinstance(given, types.Integer) and given != types.uint64):
            kinds, casts = kinds + "i", [*casts, types.int64]
        elif given in LETTERS:
            kinds, casts = kinds + LETTERS[given], [*casts, given]
        else:
            return None
    # a bool and a Fixed are refused, as in Python
    if kinds.strip("i") and any(isinstance(t, types.Boolean) for t in args):
        return None
    return kinds, tuple(casts)


#: Where a bool is not a number.
NO_BOOLS = ("fx", "vec2", "m_within", "angle_raw", "angle_turns", "angle_degrees", "random", "m_bits", "m_integer", "m_fixed",
            "m_chance")


def _register(function: Callable[..., Any], name: str, checked: bool, codes: dict[str, tuple[types.Type, Code]]) -> None:
    count = len(next(iter(codes)))

    class Template(AbstractTemplate):
        key = function

        def generic(self, args: Any, kws: Any) -> Any:
            found = _kinds(args)
            if name == "truediv" and found is not None and found[0] == "ii":
                _int_division()
            if name in NO_BOOLS and any(isinstance(given, types.Boolean) for given in args):
                found = None
            if found is None or found[0] not in codes:
                raise errors.TypingError(refusal(name, list(map(_shown, args))))
            return signature(codes[found[0]][0], *found[1])

    def lower(context: Any, builder: Any, sig: Any, args: Any) -> Value:
        kinds, _ = _kinds(sig.args)  # type: ignore[misc]
        return codes[kinds][1](Emit(context, builder, checked), *args)
    infer_global(function, types.Function(Template))
    lower_builtin(function, *[types.Any] * count)(lower)


def _shown(given: types.Type) -> str:
    given = types.unliteral(given)
    if isinstance(given, types.Boolean):
        return "bool"
    return "int" if isinstance(given, types.Integer) else str(given)


def _register_all() -> None:
    done = set()
    for operators, checked in ((PLAIN, False), (CHECKED, True)):
        for name, codes in _table(checked).items():
            if operators[name] not in done:
                done.add(operators[name])
                _register(operators[name], name, checked, codes)


_register_all()
ranges_lowering.register()
OPERATORS = {"compiled": PLAIN, "checked": CHECKED}


# ---------------------------------------------------------------------------- making and taking apart

@infer_global(bool)
class _Truth(AbstractTemplate):
    def generic(self, args: Any, kws: Any) -> Any:
        return signature(types.boolean, fixed_t) if args == (fixed_t,) else None


@lower_builtin(bool, FixedType)
def _truth(context: Any, builder: Any, sig: Any, args: Any) -> Value:
    return builder.icmp_signed("!=", args[0], word(0))


@infer_global(operator.truth)
class _OperatorTruth(_Truth):
    pass


lower_builtin(operator.truth, FixedType)(_truth)


@infer_getattr
class _RandomAttributes(AttributeTemplate):
    key = RandomType

    def generic_resolve(self, ty: Any, name: str) -> types.Type:
        if name in ("seed", "frame", "stream"):
            return types.int64
        raise errors.TypingError(f"a Random has no {name!r} in a step; it has seed, frame and stream")


for _i, _name in enumerate(("seed", "frame", "stream")):
    lower_getattr(RandomType, _name)(lambda context, builder, ty, value, i=_i: builder.extract_value(value, i))


class _FromRaw(AbstractTemplate):
    key = Fixed.from_raw

    def generic(self, args: Any, kws: Any) -> Any:
        if len(args) == 1 and isinstance(args[0], types.Integer):
            return signature(fixed_t, types.int64)
        return None


infer_global(Fixed.from_raw, types.Function(_FromRaw))
lower_builtin(Fixed.from_raw, types.int64)(lambda context, builder, sig, args: args[0])


class _RawAttribute(AttributeTemplate):
    def generic_resolve(self, ty: Any, name: str) -> types.Type:
        if name == "raw":
            return types.int64
        raise errors.TypingError(f"a value of the kind {ty} has no {name!r} in a step; it has raw")


for _kind in (FixedType, AngleType):
    infer_getattr(type(f"_{_kind.__name__}Attributes", (_RawAttribute,), {"key": _kind}))
    lower_getattr(_kind, "raw")(lambda context, builder, ty, value: value)


@infer_getattr
class _Vec2Attributes(AttributeTemplate):
    key = Vec2Type

    def generic_resolve(self, ty: Any, name: str) -> types.Type | None:
        if name in ("x", "y"):
            return fixed_t
        raise errors.TypingError(f"a Vec2 has no {name!r} in a step; it has x and y")


for _i, _name in enumerate("xy"):
    lower_getattr(Vec2Type, _name)(lambda context, builder, ty, value, i=_i: builder.extract_value(value, i))


# ---------------------------------------------------------------------------- functions

def _code(module: ModuleType, kernel: Callable[..., int]) -> Code:
    return lambda e, *args: e.kernel(kernel, *args, of=module)


def _register_functions() -> None:
    more = {functions.pow: ("fi", wide, wide.whole_power), functions.sin: ("a", kernels, kernels.angle_sine),
            functions.cos: ("a", kernels, kernels.angle_cosine)}
    for function, (module, kernel) in functions.KERNELS.items():
        codes = {"f" * kernel.__code__.co_argcount: (fixed_t, _code(module, kernel))}
        if function in more:
            kinds, other, by = more[function]
            codes[kinds] = (fixed_t, _code(other, by))
        _register(function, function.__name__, False, codes)
    point = _code(elementary, elementary.angle_of_point)
    _register(functions.direction, "direction", False, {"v": (angle_t, lambda e, v: point(e, *e.parts(v)))})


_register_functions()


# ---------------------------------------------------------------------------- the processor's division

llvm.initialize_native_asmparser()


@infer_global(kernels.two_by_one)
class _TwoByOneTyping(AbstractTemplate):
    def generic(self, args: Any, kws: Any) -> Any:
        return signature(types.int64, *[types.int64] * 3)


def has_divq(triple: str) -> bool:
    """Whether processors of this target divide two words by one."""
    return triple.startswith("x86_64")


@lower_builtin(kernels.two_by_one, *[types.int64] * 3)
def _two_by_one(context: Any, builder: Any, sig: Any, args: Any) -> Value:
    """`divq` traps unless high < d. It is marked as having an effect, so that it stays where the kernel has made sure."""
    if not has_divq(llvm.get_process_triple()):
        return Emit(context, builder, False).kernel(kernels.two_by_one_portable, *args)
    high, low, d = args
    both = ir.FunctionType(ir.LiteralStructType([I64, I64]), [I64, I64, I64])
    return builder.extract_value(builder.asm(both, *kernels.DIVQ, [low, high, d], True), 0)
