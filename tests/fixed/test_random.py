"""Random: the published vectors, every value equally likely, and nothing that one draw could shift in another."""

import collections
import itertools
import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

import rollstep as rs
from rollstep import Random, fx, i32, i64, u8
from rollstep.fixed import philox
from rollstep.fixed.number import INT_MAX, INT_MIN
from rollstep.fixed.operators import PLAIN

words = st.integers(INT_MIN, INT_MAX)
BLOCK = philox.program().build(PLAIN)[philox.block]

#: philox4x32 with 10 rounds, from the kat_vectors file of Random123: counter, key, result.
KNOWN = [
    ("00000000 00000000 00000000 00000000", "00000000 00000000", "6627e8d5 e169c58d bc57ac4c 9b00dbd8"),
    ("ffffffff ffffffff ffffffff ffffffff", "ffffffff ffffffff", "408f276d 41c83b0e a20bc7c6 6d5451fd"),
    ("243f6a88 85a308d3 13198a2e 03707344", "a4093822 299f31d0", "d16cfe09 94fdcceb 5001e420 24126ea1"),
]


@pytest.mark.parametrize(("counter", "key", "result"), KNOWN)
def test_the_published_answers_come_out(counter, key, result):
    def parts(text):
        return [int(part, 16) for part in text.split()]
    assert list(BLOCK(*parts(counter), *parts(key))) == parts(result)


@given(words, words, words, words, words, words)
def test_a_draw_is_in_its_range_and_the_same_again(seed, frame, stream, index, one, two):
    low, high = sorted((one, two))
    dice = Random(seed, frame, stream)
    assert low <= dice.integer(index, low, high) <= high and dice.integer(index, low, low) == low
    assert dice.integer(index, low, high) == Random(seed, frame, stream).integer(index, low, high)
    assert dice.integer(index, INT_MIN, INT_MAX) == dice.bits(index)
    if low < high:
        a, b = rs.Fixed.from_raw(low), rs.Fixed.from_raw(high)
        assert a <= dice.fixed(index, a, b) < b
    assert dice.chance(index, fx(1)) is True and dice.chance(index, fx(0)) is False


def chi_square(counts, expected):
    return sum((count - expected) ** 2 / expected for count in counts)


def test_every_face_of_a_die_comes_up_equally_often():
    counts = collections.Counter(Random(7, frame, 1).integer(index, 1, 6) for frame in range(600) for index in range(10))
    assert sorted(counts) == [1, 2, 3, 4, 5, 6] and chi_square(counts.values(), 1000) < 20.5     # 0.1% of fair dice are above


def test_a_range_of_three_quarters_of_all_words_has_no_bias():
    """A modulo would make the first third twice as likely."""
    span = 3 << 62
    thirds = collections.Counter((Random(3, frame, 2).integer(0, INT_MIN, INT_MIN + span - 1) - INT_MIN) * 3 // span
                                 for frame in range(3000))
    assert chi_square([thirds[i] for i in range(3)], 1000) < 13.8


def test_streams_frames_and_indices_are_independent():
    draws = [Random(seed, frame, stream).bits(index)
             for seed in (0, 1) for frame in (0, 1, 2) for stream in (0, 1, 2) for index in (0, 1, 2)]
    assert len(set(draws)) == len(draws)
    share = sum(bin(a ^ b).count("1") for a, b in itertools.pairwise(draws)) / (64 * (len(draws) - 1))
    assert 0.45 < share < 0.55


@rs.struct
class Deck:
    cards: rs.Array[u8] = rs.array(12)
    drawn: i32
    hits: i64


@rs.struct
class Pad:
    buttons: u8


SHUFFLE, DRAW, HIT = 1, 2, 3
VALUES = (2, 3, 5, 7)


def deal(deck, tick):
    for i in range(12):
        deck.cards[i] = i
    rs.dice(tick, SHUFFLE).shuffle(deck.cards)


def step(deck, inputs, tick):
    rs.dice(tick, SHUFFLE).shuffle(deck.cards)
    draw = rs.dice(tick, DRAW)
    deck.drawn += draw.choice(0, deck.cards) + draw.choice(1, VALUES) + draw.integer(2, -3, 3)
    if rs.dice(tick, HIT).chance(0, fx("1/4")):
        deck.hits += 1


game = rs.Game("deck", state=Deck, input=Pad, players=1, init=deal, step=step)


def test_a_game_draws_alike_in_all_ways_and_every_deck_is_whole():
    states = []
    for way in ("compiled", "checked", "interpreted"):
        runner = game.runner(way, players=1, seed=99)
        state = runner.start()
        runner.run(state, bytes(400), 0, 400)
        states.append(bytes(state))
    assert len(set(states)) == 1
    deck = Deck.view(states[0])
    assert sorted(deck.cards) == list(range(12)) and list(deck.cards) != list(range(12)) and 70 < deck.hits < 130


def test_every_order_of_three_is_equally_likely():
    orders = collections.Counter()
    for frame in range(1200):
        deck = Deck()
        for i in range(12):
            deck.cards[i] = i
        Random(5, frame, 0).shuffle(deck.cards)
        orders[sum((deck.cards[i] > deck.cards[j]) << n for n, (i, j) in enumerate(((0, 1), (1, 2), (0, 2))))] += 1
    assert len(orders) == 6 and chi_square(orders.values(), 200) < 20.5


@pytest.mark.parametrize(("call", "error", "text"), [
    (lambda d: d.integer(0, 2, 1), ValueError, "low is above high"),
    (lambda d: d.fixed(0, 1, 1), ValueError, "low is not below"),
    (lambda d: d.integer(0, 1.0, 2), TypeError, "low takes an int, not float"), (lambda d: d.bits(True), TypeError, "index"),
    (lambda d: d.chance(0, 0.5), TypeError, "p takes a Fixed"),
    (lambda d: Random(1, 2, "loot"), TypeError, "stream takes an int"),
    (lambda d: setattr(d, "seed", 3), AttributeError, "another index"),
])
def test_a_wrong_draw_says_what_is_wrong(call, error, text):
    with pytest.raises(error, match=text):
        call(Random(1, 2, 3))


def test_it_pickles():
    dice = pickle.loads(pickle.dumps(Random(1, -2, 3)))
    assert (dice.seed, dice.frame, dice.stream) == (1, -2, 3)
