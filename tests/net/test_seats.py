"""Seats: who is at which address, and who may take whose."""

from rollstep.net.seats import HOLD_NS, Seats


def test_a_seat_that_does_not_move_is_for_its_address_alone():
    seats = Seats({2: "c", 0: "a"}, movable=False)
    assert seats.players == [0, 2] and (seats.address(0), seats.player_at("c"), seats.player_at("x")) == ("a", 2, None)
    assert seats.claim(0, "a", 0) and not seats.claim(0, "x", 10 * HOLD_NS) and not seats.claim(1, "x", 0)
    assert seats.address(0) == "a"


def test_an_open_seat_is_taken_by_the_first_and_held_while_it_is_heard():
    seats = Seats({1: None}, movable=True)
    assert seats.address(1) is None and seats.player_at(None) is None
    assert seats.claim(1, "x", 0) and seats.player_at("x") == 1
    assert not seats.claim(1, "y", HOLD_NS - 1)
    assert seats.claim(1, "x", HOLD_NS - 1) and not seats.claim(1, "y", HOLD_NS + 1), "it was heard again"
    assert seats.claim(1, "y", 2 * HOLD_NS) and (seats.address(1), seats.player_at("x")) == ("y", None)


def test_a_seat_whose_player_left_is_free_at_once():
    seats = Seats({1: None}, movable=True)
    seats.claim(1, "x", 0)
    seats.empty(1)
    assert seats.claim(1, "y", 1)


def test_nobody_sits_on_two_seats():
    seats = Seats({0: "a", 2: None}, movable=True)
    assert not seats.claim(2, "a", 0) and seats.player_at("a") == 0
