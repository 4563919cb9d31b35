"""Fixed against exact fractions: values, rounding, wrapping, and what it refuses."""

import copy
import decimal
import math
import operator
import pickle
from fractions import Fraction

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from rollstep import Fixed, fx
from rollstep.fixed.number import INT_MAX, INT_MIN, ONE, wrap

RAWS = [0, 1, -1, 2, ONE >> 1, -(ONE >> 1), ONE - 1, ONE, -ONE, ONE + 1, 3 * ONE, 1 << 48, INT_MAX, INT_MIN, INT_MIN + 1]
numbers = st.one_of(st.sampled_from(RAWS), st.integers(INT_MIN, INT_MAX), st.integers(-1 << 36, 1 << 36)).map(Fixed.from_raw)
wholes = st.one_of(st.sampled_from([0, 1, -1, 7, 1 << 31, -1 << 31, 1 << 32, 1 << 70]), st.integers(-1 << 33, 1 << 33))
either = st.one_of(numbers, wholes)
ORDER = (operator.lt, operator.le, operator.gt, operator.ge, operator.eq, operator.ne)


def exact(value: Fixed | int) -> Fraction:
    return Fraction(value.raw, ONE) if isinstance(value, Fixed) else Fraction(value)


def nearest(value: Fraction) -> int:
    """The integer nearest to `value`, ties away from zero."""
    size = abs(value)
    rounded = int(size) + (size - int(size) >= Fraction(1, 2))
    return rounded if value >= 0 else -rounded


def rounded(value: Fraction) -> Fixed:
    return Fixed.from_raw(wrap(nearest(value * ONE)))


def as_fixed(value: Fixed | int) -> Fraction:
    """An int that meets a Fixed is made one, wrapping."""
    return exact(value if isinstance(value, Fixed) else Fixed.from_raw(wrap(value * ONE)))


def same(ours: Fixed, theirs: Fixed) -> bool:
    return type(ours) is Fixed and ours.raw == theirs.raw


@given(numbers, either)
@example(fx("0.5"), Fixed.from_raw(1))
@example(fx("-0.5"), Fixed.from_raw(1))
def test_products_sums_and_differences_are_the_rounded_exact_ones(a, b):
    assert same(a * b, rounded(exact(a) * exact(b))) and same(b * a, a * b)
    assert same(a + b, rounded(exact(a) + exact(b))) and same(b + a, a + b)
    assert same(a - b, rounded(exact(a) - exact(b))) and same(b - a, rounded(exact(b) - exact(a)))


@given(either, either)
@example(Fixed.from_raw(1), 2)
@example(Fixed.from_raw(-1), 2)
@example(Fixed.from_raw(INT_MIN), Fixed.from_raw(-1))
@example(1, Fixed.from_raw(-1 << 40))
def test_quotients_are_the_rounded_exact_ones(a, b):
    assume((isinstance(a, Fixed) or isinstance(b, Fixed)) and b != 0)
    assert same(a / b, rounded(exact(a) / exact(b)))


@given(either, either)
def test_floor_division_and_remainder_floor(a, b):
    assume((isinstance(a, Fixed) or isinstance(b, Fixed)) and as_fixed(b) != 0)
    quotient = as_fixed(a) // as_fixed(b)
    assert same(a // b, Fixed.from_raw(wrap(quotient * ONE)))
    assert exact(a % b) == as_fixed(a) - quotient * as_fixed(b)


@given(numbers, either)
def test_mirrored_players_stay_mirrored(a, b):
    assume(a.raw != INT_MIN and (type(b) is int or b.raw != INT_MIN))       # which has no opposite
    assert -(a * b) == (-a) * b == a * (-b)
    if b != 0:
        assert -(a / b) == (-a) / b == a / (-b)
    assert -(a + b) == -a - b


@given(numbers, either)
def test_comparisons_are_exact_also_with_ints_that_no_fixed_holds(a, b):
    for compare in ORDER:
        assert compare(a, b) is compare(exact(a), exact(b))
        assert compare(b, a) is compare(exact(b), exact(a))


@given(numbers)
def test_signs_truth_and_whole_part(a):
    assert same(-a, rounded(-exact(a))) and same(abs(a), rounded(abs(exact(a)))) and +a is a
    assert bool(a) is (exact(a) != 0)
    assert int(a) == int(exact(a)) and type(int(a)) is int
    assert a.to_float() == float(exact(a))


@given(numbers)
def test_pythons_own_rounding_works_and_ties_go_away_from_zero(a):
    assert (math.floor(a), math.ceil(a), math.trunc(a)) == (math.floor(exact(a)), math.ceil(exact(a)), math.trunc(exact(a)))
    assert round(a) == nearest(exact(a)) and type(round(a)) is int
    assert round(fx("0.5")) == 1 and round(fx("-0.5")) == -1 and round(fx("2.5")) == 3


@given(numbers, st.integers(-13, 13))
@example(fx("0.125"), 2)
@example(fx("-0.125"), 2)
@example(fx(-2147483645), -1)
@example(Fixed.from_raw(INT_MAX), 9)
@example(Fixed.from_raw(INT_MIN), -9)
def test_rounding_to_decimals_gives_the_nearest_fixed(a, n):
    wanted = nearest(nearest(exact(a) * Fraction(10) ** n) / Fraction(10) ** n * ONE)
    if INT_MIN <= wanted <= INT_MAX:
        assert same(round(a, n), Fixed.from_raw(wanted))
    else:
        with pytest.raises(OverflowError, match=r"round\(-?\d"):
            round(a, n)


def test_rounding_to_absurdly_many_decimals_takes_no_time():
    assert round(fx("1/3"), 10**18) == fx("1/3") and round(fx("1/3"), -(10**18)) == 0
    for digits in (0.5, "1", fx(1)):
        with pytest.raises(TypeError):
            round(fx(1), digits)


@given(numbers, st.integers(0, 40))
@example(fx("0.125"), 2)
@example(fx("-2.5"), 0)
def test_a_formatted_number_is_the_exact_one_rounded_once(a, places):
    digits = nearest(abs(exact(a)) * 10 ** places)
    whole, part = divmod(digits, 10 ** places)
    sign = "-" if a < 0 else ""
    assert f"{a:.{places}f}" == f"{sign}{whole}" + (f".{part:0{places}d}" if places else "")


@given(numbers, st.sampled_from(["", ">30", "<30", "^30", "*^+30", "030", "+", " ", ",", "30,", "x>-30"]),
       st.sampled_from(["", "f", "e", "g", "%"]))
def test_width_sign_and_fill_are_those_of_a_decimal(a, layout, kind):
    assert f"{a:{layout}{kind}}" == f"{decimal.Decimal(str(a)):{layout}{kind or 'f'}}"
    assert f"{a}" == format(a) == str(a) and f"{a:.>40}" == str(a).rjust(40, ".")


def test_formats_in_their_forms():
    assert f"{fx('1/3'):.2f} {fx('-1/3'):+.3f} {fx('2/3'):8.2f} {fx('-1.5'):08.2f}" == "0.33 -0.333     0.67 -0001.50"
    assert f"{fx('0.125'):.2f} {fx('-0.125'):.2f} {fx('0.00625'):.1%} {fx(1234567):,.1f}" == "0.13 -0.13 0.6% 1,234,567.0"
    assert f"{Fixed.from_raw(1):.32f}" == "0.00000000023283064365386962890625" and f"{Fixed.from_raw(1):.3e}" == "2.328e-10"
    with decimal.localcontext(decimal.Context(prec=2, rounding=decimal.ROUND_DOWN)):
        assert f"{fx('123.456'):.2f}" == "123.46"        # whatever the program around has set


@pytest.mark.parametrize("spec", ["d", "x", "s", ".2q", ".f", "2.2.2f", "😀😀f"])
def test_a_format_that_is_none_is_refused_with_what_to_write(spec):
    with pytest.raises(ValueError, match=r"does not format a Fixed: write .*'\.2f'"):
        format(fx(1), spec)


@pytest.mark.parametrize("divide", [operator.truediv, operator.floordiv, operator.mod])
@pytest.mark.parametrize("pair", [(fx(1), fx(0)), (fx(1), 0), (1, fx(0)), (fx(0), fx(0))])
def test_a_zero_divisor_raises(divide, pair):
    with pytest.raises(ZeroDivisionError):
        divide(*pair)


@pytest.mark.parametrize("operate", [operator.add, operator.sub, operator.mul, operator.truediv, operator.floordiv,
                                     operator.mod, *ORDER[:4]])
@pytest.mark.parametrize("other", [0.5, True, None, "1", 1j, Fraction(1, 2)])
def test_a_fixed_does_not_mix_with_anything_else(operate, other):
    for pair in ((fx(2), other), (other, fx(2))):
        if isinstance(pair[0], str) and operate is operator.mod:
            continue                                     # text formatting
        with pytest.raises(TypeError):
            operate(*pair)


def test_a_fixed_is_equal_to_nothing_but_numbers():
    assert fx(1) != 1.0 and fx(1) != True and fx(1) != "1"  # noqa: E712
    assert fx(1) == 1 and fx("0.5") != 0


@given(wholes, numbers)
def test_equal_numbers_have_equal_hashes(n, a):
    if -1 << 31 <= n < 1 << 31:
        assert hash(fx(n)) == hash(n) and {n: "here"}[fx(n)] == "here"
    assert hash(a) == hash(Fixed.from_raw(a.raw)) == hash(exact(a))


@given(numbers)
def test_text_and_pickles_bring_the_number_back(a):
    assert same(fx(str(a)), a) and same(eval(repr(a)), a) and same(pickle.loads(pickle.dumps(a)), a)
    assert same(copy.copy(a), a) and same(copy.deepcopy([a])[0], a)


@given(st.decimals(-2147483648, 2147483647, places=12), st.integers(-10**9, 10**9), st.integers(1, 10**6))
def test_literals_are_rounded_once_from_the_exact_text(decimal, n, d):
    assert same(fx(str(decimal)), rounded(Fraction(decimal)))
    assert same(fx(f"{n}/{d}"), rounded(Fraction(n, d)))


def test_literals_in_their_forms():
    assert fx("1/60").raw == nearest(Fraction(ONE, 60)) and fx("1e-3") == fx("0.001") == fx("1/1000")
    assert fx("-3") == fx(-3) == Fixed(-3) == Fixed("-3.0") and fx(fx("0.25")) == fx("1/4")
    assert fx("2147483647.9999999998").raw == INT_MAX and fx("-2147483648").raw == INT_MIN
    assert fx("1e-30") == fx("0") == fx("-0") == fx("1e-9999999") == Fixed()
    assert fx(1 << 31).raw == INT_MIN                    # an int wraps, as everywhere
    # halfway between two neighbours: away from zero
    assert fx("0.00000000011641532182693481445312500000").raw == 1 and fx("-1/8589934592").raw == -1


@pytest.mark.parametrize("text", ["", "x", "1/0", "nan", "inf", "-Infinity", "1/x", "0x10", "1" * 65, "1e20", "1e999999999",
                                  "2147483648", "-2147483648.5", "2147483647.9999999999", "1,5", "1//2"])
def test_text_that_is_no_fixed_is_refused_with_the_text(text):
    with pytest.raises(ValueError, match=r"fx\('") as caught:
        fx(text)
    assert "2147483648" in str(caught.value)


@pytest.mark.parametrize(("value", "hint"), [(0.1, r'write fx\("0.1"\)'), (True, "not bool"), (None, "not NoneType"),
                                             (b"1", "not bytes")])
def test_a_float_or_bool_is_refused_with_what_to_write(value, hint):
    for make in (fx, Fixed):
        with pytest.raises(TypeError, match=hint):
            make(value)


def test_a_fixed_does_not_change():
    number = fx(1)
    with pytest.raises(AttributeError, match="is a value"):
        number.raw = 5
    with pytest.raises((AttributeError, TypeError)):
        del number.raw
    with pytest.raises(AttributeError):
        number.other = 5
    assert number == 1
