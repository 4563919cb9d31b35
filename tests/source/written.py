"""Modules written for one test: real files, since a step is read from its file, imported under names of their own."""

import importlib
import importlib.util
import itertools
import sys
import textwrap
from pathlib import Path
from types import ModuleType

_count = itertools.count()


def imported(folder: Path, text: str, *, newline: str = "\n") -> ModuleType:
    """The module with this text, in a new file of `folder`."""
    name = f"written_for_a_test_{next(_count)}"
    path = folder / f"{name}.py"
    path.write_bytes(textwrap.dedent(text).replace("\n", newline).encode())
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


def package(folder: Path, **texts: str) -> dict[str, ModuleType]:
    """Modules that import each other: `{X}` in a text stands for the full name of the module X. In the order given."""
    name = f"written_package_{next(_count)}"
    root = folder / name
    root.mkdir()
    (root / "__init__.py").touch()
    names = {short: f"{name}.{short}" for short in texts}
    for short, text in texts.items():
        text = textwrap.dedent(text)
        for other, full in names.items():
            text = text.replace(f"{{{other}}}", full)
        (root / f"{short}.py").write_text(text)
    sys.path.insert(0, str(folder))
    try:
        importlib.invalidate_caches()
        return {short: importlib.import_module(full) for short, full in names.items()}
    finally:
        sys.path.remove(str(folder))
