"""`rollstep soak`: the targets in processes of their own, so that one that dies is a finding; the table; the file of a finding.

Exit codes: 0 nothing was found, 2 usage, 3 the file of --replay is none, 70 something was found: a bug in rollstep.
"""

from __future__ import annotations

import argparse
import json
import re
import selectors
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from rollstep import UsageError
from rollstep.version import VERSION

from .. import show
from ..cli import INTERNAL, write_json
from .target import Journal

#: What part of the datagrams goes where: a datagram of a match costs three times as much as the others.
SHARES = {"parsers": 45, "cores": 40, "matches": 15}
DEFAULT = 10_000_000
#: What the counts of a target mean, a line each, below the table.
MEANINGS = {
    "parsers": {"read": "taken for what it was sent as", "refused": "not taken for it"},
    "cores": {"accepted": "inputs that fit; of the others, the reason to refuse them"},
    "matches": {"overheard": "a peer's datagram, made wrong and sent by others",
                "tagged": "the same, with the tag of one who knows the secret",
                "sealed": "a peer's own words, made wrong before they are sealed",
                "kept back": "made but not sent: it would be believed and end the match",
                "dropped": "what the honest sessions refused, and why"}}
NO_FILE = 3
_UNITS = {"": 1, "k": 1000, "K": 1000, "M": 1_000_000}


@dataclass
class Run:
    """One worker and what it has said so far."""

    target: str
    process: subprocess.Popen[bytes]
    journal: Path
    errors: IO[bytes]
    goal: int = 0
    done: int = 0
    result: dict[str, Any] = field(default_factory=dict)
    rest: bytes = b""

    def take(self, data: bytes) -> None:
        """What came from its stdout."""
        *lines, self.rest = (self.rest + data).split(b"\n")
        for line in lines:
            said = json.loads(line)
            self.done = said.get("done", self.done)
            if "counts" in said or "message" in said:
                self.result = said

    def finding(self, seed: int) -> dict[str, Any] | None:
        """What it found, as it is written to a file; after its end."""
        if "counts" in self.result:
            return None
        if "message" in self.result:
            message, case = self.result["message"], self.result["case"]
        else:
            chunk, datagram = Journal.read(self.journal)
            self.errors.seek(0)
            words = self.errors.read().decode(errors="replace").strip().splitlines()
            last = words[-1] if words else "without a word"
            message = f"the process ended with {self.process.returncode} at datagram {datagram} of chunk {chunk}: {last}"
            case = {"chunk": chunk}
        return {"rollstep": VERSION, "target": self.target, "seed": seed, "message": message, "case": case}


def run(given: argparse.Namespace) -> int:
    """The whole command; the exit code."""
    if given.replay is not None:
        return _again(given)
    amount = amount_of(given.datagrams) if given.datagrams is not None else DEFAULT if given.minutes is None else 1 << 62
    if given.minutes is not None and not 0 < given.minutes <= 10_000:
        raise UsageError(f"--minutes {given.minutes}: give a number above 0, at most 10000")
    names = [name for name in SHARES if given.only is None or name in given.only]
    whole = sum(SHARES[name] for name in names)
    seconds = 0.0 if given.minutes is None else given.minutes * 60
    with tempfile.TemporaryDirectory() as folder:
        runs = [_start(Path(folder), name, {"seed": given.seed, "datagrams": max(1, amount * SHARES[name] // whole),
                                            "seconds": seconds}) for name in names]
        _watch(runs)
        findings = [found for one in runs if (found := one.finding(given.seed)) is not None]
    _report(given, runs, findings)
    if not findings:
        return 0
    path = Path(given.found)
    path.write_text(json.dumps(findings[0], indent=2) + "\n")
    for found in findings:
        print(f"rollstep: {found['target']}: {found['message']}", file=sys.stderr)
    print(f"rollstep: seed {given.seed}; `rollstep soak --replay {path}` runs the first of them again", file=sys.stderr)
    return INTERNAL


def amount_of(text: str) -> int:
    """A number such as 2500, 300k or 10M. Raises UsageError."""
    match = re.fullmatch(r"(-?[0-9]{1,12})([kKM]?)", text)
    if match is None:
        raise UsageError(f"--datagrams {text}: give a number such as 2500, 300k or 10M")
    if int(match[1]) <= 0:
        raise UsageError(f"--datagrams {text}: that is none; give 1 or more, such as 2500, 300k or 10M")
    return int(match[1]) * _UNITS[match[2]]


def _start(folder: Path, target: str, config: dict[str, Any]) -> Run:
    journal, errors = folder / target, tempfile.TemporaryFile()
    Journal.make(journal)
    process = subprocess.Popen(
        [sys.executable, "-m", "rollstep_tools.soak.worker", json.dumps({"target": target, "journal": str(journal), **config})],
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=errors)
    return Run(target, process, journal, errors, goal=config.get("datagrams", 0))


def _watch(runs: list[Run]) -> None:
    """Until all have ended."""
    with selectors.DefaultSelector() as selector, show.progress(show.notes()) as bars:
        tasks = {}
        for one in runs:
            assert one.process.stdout is not None
            selector.register(one.process.stdout, selectors.EVENT_READ, one)
            tasks[one.target] = bars.add_task(one.target, total=one.goal if one.goal < 1 << 50 else None)
        try:
            while selector.get_map():
                for key, _ in selector.select():
                    data = key.data.process.stdout.read1(65536)
                    if data:
                        key.data.take(data)
                        bars.update(tasks[key.data.target], completed=key.data.done)
                    else:
                        selector.unregister(key.fileobj)
        finally:
            for one in runs:
                if selector.get_map():
                    one.process.kill()
                one.process.wait()


def _report(given: argparse.Namespace, runs: list[Run], findings: list[dict[str, Any]]) -> None:
    targets = {one.target: {"datagrams": one.done, "seconds": round(one.result.get("seconds", 0), 2),
                            "grown_kib": one.result.get("grown_kib", 0), "counts": one.result.get("counts", {})}
               for one in runs}
    rows = [("datagrams", [f"{one.done:,}" for one in runs]),
            ("a second", [f"{int(one.done / one.result['seconds']):,}" if one.result.get("seconds") else "" for one in runs]),
            ("grown, KiB", [one.result.get("grown_kib", "") for one in runs])]
    for one in runs:
        for what, n in sorted(one.result.get("counts", {}).items()):
            rows.append((f"{one.target}: {what}", [f"{n:,}" if other is one else "" for other in runs]))
    rows.append(("found", ["nothing" if "counts" in one.result else "SOMETHING" for one in runs]))
    console = show.words(given.json)
    for table in show.tables(console, [one.target for one in runs], rows):
        console.print(table)
    for one in runs:
        for what, words in MEANINGS[one.target].items():
            console.print(f"  {one.target + ': ' + what:<20}{words}", markup=False, soft_wrap=True)
    if given.json:
        write_json({"seed": given.seed, "datagrams": sum(one.done for one in runs), "targets": targets, "found": findings,
                    "exit_code": INTERNAL if findings else 0})


def _again(given: argparse.Namespace) -> int:
    try:
        found = json.loads(Path(given.replay).read_text())
        target, seed, case = found["target"], found["seed"], found["case"]
        known = target in SHARES and type(seed) is int and type(case) is dict
    except (OSError, ValueError, KeyError, TypeError) as error:
        known, target = False, error
    if not known:
        print(f"rollstep: {given.replay} is no file of a finding of soak ({target})", file=sys.stderr)
        return NO_FILE
    with tempfile.TemporaryDirectory() as folder:
        one = _start(Path(folder), target, {"seed": seed, "case": case})
        _watch([one])
        still = one.finding(seed)
    words = show.words(given.json)
    words.print(f"{target}: nothing any more" if still is None else f"{target}, still: {still['message']}", markup=False)
    if given.json:
        write_json({"seed": seed, "found": [still] if still else [], "exit_code": INTERNAL if still else 0})
    return 0 if still is None else INTERNAL
