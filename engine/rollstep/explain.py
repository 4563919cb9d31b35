"""numba's errors as their reader knows the program: the line of the game's source, kinds by name, what to write instead.

Text in, text out; nothing here needs numba. `explained` is the one name that matters.
"""

from __future__ import annotations

import ast
import linecache
import re
import traceback
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from .errors import Finding, StepError
from .rules import RULES, nearest

ENGINE = str(Path(__file__).parent)

#: The engine's own reasons, by what they say.
OWN: tuple[tuple[str, str], ...] = (
    (r"has no field '", "field"), (r"has no '", "method"), (r"is read-only", "read-only"), (r"^int / int", "int-division"),
    (r"integer ind(ex|ices)", "index"), (r"BoundFunction", "method"), (r"^range\(\) takes", "loop"))


def explained(error: BaseException, name: str) -> StepError:
    """What a failed compilation of `name` means to the author. An error that the engine raised itself stays what it is."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, StepError):
            return cause
        cause = cause.__cause__ or cause.__context__
    text = re.sub(r"\x1b\[[0-9;]*m", "", str(error))
    file, line = _place(error, text) or (name, 0)
    own = next((reason for reason, where in _raised(text) if where.startswith(ENGINE)), None)
    reason = next((line for line in text.splitlines() if line.strip() and not line.startswith("Failed in")), text)
    rule = next((rule for pattern, rule in OWN if re.search(pattern, own or reason)), None)
    if own is not None or rule is not None:
        own = _readable(own or reason)
        return StepError(Finding(file, line, rule or "kind", own + _nearest_name(own)))
    if unify := re.match(r"Cannot unify (.+) and (.+) for '([\w$]+)", reason):
        line = _first_value(file, line, unify[3]) or line
    rule, message = _told(reason, text)
    return StepError(Finding(file, line, rule, message))


def _place(error: BaseException, text: str) -> tuple[str, int] | None:
    """The innermost place outside the engine."""
    for file, line in re.findall(r"(?:typing of .+ at|defined at) (.+) \((\d+)\)$", text, re.MULTILINE):
        if not file.startswith(ENGINE):
            return file, int(line)
    loc: Any = getattr(error, "loc", None)
    if loc is None:         # an error inside numba: what it was at is in its own frames
        for frame, _ in traceback.walk_tb(error.__traceback__):
            compiler = frame.f_locals.get("self")
            for at in (getattr(getattr(compiler, "func_ir", None), "loc", None), getattr(compiler, "loc", None)):
                if at is not None and hasattr(at, "filename") and not at.filename.startswith(ENGINE):
                    loc = at
    return None if loc is None else (loc.filename, loc.line)


def _raised(text: str) -> Iterator[tuple[str, str]]:
    """(reason, file) of each TypingError that numba passes on."""
    yield from re.findall(r"TypingError: (.+)\n\s*raised from (.+):\d+$", text, re.MULTILINE)


def _told(reason: str, text: str) -> tuple[str, str]:
    """(rule, message) of one of numba's own reasons."""
    if found := re.match(r"Cannot unify (.+) and (.+) for '([\w$]+)", reason):
        one, other, variable = _readable(found[1]), _readable(found[2]), found[3]
        name = "a value" if "$" in variable or variable.startswith("rs_") else variable
        if {one, other} != {"int", "Fixed"}:
            remedy = "convert one of them"
        else:
            remedy = "make both Fixed, fx(n), or both ints, int(x)" if name == "a value" else f"start {name} with fx(0)"
        return "mixed-kinds", f"{name} is {one} on one way to this line and {other} on another: {remedy}"
    if found := re.match(r"Can't unify return type from the following types: (.+)$", reason):
        kinds = " on one way and ".join(_readable(found[1]).split(", "))
        return "returns", f"it returns {kinds} on another: {RULES['returns']}"
    if found := re.match(r"Invalid use of getiter with parameters \((.+)\)$", reason):
        return "loop", f"a for loop does not run over {_readable(found[1])}: {RULES['loop']}"
    if found := re.match(r"failed to unpack (.+)$", reason):
        kind = _readable(found[1])
        return "unpacking", f"{_a(kind)} cannot be unpacked" + (f": {RULES['unpacking']}" if kind == "Vec2" else "")
    if found := re.match(r".*wrong tuple length.*expected (\d+), got (\d+)", reason):
        return "unpacking", f"{found[1]} names stand for a tuple of {found[2]} values"
    if found := re.match(r"Unknown attribute '(\w+)' of type (.+)$", reason):
        kind = _readable(found[2])
        remedy = f"index it first, a[i].{found[1]}; len(a), a[i] and a for loop read it" if _is_array(kind) else RULES["method"]
        return "method", f"{_a(kind)} has no {found[1]!r} in a step: {remedy}"
    if found := re.match(r"Invalid use of (.+) with parameters \((.*)\)$", reason):
        kind = _readable(found[1])
        remedy = "an element is written a[i]" if _is_array(kind) else "a field is read without parentheses"
        return "call", f"{_a(kind)} cannot be called: {remedy}"
    if reason.startswith("No implementation of function"):
        found = re.search(r">>> ([\w.]+)\((.*)\)$", text, re.MULTILINE)
        if found is not None:
            return _not_for(found[1], _readable(found[2]))
    if "load_from_data_pointer" in reason:
        return "generator", "an iterator cannot be returned: call zip() or enumerate() where the loop is"
    if reason == "tuple index out of range":
        return "index", "the tuple has no such element: its first has the number 0"
    return "uncompilable", f"{_readable(reason)}: {RULES['uncompilable']}"


def _not_for(function: str, kinds: str) -> tuple[str, str]:
    """(rule, message) when a function has no meaning for these kinds."""
    first = re.split(r", (?![^(\[]*[)\]])", kinds)[0]
    if function == "bool":
        remedy = {"Vec2": "compare it, v != Vec2(0, 0)"}.get(first, "compare its length, len(a) > 0" if _is_array(first)
                                                            else "compare what it holds")
        return "truth", f"{_a(first)} is neither true nor false: {remedy}"
    if function in ("getitem", "setitem"):
        if first.startswith("("):
            return "index", f"a tuple of several kinds {first} is indexed by constants alone: give its values one kind"
        remedy = "write v.x and v.y" if first == "Vec2" else "name a field, or index an array"
        return "index", f"{_a(first)} has no elements: {remedy}"
    if function in ("len", "enumerate", "zip"):
        wanted = "an array or a tuple" if function == "len" else "arrays, tuples and range(n)"
        return "loop", f"{function}() takes {wanted}, not {kinds}"
    return "kind", f"{function}() does not take {f'({kinds})' if kinds else 'nothing'}: {RULES['kind']}"


def _readable(text: str) -> str:
    """Types as their writer knows them."""
    text = re.sub(r"#[0-9a-f]{12}(:ro|:checked)*", "", text).replace("int64", "int")
    text = re.sub(r"Literal\[(int|bool)\]\([\w-]+\)", r"\1", text)
    text = re.sub(r"UniTuple\((.+?) x (\d+)\)", lambda found: f"({', '.join([found[1]] * int(found[2]))})", text)
    text = re.sub(r"\bTuple\(", "(", text)
    text = re.sub(r"OptionalType\((\w+)\)(.*)", r"what is \1 on one way and None on another: " + RULES["returns"], text)
    text = re.sub(r"BoundFunction\(.*?'(\w+)'\) for (\w+)\).*", r"the method itself: write \1()", text)
    return re.sub(r"\bnone\b", "None", re.sub(r"\brange_state_int\b", "range", text))


def _is_array(kind: str) -> bool:
    return kind.endswith("]")


def _a(kind: str) -> str:
    if _is_array(kind):
        return f"the array {kind.partition('[')[0].rpartition('.')[2]}"
    return kind if kind.startswith("(") or kind == "None" else f"an {kind}" if kind[0] in "aeiou" else f"a {kind}"


def _nearest_name(reason: str) -> str:
    found = re.search(r"has no (?:field )?'(\w+)'.*; it has ([\w, ()]+)", reason)
    if found is None:
        return ""
    near = nearest(found[1], re.findall(r"\w+", found[2]))
    return near or ("" if "field" in found[0] else "; methods have parentheses, v.length(), functions a name, rs.sqrt(x)")


def _first_value(file: str, line: int, variable: str) -> int | None:
    """The line that first gives a value to a variable of the function at `line`: where its kind is to be mended."""
    try:
        tree = ast.parse("".join(linecache.getlines(file)))
    except SyntaxError:
        return None
    inside: Any = None
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef) and node.lineno <= line <= (node.end_lineno or 0):
            inside = node       # the innermost comes last
    stores = [node.lineno for node in ast.walk(inside or tree) if isinstance(node, ast.Name) and node.id == variable
              and isinstance(node.ctx, ast.Store)]
    return min(stores, default=None)
