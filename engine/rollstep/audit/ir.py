"""The second proof: nothing in the machine's own terms that could differ between two peers.

source.py refuses what the source shows. This looks at what LLVM is about to compile, where nothing can hide:
no floating-point type or operation, no allocation, no call out of the code but a short list of LLVM's own integer
operations, no inline assembly but the processor's division of two words by one, no atomics, no division wider than the
processor's, no pointer calls beyond those that the engine itself makes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from ..errors import Finding, StepError
from ..fixed.kernels import DIVQ

_FLOAT_OPERATIONS = frozenset(("fadd", "fsub", "fmul", "fdiv", "frem", "fneg", "fcmp", "sitofp", "uitofp", "fptosi",
                               "fptoui", "fptrunc", "fpext"))
_OTHER_OPERATIONS = {"atomicrmw": "an atomic operation", "cmpxchg": "an atomic operation", "fence": "an atomic operation",
                     "va_arg": "variable arguments", "indirectbr": "a computed jump"}
_FLOAT = re.compile(r"\b(double|float|half|bfloat|x86_fp80|fp128|ppc_fp128)\b")
_INTEGER_INTRINSIC = re.compile(
    r"llvm\.((s|u)(add|sub|mul)\.with\.overflow|[su](add|sub)\.sat|ct(lz|tz|pop)|bswap|abs|[su]m(in|ax)|[su]cmp|fsh[lr]|"
    r"lifetime|assume|expect|mem(set|cpy|move)|experimental\.noalias|trap|masked\.(load|store|gather|scatter)|"
    r"vector\.(reduce\.(add|mul|and|or|xor|[su]m(in|ax))|insert|extract|splice)|stepvector)\b")
#: fixed.kernels.two_by_one: this text with these operands, nothing else.
_DIVISION = 'call {{ i64, i64 }} asm sideeffect "{}", "{}"(i64 '.format(*DIVQ)
_WIDE_DIVISION = frozenset(("udiv", "sdiv", "urem", "srem"))


def prove(llvm_ir: str, name: str, pointer_calls: bool = False) -> None:
    """Raise StepError naming each kind of instruction in `name`'s code that could make two peers differ.

    `pointer_calls` allows calls through a pointer: the engine's core reaches the game's step by one (which the
    optimiser may copy), a step itself has none.
    """
    found = sorted(set(violations(llvm_ir, pointer_calls)))
    if found:
        raise StepError(Finding(name, 0, "machine-code", f"the compiled code holds {'; '.join(found[:5])}. Two machines could "
                                "differ there: use Fixed and integers, and functions marked @sim"))


def violations(llvm_ir: str, pointer_calls: bool = False) -> Iterator[str]:
    """What `prove` refuses, one text for each place. An empty module has no proof and is a violation itself."""
    import llvmlite.binding

    module = llvmlite.binding.parse_assembly(llvm_ir)
    declared = {function.name for function in module.functions}
    defined = {function.name for function in module.functions if not function.is_declaration}
    seen = 0
    for function in module.functions:
        if function.is_declaration or _is_wrapper(function.name):
            continue
        for block in function.blocks:
            for instruction in block.instructions:
                seen += 1
                whole, opcode = str(instruction), instruction.opcode    # each is a call of LLVM, and costs as much as the rest
                text = _without_names(whole)
                if opcode in _FLOAT_OPERATIONS or _FLOAT.search(text):
                    yield "a floating-point operation"
                elif opcode in _OTHER_OPERATIONS:
                    yield _OTHER_OPERATIONS[opcode]
                elif opcode in _WIDE_DIVISION and "i128" in text:
                    yield "a 128-bit division"
                elif opcode in ("call", "invoke", "callbr"):
                    callee = list(instruction.operands)[-1].name
                    if re.search(r"\basm\b", text):
                        if _DIVISION not in whole:
                            yield "inline assembly"
                    elif callee not in declared:
                        if not pointer_calls:
                            yield "a call through a pointer"
                    elif "NRT_" in callee:
                        yield "an allocation"
                    elif callee not in defined and not _INTEGER_INTRINSIC.match(callee):
                        yield f"a call of {callee}"
    if not seen:
        yield "nothing to look at"


def _is_wrapper(name: str) -> bool:
    """numba's entry from Python, which runs before and after the code, not in it."""
    return "7cpython" in name or name.startswith("cfunc.")


def _without_names(text: str) -> str:
    """Without quoted texts and the names of values and functions: a variable may well be called `double`."""
    return re.sub(r"[%@!][\w.$-]+", "%", re.sub(r'"[^"]*"', '""', text))
