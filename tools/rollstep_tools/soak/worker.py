"""One process that attacks one target: `python -m rollstep_tools.soak.worker CONFIG`; it tells on stdout how far it is.

CONFIG is a JSON object: target, seed, datagrams, seconds (0: no limit), journal; or target, seed, journal and a case to run
again. Each line of stdout is one as well: {"done": datagrams}, at last {"counts", "done", "seconds"} or {"message", "case"}.
"""

from __future__ import annotations

import json
import resource
import sys
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

from .cores import Cores
from .matches import Matches
from .parsers import Parsers
from .target import Found, Journal, Target

TARGETS: dict[str, Callable[[int], Target]] = {"parsers": Parsers, "cores": Cores, "matches": Matches}
#: Seconds between two lines, and how long memory may still grow: then everything has been there once.
TELL_S, WARM_SHARE = 0.5, 0.2
#: KiB that a process may grow by after that.
GROWTH_KIB = 48 * 1024
#: What is counted beside the datagrams that were sent.
_BESIDE = ("kept back", "dropped, ")


def sent(counts: Counter[str]) -> int:
    """Datagrams that were heard."""
    return sum(n for what, n in counts.items() if not what.startswith(_BESIDE))


def attack(target: Target, config: dict[str, Any], journal: Journal) -> dict[str, Any]:
    """Chunk after chunk, until there were enough datagrams or it is time. Raises Found."""
    counts: Counter[str] = Counter()
    began, told, chunk, done, warm = time.monotonic(), 0.0, 0, 0, 0
    while done < config["datagrams"]:
        counts.update(target.chunk(chunk, journal))
        chunk, done, passed = chunk + 1, sent(counts), time.monotonic() - began
        if warm == 0 and (done >= WARM_SHARE * config["datagrams"] or passed >= WARM_SHARE * config["seconds"] > 0):
            warm = _rss_kib()
        if passed - told > TELL_S:
            told = passed
            _say({"done": done})
        if 0 < config["seconds"] <= passed:
            break
    grown = _rss_kib() - warm
    if warm and grown > GROWTH_KIB:
        raise Found(f"the process grew by {grown} KiB in {chunk} chunks", {"chunk": chunk - 1})
    return {"counts": dict(counts), "done": done, "seconds": time.monotonic() - began, "grown_kib": grown if warm else 0}


def main(text: str) -> None:
    """See the module's text."""
    config = json.loads(text)
    try:
        target = TARGETS[config["target"]](config["seed"])
        journal, case = Journal(Path(config["journal"])), config.get("case")
        if case is None:
            _say(attack(target, config, journal))
        elif "chunk" in case:
            _say({"counts": dict(target.chunk(case["chunk"], journal))})
        else:
            target.replay(case)
            _say({"counts": {}})
    except Found as found:
        _say({"message": str(found), "case": found.case})


def _rss_kib() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def _say(what: dict[str, Any]) -> None:
    print(json.dumps(what), flush=True)


if __name__ == "__main__":
    main(sys.argv[1])
