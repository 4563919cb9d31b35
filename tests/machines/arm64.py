"""A Python for aarch64 with numba, run by qemu-user: unpacked into a folder, nothing is installed in the system.

Debian packages (qemu, the C library and Python for arm64) come by apt from the sources that the machine has, the wheels by pip.
"""

from __future__ import annotations

import importlib.metadata
import os
import shutil
import subprocess
import sys
from pathlib import Path

LIBRARIES = ("libc6", "libgcc-s1", "libstdc++6", "python3.11-minimal", "libpython3.11-minimal", "libpython3.11-stdlib",
             "libexpat1", "zlib1g", "libffi8", "libssl3", "libbz2-1.0", "liblzma5", "libuuid1", "libcrypt1")
WHEELS = ("numba", "llvmlite", "numpy")


def missing() -> str | None:
    """Why it cannot be had here, or None."""
    tools = [tool for tool in ("apt-get", "dpkg-deb", "tar") if shutil.which(tool) is None]
    if tools:
        return f"needs {', '.join(tools)} to fetch an aarch64 Python"
    release = Path("/etc/os-release").read_text() if Path("/etc/os-release").exists() else ""
    return None if "VERSION_CODENAME=bookworm" in release else "the aarch64 Python is fetched from Debian 12"


def install(folder: Path) -> Path:
    """The path of an interpreter that runs as `python` does."""
    apt, debs, root = folder / "apt", folder / "debs", folder / "root"
    for needed in (apt / "lists/partial", apt / "cache/archives/partial", debs, root):
        needed.mkdir(parents=True)
    (apt / "status").touch()
    options = [f"-oDir::State={apt}", f"-oDir::State::lists={apt}/lists", f"-oDir::State::status={apt}/status",
               f"-oDir::Cache={apt}/cache", "-oAPT::Architecture=amd64", "-oAPT::Architectures=amd64,arm64",
               "-oAPT::Architectures::=arm64", "-oAPT::Sandbox::User=root", "-oAcquire::Languages=none", "-qq"]
    _run("apt-get", *options, "update")
    _run("apt-get", *options, "download", "qemu-user-static:amd64", *(f"{name}:arm64" for name in LIBRARIES), cwd=debs)
    for deb in debs.glob("*_arm64.deb"):
        _run("dpkg-deb", "-x", str(deb), str(root))
    _run("dpkg-deb", "-x", str(next(debs.glob("qemu-user-static_*.deb"))), str(folder / "qemu"))
    versions = [f"{name}=={importlib.metadata.version(name)}" for name in WHEELS]
    _run(sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps", "--target",
         str(root / "site"), "--only-binary=:all:", "--python-version", "3.11", "--implementation", "cp", "--abi", "cp311",
         *(word for glibc in ("2_28", "2_27", "2_17") for word in ("--platform", f"manylinux_{glibc}_aarch64")), *versions)
    python = folder / "python-arm64"
    python.write_text(f'#!/bin/sh\nexec {folder}/qemu/usr/bin/qemu-aarch64-static -L {root} '
                      f'-E "PYTHONPATH={root}/site:$PYTHONPATH" {root}/usr/bin/python3.11 "$@"\n')
    python.chmod(0o755)
    return python


def _run(*command: str, cwd: Path | None = None) -> None:
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False, env={**os.environ, "LC_ALL": "C"})
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(command[:4])} ...: {done.stderr.strip() or done.stdout.strip()}")
