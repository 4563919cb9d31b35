"""What may be sent to where a peer only seems to be."""

from __future__ import annotations

from rollstep.net.probation import FACTOR, Probation


def test_an_address_where_nobody_is_on_probation_may_be_told_everything():
    probation = Probation()
    assert not probation and probation.spend("a", 10_000)


def test_a_new_address_earns_three_times_what_came_from_it_and_no_more():
    probation = Probation()
    probation.begin(1, "a")
    assert probation and probation.peers == [1] and not probation.spend("a", 1)
    probation.earn("a", 40)
    probation.earn("b", 40)         # nobody's
    assert probation.spend("a", 100) and not probation.spend("a", 21) and probation.spend("a", 20)
    assert FACTOR == 3 and not probation.spend("a", 1) and probation.spend("b", 1)


def test_it_ends_when_the_peer_is_known_to_be_there_and_starts_anew_where_it_goes_next():
    probation = Probation()
    probation.begin(1, "a")
    probation.earn("a", 1000)
    probation.begin(1, "b")
    assert probation.spend("a", 10_000) and not probation.spend("b", 1), "what one place has earned is not the other's"
    assert probation.holds(1)
    probation.end(1)
    probation.end(2)
    assert not probation and not probation.holds(1) and probation.spend("b", 10_000)


def test_two_that_seem_to_be_at_one_address_share_what_came_from_it_until_the_last_is_gone():
    probation = Probation()
    probation.begin(1, "a")
    probation.earn("a", 40)
    probation.begin(2, "a")
    assert probation.spend("a", 100)
    probation.begin(1, "b")
    assert probation and probation.peers == [1, 2] and not probation.spend("a", 21) and probation.spend("a", 20)
    probation.end(1)
    assert probation.holds(2) and not probation.spend("a", 1)
    probation.end(2)
    assert not probation and probation.spend("a", 10_000)
