"""What two players hear of a real match with rollbacks is what happened in it, each once."""

import random
from collections import Counter

import pytest

import rollstep as rs
from demo_game import game
from demo_game.sound.cues import Cue, Cues
from demo_game.world import DOWN, FAST, HEAVY, LEFT, RIGHT, SHOT, THROW, UP, Effect, Level, Pad
from rollstep.testing import Impairment, Network


class Masher:
    """Keeps near the other and never holds anything for long, so that guesses are wrong; blocks now and then."""

    def __init__(self, player: int) -> None:
        self._random = random.Random(player)
        self._toward, self._away = (RIGHT, LEFT) if player == 0 else (LEFT, RIGHT)
        self._inputs: list[bytes] = []

    def input(self, frame: int) -> bytes:
        while len(self._inputs) <= frame:
            buttons = self._random.choice((self._toward, self._toward, self._away, self._away | DOWN, UP | self._toward, 0))
            buttons |= self._random.choice((FAST, HEAVY, SHOT, THROW, 0))
            self._inputs += [bytes(Pad(buttons=buttons, bot=Level.HUMAN))] * self._random.randint(1, 6)
        return self._inputs[frame]


class Listener:
    """After each turn of a session: what is heard so far, and what of the match is known for sure."""

    def __init__(self) -> None:
        self.cues = Cues()
        self.heard: list[Cue] = []
        self.cancelled = 0
        self.true: set[tuple[int, int, int]] = set()
        self.open: list[tuple[int, int, int]] = []      # shown, not confirmed

    def __call__(self, peer: rs.P2P) -> None:
        changes = self.cues.update(peer.state.happenings, peer.frame, peer.confirmed)
        for cue in changes.cancel:
            del self.heard[next(i for i, heard in enumerate(self.heard) if heard is cue)]
        self.cancelled += len(changes.cancel)
        self.heard += changes.start
        shown = [(int(h.kind), int(h.player), int(h.frame)) for h in peer.state.happenings if h.kind != Effect.NONE]
        self.true |= {entry for entry in shown if entry[2] <= peer.confirmed}
        self.open = [entry for entry in shown if entry[2] > peer.confirmed]


@pytest.mark.parametrize("spec", ["rtt=80ms,jitter=20ms,loss=5%", "rtt=200ms,jitter=40ms,loss=10%"])
def test_both_hear_the_match_that_was(spec: str) -> None:
    net = Network(seed=4, impairment=Impairment.parse(spec))
    peers = net.join(game, players=2)
    listeners = [Listener(), Listener()]
    assert net.run(peers, until=lambda: all(peer.confirmed > 600 for peer in peers),
                   bots=[Masher(0), Masher(1)],
                   each=lambda peer: listeners[peer.player](peer))
    for peer, listener in zip(peers, listeners, strict=True):
        assert peer.stats.rollbacks > 50 and listener.cancelled > 0, "no guess was wrong: this proves nothing"
        heard = Counter((int(cue.kind), cue.player) for cue in listener.heard)
        assert heard == Counter(entry[:2] for entry in [*listener.true, *listener.open])
    assert len(listeners[0].true) > 50
    both = min(peer.confirmed for peer in peers)
    one, other = ({entry for entry in listener.true if entry[2] <= both} for listener in listeners)
    assert one == other
