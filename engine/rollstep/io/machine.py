"""What this process runs on, for reports."""

from __future__ import annotations

import importlib.metadata
import platform
import sys

from ..version import VERSION

#: What compiled code depends on.
PACKAGES = ("numpy", "numba", "llvmlite")


def facts() -> dict[str, str]:
    """The engine, Python, its packages, system and processor, by name. Nothing that tells who or where."""
    found = {"rollstep": VERSION, "python": f"{platform.python_implementation()} {platform.python_version()}"}
    for name in PACKAGES:
        try:
            found[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            found[name] = "not installed"
    return {**found, "system": f"{platform.system()} {platform.release()}", "machine": platform.machine(),
            "byte_order": sys.byteorder}
