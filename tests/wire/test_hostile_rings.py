"""A peer that runs as far ahead as it is believed and acknowledges nothing: no row that is still needed is overwritten."""

import random

import pytest

from rollstep.rollback import ADVANCED, Core
from rollstep.wire.input_packet import AHEAD, MAX_DELAY, MOST_FRAMES, RING, UNACKED
from tests.games import box
from tests.wire.packets import encode

WINDOW = 60


class Player:
    """Its inputs by frame, and what it sends one core of them."""

    def __init__(self, number, *, seed):
        self.number, self.sequence = number, 0
        self._draw = random.Random(seed)
        self.inputs = [b"\0"] * MAX_DELAY
        self.sent = MAX_DELAY

    def tell(self, core, up_to, ack):
        """Its frames below this one, as many as go into one datagram."""
        while len(self.inputs) < up_to:
            self.inputs.append(bytes((self._draw.randrange(16),)))
        news = self.inputs[self.sent:min(up_to, self.sent + MOST_FRAMES)]
        self.sequence += 1
        assert core.receive(self.number, encode(news, start=self.sent, before=self.inputs[self.sent - 1], ack=ack,
                                                sequence=self.sequence, ahead=0))
        self.sent += len(news)


def own_frames(core, peer, played):
    """What the datagram for a peer says of our frames, read by another core of that peer."""
    reader = Core(box.game, player=peer, players=3, delays=[MAX_DELAY] * 3, window=0, seed=1)
    reader.numbers[reader._at["frame"]] = core.frame             # it hears of frames that are near its own
    start = core.acked_by(peer)
    reader.numbers[reader._at["got"]] = start
    reader.numbers[reader._at["got"] + peer] = reader.numbers[reader._at["told"]] = core.got(peer)
    at = reader._number("inputs_at") + (start - 1) % RING * box.game.row_size
    reader._bytes[at:at + 1] = played[start - 1]
    reader.numbers[reader._at["raised"]] = 0                     # it takes in, and plays nothing
    assert reader.receive(0, dict(core.outgoing())[peer])
    reader.exchange(0)
    assert not any(reader.stats.refused.values())
    return start, [reader.row(f)[:1] for f in range(start, reader.got(0))]


@pytest.mark.parametrize("way", ["compiled", "interpreted"])
def test_who_runs_ahead_and_acknowledges_nothing_overwrites_no_row_that_is_still_needed(way):
    core = Core(box.game, player=0, players=3, delays=[MAX_DELAY] * 3, window=WINDOW, seed=1, way=way)
    honest, hostile = Player(1, seed=1), Player(2, seed=2)
    played, draw, now, frames = [b"\0"] * MAX_DELAY, random.Random(3), 0, 600 if way == "compiled" else 150

    def turn(want, ack):
        nonlocal now
        now += 16_667
        hostile.tell(core, core.frame + AHEAD, ack)
        data = bytes((draw.randrange(16),))
        core.set_input(data)
        flags = core.advance(now) if want else core.exchange(now)
        if flags & ADVANCED:
            played.append(data)
        assert not any(core.stats.refused.values())
        return flags

    while core.frame < frames:
        heard = core.frame                                       # of the honest one all, and then nothing for long
        honest.tell(core, heard + MAX_DELAY, heard + MAX_DELAY)
        acked = core.acked_by(2) if core.frame else MAX_DELAY
        while turn(True, acked) & ADVANCED:
            pass
        assert core.frame - (heard + MAX_DELAY) == WINDOW or core.got(0) - core.acked == UNACKED
        assert core.got(2) - core.frame in range(AHEAD - 1, AHEAD + 1)
        start, told = own_frames(core, 2, played)
        assert told == played[start:start + len(told)] and len(told) > WINDOW, "what is sent again is what was played"
        turn(False, core.got(0))                                 # at last it acknowledges
        honest.tell(core, core.frame, core.got(0))               # and the honest one's inputs send us back all the way
        turn(False, core.got(0))
        assert core.confirmed == core.simulated == core.frame
    assert core.stats.deepest_rollback > WINDOW - MAX_DELAY and core.stats.rollbacks >= frames // (2 * WINDOW) - 1
    count = core.confirmed
    rows = [b"".join(inputs[f] for inputs in (played, honest.inputs, hostile.inputs)) for f in range(count)]
    runner = box.game.runner("compiled", players=3, seed=1)
    state = runner.start()
    sums = runner.run(state, b"".join(row.ljust(box.game.row_size, b"\0") for row in rows), 0, count)
    assert [core.checksum(f) for f in range(count - 100, count + 1)] == sums[count - 101:]
    assert [core.row(f)[:3] for f in range(count - 92, count)] == rows[-92:], "a recording may lag as far as this"
