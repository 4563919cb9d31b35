"""The proof on LLVM IR: what it refuses, shown on texts written by hand, and that it accepts what the engine makes."""

import pytest

from rollstep import StepError
from rollstep.audit import prove
from rollstep.audit.ir import violations
from rollstep.fixed.kernels import DIVQ

DECLARATIONS = """
declare double @llvm.sqrt.f64(double)
declare i64 @llvm.abs.i64(i64, i1)
declare { i64, i1 } @llvm.smul.with.overflow.i64(i64, i64)
declare void @llvm.memcpy.p0.p0.i64(ptr, ptr, i64, i1)
declare i64 @llvm.readcyclecounter()
declare ptr @NRT_MemInfo_alloc_safe(i64)
declare void @NRT_incref(ptr)
declare i64 @clock()
declare ptr @malloc(i64)
declare i64 @__divti3(i64)
@table = internal constant [2 x i64] [i64 3, i64 4]
"""


def module(body: str, result: str = "i64 %a") -> str:
    return f"{DECLARATIONS}\ndefine i64 @step(i64 %a, i64 %b, ptr %p) {{\nentry:\n  {body}\n  ret {result}\n}}\n"


def _division(text: str, operands: str) -> str:
    return f'%t = call {{ i64, i64 }} asm sideeffect "{text}", "{operands}"(i64 %a, i64 0, i64 %b)'


REFUSED = [
    ("a sum of floats", "%x = load double, ptr %p\n  %y = fadd double %x, %x\n  store double %y, ptr %p",
     "a floating-point operation"),
    ("a product of singles", "%x = bitcast i32 5 to float\n  %y = fmul float %x, %x", "a floating-point operation"),
    ("an int made a float", "%x = sitofp i64 %a to double\n  store double %x, ptr %p", "a floating-point operation"),
    ("a float that is only moved", "%x = load double, ptr %p\n  store double %x, ptr %p", "a floating-point operation"),
    ("a vector of floats", "%x = load <4 x float>, ptr %p\n  store <4 x float> %x, ptr %p", "a floating-point operation"),
    ("a comparison of floats", "%x = load half, ptr %p\n  %c = fcmp olt half %x, %x", "a floating-point operation"),
    ("a square root of a float", "%x = load double, ptr %p\n  %y = call double @llvm.sqrt.f64(double %x)",
     "a floating-point operation"),
    ("a clock", "%t = call i64 @clock()", "a call of clock"),
    ("the cycle counter", "%t = call i64 @llvm.readcyclecounter()", "a call of llvm.readcyclecounter"),
    ("malloc", "%m = call ptr @malloc(i64 8)", "a call of malloc"),
    ("a library's wide division", "%m = call i64 @__divti3(i64 8)", "a call of __divti3"),
    ("an allocation", "%m = call ptr @NRT_MemInfo_alloc_safe(i64 8)", "an allocation"),
    ("reference counting", "call void @NRT_incref(ptr %p)", "an allocation"),
    *((f"128-bit {op}", f"%w = sext i64 %a to i128\n  %q = {op} i128 %w, 3", "a 128-bit division")
      for op in ("udiv", "sdiv", "urem", "srem")),
    ("inline assembly", '%t = call i64 asm sideeffect "rdtsc", "=r"()', "inline assembly"),
    ("another division", _division("divl $4", DIVQ[1]), "inline assembly"),
    ("the division and more", _division(DIVQ[0] + "; rdtsc", DIVQ[1]), "inline assembly"),
    ("the division on other operands", _division(DIVQ[0], "={ax},={dx},{dx},{ax},r"), "inline assembly"),
    ("the division as a text in another", _division("rdtsc # " + DIVQ[0], DIVQ[1]), "inline assembly"),
    ("the division, free to move", _division(*DIVQ).replace(" sideeffect", ""), "inline assembly"),
    ("an atomic addition", "%o = atomicrmw add ptr %p, i64 1 seq_cst", "an atomic operation"),
    ("an atomic exchange", "%o = cmpxchg ptr %p, i64 1, i64 2 seq_cst seq_cst", "an atomic operation"),
    ("a fence", "fence seq_cst", "an atomic operation"),
    ("a call through a pointer", "%r = call i64 %p(i64 %a)", "a call through a pointer"),
]


@pytest.mark.parametrize(("body", "reason"), [row[1:] for row in REFUSED], ids=[row[0] for row in REFUSED])
def test_it_is_refused_by_name(body, reason):
    with pytest.raises(StepError, match=f"^step: the compiled code holds .*{reason}"):
        prove(module(body), "step")


ACCEPTED = [
    ("the processor's division of two words by one", _division(*DIVQ)),
    ("integers of every width", "%w = sext i64 %a to i128\n  %m = mul i128 %w, %w\n  %s = ashr i128 %m, 32\n  "
                                "%t = trunc i128 %s to i8\n  store i8 %t, ptr %p"),
    ("division of 64 bits", "%q = sdiv i64 %a, 3\n  %r = urem i64 %q, 5"),
    ("LLVM's own integer operations", "%x = call i64 @llvm.abs.i64(i64 %a, i1 0)\n  "
                                      "%y = call { i64, i1 } @llvm.smul.with.overflow.i64(i64 %x, i64 %b)"),
    ("a copy of memory", "call void @llvm.memcpy.p0.p0.i64(ptr %p, ptr @table, i64 16, i1 false)"),
    ("a call of its own function", "%x = call i64 @step(i64 %a, i64 %b, ptr %p)"),
    ("vectors of integers", "%x = load <4 x i64>, ptr %p\n  %y = add <4 x i64> %x, %x\n  store <4 x i64> %y, ptr %p"),
    ("variables with the names of types", "%double = add i64 %a, 1\n  %half.0 = mul i64 %double, 2\n"
                                          "  %float = xor i64 %half.0, 1\n  %asm = add i64 %float, 1\n"
                                          '  %"a double" = call i64 @llvm.abs.i64(i64 %asm, i1 0)'),
]


@pytest.mark.parametrize("body", [row[1] for row in ACCEPTED], ids=[row[0] for row in ACCEPTED])
def test_it_is_accepted(body):
    prove(module(body), "step")


def test_a_pointer_call_is_allowed_to_the_engines_core_alone_and_hides_nothing_else():
    text = module("%r = call i64 %p(i64 %a)")
    prove(text, "core", pointer_calls=True)
    with pytest.raises(StepError, match="a call of clock"):
        prove(module("%r = call i64 %p(i64 %a)\n  %t = call i64 @clock()"), "core", pointer_calls=True)


def test_an_empty_module_proves_nothing():
    for text in ("", DECLARATIONS):
        with pytest.raises(StepError, match="nothing to look at"):
            prove(text, "step")


def test_numbas_entry_from_python_is_not_looked_at_and_is_no_proof_either():
    wrapper = module("%x = load double, ptr %p").replace("@step", "@_ZN7cpython4step")
    with pytest.raises(StepError, match="nothing to look at"):
        prove(wrapper, "step")


def test_every_kind_of_violation_is_named_once():
    body = "%t = call i64 @clock()\n  %u = call i64 @clock()\n  fence seq_cst\n  %m = call ptr @malloc(i64 8)"
    with pytest.raises(StepError) as caught:
        prove(module(body), "step")
    assert str(caught.value).count("clock") == 1 and "malloc" in str(caught.value) and "atomic" in str(caught.value)
    assert len(list(violations(module(body)))) == 4


def compiled(function, arguments: int) -> str:
    """The LLVM IR of a function of int64."""
    from numba import njit, types

    from rollstep.compile import INNER_FLAGS
    dispatcher = njit(**INNER_FLAGS)(function)
    dispatcher.compile((types.int64,) * arguments)
    return dispatcher.inspect_llvm(dispatcher.signatures[0])


def test_what_numba_makes_of_a_float_a_list_and_the_clock_is_refused():
    def with_float(a):
        return int(a * 0.5)

    def with_list(a):
        return len([a] * a)
    with pytest.raises(StepError, match="a floating-point operation"):
        prove(compiled(with_float, 1), "step")
    with pytest.raises(StepError, match="an allocation"):
        prove(compiled(with_list, 1), "step")


def test_what_the_engine_makes_of_its_own_arithmetic_is_accepted():
    from rollstep.compile import jit
    from rollstep.fixed import kernels
    from rollstep.fixed.lowering import OPERATORS

    def caller(kernel):
        return lambda a, b: kernel(a, b)
    made = kernels.program().build(OPERATORS["compiled"], jit=jit)
    for entry in (kernels.fixed_by_fixed, kernels.checked_int_by_fixed, kernels.vector_length):
        prove(compiled(caller(made[entry]), 2), entry.__name__)
