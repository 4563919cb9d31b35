"""What two players hear of a real match with rollbacks is what happened in it, each once."""

import random
from collections import Counter

import pytest

import rollstep as rs
from demo_game import game
from demo_game.sound.cues import WHEN_SURE, heard
from demo_game.world import DOWN, FAST, HEAVY, LEFT, RIGHT, SHOT, THROW, UP, Level, Pad
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
    """After each turn of a session: what is heard and what the match has told so far."""

    def __init__(self) -> None:
        self.sounds: dict[int, rs.EffectEvent] = {}
        self.cancelled = 0
        self.true: list[rs.EffectEvent] = []
        self.late: set[int] = set()

    def __call__(self, peer: rs.P2P) -> None:
        events = peer.effects()
        changes = heard(events, peer.frame)
        for effect in changes.cancel:
            self.cancelled += self.sounds.pop(effect.number, None) is not None
        for effect in changes.start:
            assert effect.number not in self.sounds, "heard twice"
            self.sounds[effect.number] = effect
        self.true += [effect for effect in events if effect.what == "confirmed"]
        self.late |= {effect.number for effect in events if effect.what == "started" and effect not in changes.start
                      and effect.kind not in WHEN_SURE}


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
        assert peer.lost_effects == 0 and peer.state.effects.dropped == 0
        assert {effect.number for effect in listener.true} <= listener.sounds.keys() | listener.late
        assert len(listener.late) <= 2, "a window of 8 frames leaves hardly anything too late"
        # what is heard and not confirmed is what the newest state shows
        sure = {effect.number for effect in listener.true}
        guessed = Counter((effect.kind, effect.id) for number, effect in listener.sounds.items() if number not in sure)
        assert guessed == Counter((effect.kind, effect.id) for effect in peer.state.effects
                                  if effect.frame >= peer.confirmed and effect.kind not in WHEN_SURE)
    assert len(listeners[0].true) > 50
    both = min(peer.confirmed for peer in peers)
    one, other = ([(e.frame, e.kind, e.id, bytes(e.data)) for e in listener.true if e.frame < both] for listener in listeners)
    assert one == other
