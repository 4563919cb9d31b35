"""The state machines of ARCHITECTURE.md, as tables and diagrams, from the tables that the engine runs by.

    python -m tests.diagrams        # writes them into ARCHITECTURE.md, between its two marks
"""

from __future__ import annotations

from pathlib import Path

from rollstep.net.channel import ANSWERING, CALLING, Table
from rollstep.net.inquest import STEPS

PAGE = Path(__file__).resolve().parents[1] / "ARCHITECTURE.md"
BEGIN, END = "<!-- state machines: python -m tests.diagrams -->\n", "<!-- end of the state machines -->\n"
#: What happens in what a session calls its phase; p2p.py is not written as a table.
PHASES = {
    "connecting": {"all are ready": "playing", "nobody came, or somebody does not fit": "over"},
    "playing": {"inputs are missing": "stalled", "a peer is gone, or the step raised": "over",
                "states differ, a false reveal": "frozen"},
    "stalled": {"inputs are in": "playing", "a peer is gone, or the step raised": "over",
                "states differ, a false reveal": "frozen"},
    "over": {"close()": "closed"}, "frozen": {"close()": "closed"},
}


def _table(title: str, rows: list[tuple[str, ...]], head: tuple[str, ...]) -> str:
    lines = [f"{title}:\n", f"| {' | '.join(head)} |", f"|{' --- |' * len(head)}"]
    return "\n".join([*lines, *(f"| {' | '.join(row)} |" for row in rows)]) + "\n"


def _diagram(arrows: list[tuple[str, str, str]]) -> str:
    """A Mermaid state diagram: what leads from one state to another, words for one arrow side by side."""
    joined: dict[tuple[str, str], list[str]] = {}
    for source, target, word in arrows:
        joined.setdefault((source, target), []).append(word)
    lines = [f"    {source} --> {target}" + (f": {', '.join(words)}" if any(words) else "")
             for (source, target), words in joined.items()]
    return "\n".join(["```mermaid", "stateDiagram-v2", f"    [*] --> {arrows[0][0]}", *lines, "```"]) + "\n"


def _channel(title: str, table: Table) -> list[str]:
    rows = [(state, event, after, action) for (state, event), (after, action) in table.items()]
    return [_table(title, rows, ("state", "event", "then", "action")),
            _diagram([(state, after, event) for state, event, after, _ in rows])]


def text() -> str:
    """What belongs between the marks."""
    phases = [(phase, after, event) for phase, rows in PHASES.items() for event, after in rows.items()]
    steps = [(phase, after) for phase, following in STEPS.items() for after in following]
    return "\n".join([
        *_channel("The handshake of the peer with the higher slot, which calls (`net/channel.py`, CALLING)", CALLING),
        *_channel("And of the other, which answers (ANSWERING)", ANSWERING),
        _table("An inquest (`net/inquest.py`, STEPS)", steps, ("phase", "then")),
        _diagram([(phase, after, "") for phase, after in steps]),
        _table("A session (`session/p2p.py`, phase)", [(p, event, after) for p, after, event in phases],
               ("phase", "event", "then")),
        _diagram(phases),
    ])


def current() -> str:
    """What stands there."""
    return PAGE.read_text().partition(BEGIN)[2].partition(END)[0]


def main() -> None:
    """Write it."""
    before, _, rest = PAGE.read_text().partition(BEGIN)
    PAGE.write_text(before + BEGIN + text() + END + rest.partition(END)[2])


if __name__ == "__main__":
    main()
