"""Each check on the way from a datagram to the game, and the test that fails without it.

    python -m tests.validations [--only WORD ...] [--list] [--jobs N]

takes each check out of a copy of the engine in turn and runs its test there, which must fail. A check that is missed by nobody
is named, and the exit code is 1. A heavy test of tests/test_validations.py runs a handful; all of them take some minutes.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]
#: Seconds for one test in its copy, compilation included.
PATIENCE_S = 500


@dataclass(frozen=True)
class Validation:
    """A check: its text in a module of the engine, where it stands once; what stands there without it; who notices."""

    name: str
    module: str
    text: str
    without: str
    test: str


def _of(module: str, test: str, *checks: tuple[str, str, str, str]) -> list[Validation]:
    """Several of one module; `test` is the folder or file that their tests are in."""
    return [Validation(name, module, text, without, test + where) for name, text, without, where in checks]


_RANGE = "    if ack > min(c.told[q], fewest_of(c, c.me)) or start < 0 or start > got or count > MOST_FRAMES"
_SIZE = "if q < 0 or q >= c.players or c.owner[q] != q or q == c.me or n < HEAD or n > MAX_DATAGRAM:"

PACKETS = _of(
    "wire/input_packet.py", "tests/wire/test_refused_packets.py::test_",
    ("size: nobody, below", _SIZE, _SIZE.replace("q < 0 or ", ""),
     "a_datagram_of_the_wrong_size_or_sender_is_refused[interpreted]"),
    ("size: nobody, above", _SIZE, _SIZE.replace("q >= c.players or ", ""),
     "a_datagram_of_the_wrong_size_or_sender_is_refused[interpreted]"),
    ("size: a player that is no peer", _SIZE, _SIZE.replace("c.owner[q] != q or ", ""),
     "of_a_peer_that_plays_several_what_is_left_out_must_be_zero_and_no_more_than_all[interpreted]"),
    ("size: ourselves", _SIZE, _SIZE.replace("q == c.me or ", ""),
     "a_datagram_of_the_wrong_size_or_sender_is_refused[interpreted]"),
    ("size: longer than a datagram", _SIZE, _SIZE.replace(" or n > MAX_DATAGRAM", ""),
     "a_datagram_of_the_wrong_size_or_sender_is_refused[interpreted]"),
    ("size: shorter than its kind says", "    if n < least:\n", "    if n < 0:\n",
     "a_datagram_of_the_wrong_size_or_sender_is_refused[interpreted]"),
    ("kind", "    if kind & ~(CHAIN | DELAYS) != BASE:\n", "    if kind & 1 == 2:\n",
     "a_datagram_of_another_kind_is_refused[interpreted]"),
    ("range: an ack of frames that are ours but were not sent", "min(c.told[q], fewest_of(c, c.me))", "fewest_of(c, c.me)",
     "acks_of_frames_that_are_ours_but_were_not_sent_yet_are_refused[interpreted]"),
    ("range: an ack of frames that are not there", "if ack > min(c.told[q], fewest_of(c, c.me)) or ", "if ",
     "acks_of_what_was_never_sent_are_refused[interpreted]"),
    ("range: frames before the match", " or start < 0 or", " or",
     "frames_beyond_a_gap_before_the_match_or_too_far_ahead_are_refused[interpreted]"),
    ("range: frames beyond a gap", " or start > got or", " or",
     "frames_beyond_a_gap_before_the_match_or_too_far_ahead_are_refused[interpreted]"),
    ("range: more frames than a datagram has", " or count > MOST_FRAMES \\\n", " \\\n",
     "more_frames_than_one_datagram_may_hold_are_refused_even_when_all_are_known[interpreted]"),
    ("range: frames too far ahead", "            or start + count > c.frame + AHEAD or theirs", "            or theirs",
     "frames_beyond_a_gap_before_the_match_or_too_far_ahead_are_refused[interpreted]"),
    ("range: started less than nothing", " or theirs < 0 or", " or",
     "a_frame_that_the_sender_cannot_have_reached_and_a_delay_out_of_range_are_refused[interpreted]"),
    ("range: started too far ahead", " or theirs > c.frame + AHEAD:", ":",
     "a_frame_that_the_sender_cannot_have_reached_and_a_delay_out_of_range_are_refused[interpreted]"),
    ("range: a chain of a frame before the match", "        if chain_frame < 0:\n", "        if chain_frame < -999:\n",
     "frames_beyond_a_gap_before_the_match_or_too_far_ahead_are_refused[interpreted]"),
    ("range: a delay that is none", "            if get8(c, at + j) > MAX_DELAY:\n", "            if get8(c, at + j) > 255:\n",
     "a_frame_that_the_sender_cannot_have_reached_and_a_delay_out_of_range_are_refused[interpreted]"),
    ("range: fewer frames than none", "            if c.less[j] > count:\n", "            if c.less[j] > 255:\n",
     "of_a_peer_that_plays_several_what_is_left_out_must_be_zero_and_no_more_than_all[interpreted]"),
    ("tokens: one that says nothing", "if token == 0 or filled", "if filled",
     "tokens_that_do_not_fill_the_frames_exactly_or_less_are_refused[interpreted]"),
    ("tokens: more than the frames hold", " or filled + n > size or", " or",
     "tokens_that_do_not_fill_the_frames_exactly_or_less_are_refused[interpreted]"),
    ("tokens: bytes behind the end", " or at + n > end:", ":",
     "tokens_that_do_not_fill_the_frames_exactly_or_less_are_refused[interpreted]"),
    ("value: what no enum and no bool can be", "                if legal(c, b, value) == 0:\n",
     "                if value > 255:\n",
     "bytes_that_no_enum_and_no_bool_can_have_are_refused_in_whichever_frame[0-interpreted]"),
    ("value: what is left out must be zero", "                if get8(c, c.scratch_at + i * width + j * pad + b) != 0:\n",
     "                if c.frame < 0:\n",
     "of_a_peer_that_plays_several_what_is_left_out_must_be_zero_and_no_more_than_all[interpreted]"),
) + _of(
    "wire/input_packet.py", "tests/wire/test_older_news.py::test_",
    ("an ack that goes back", "    if ack > c.ack[q]:\n", "    if ack != c.ack[q]:\n",
     "an_ack_that_goes_back_is_an_old_one[interpreted]"),
    ("an old packet's advantage", "    if sequence > c.rx_sequence[q]:\n", "    if sequence != c.rx_sequence[q]:\n",
     "the_advantage_of_an_old_datagram_is_old[interpreted]"),
    ("an old packet's delays", "    if kind & DELAYS != 0 and sequence > c.rx_sequence[q]:\n", "    if kind & DELAYS != 0:\n",
     "delays_of_an_old_datagram_are_old[interpreted]"),
    ("a chain that waits for ours stays", "    if chain_frame >= 0 and c.peer_frame[q, i] <= c.summed:",
     "    if chain_frame >= 0:",
     "a_chain_that_waits_for_ours_is_not_pushed_out_by_a_later_one[interpreted]"),
    ("size: shorter than a head", _SIZE, _SIZE.replace("n < HEAD or ", ""),
     "a_cut_datagram_is_refused_for_its_size_whatever_stood_in_its_place_before[interpreted]"),
)

CORE = _of(
    "rollback/core.py", "tests/wire/test_refused_packets.py::test_",
    ("a full queue", "        if pending == ROWS:\n", "        if pending == ROWS + 1:\n",
     "a_full_queue_says_so_and_takes_no_more"),
    ("a datagram that fits no row", "        if n <= wire.MAX_DATAGRAM:\n", "        if n >= 0:\n",
     "a_datagram_of_the_wrong_size_or_sender_is_refused[interpreted]"),
) + _of(
    "rollback/frame.py", "tests/rollback/test_liars.py::test_",
    ("a lead is believed up to a limit", "max(-BELIEVED, min(BELIEVED, c.lead[q] & ~7))", "c.lead[q] & ~7",
     "what_a_peer_says_of_its_frames_moves_no_sample_further_than_is_believed"),
) + _of(
    "rollback/frame.py", "tests/session/test_time_sync_matches.py::test_",
    ("what a peer says of a lead is held to what we see", "max(-ours - DOUBTED, min(DOUBTED - ours, c.their_lead[q]))",
     "c.their_lead[q]", "a_peer_that_lies_about_its_advantage_slows_the_other_by_no_more_than_the_clamp"),
)

REVEAL = _of(
    "wire/reveal.py", "tests/wire/test_reveal.py::test_",
    ("envelope: shorter than a head", "if not _HEAD.size <= len(data) <= MAX_TEXT", "if not len(data) <= MAX_TEXT",
     "any_bytes_are_one_envelope_or_none"),
    ("envelope: longer than a datagram", "if not _HEAD.size <= len(data) <= MAX_TEXT", "if not _HEAD.size <= len(data)",
     "what_is_longer_than_a_datagram_is_no_envelope"),
    ("envelope: of another kind", " or data[0] != ENVELOPE:", ":", "an_envelope_of_another_kind_is_none"),
    ("envelope: pieces behind the end", "    if end > len(data):\n", "    if end < 0:\n",
     "an_envelope_that_is_cut_has_all_its_pieces_or_is_none"),
) + _of(
    "net/commitments.py", "tests/net/test_commitments.py::test_",
    ("an ack of a promise that was never made", "return new if old < new <= most else old", "return new if old < new else old",
     "an_acknowledgement_of_what_was_never_said_is_not_believed"),
    ("an ack of a promise goes back", "return new if old < new <= most else old", "return new if new <= most else old",
     "no_lies_raise_or_make_anyone_show_what_is_not_promised_or_believe_what_is_not_shown"),
    ("a promise is kept", "                honest = honest and remote.commitments[frame] == promise\n",
     "                remote.commitments[frame] = promise\n",
     "the_promise_that_was_heard_first_counts_and_a_change_is_noticed"),
    ("promises in order", "            elif frame == remote.promised and frame < remote.opened + RING // 2:\n",
     "            elif frame < remote.opened + RING // 2:\n", "promises_count_in_order_only"),
    ("promises ahead without end", "frame == remote.promised and frame < remote.opened + RING // 2:",
     "frame == remote.promised:",
     "who_promises_ahead_without_end_is_listened_to_for_half_a_ring"),
    ("a nonce for no promise", "            if remote.opened <= frame < remote.promised:\n",
     "            if remote.opened <= frame:\n",
     "no_lies_raise_or_make_anyone_show_what_is_not_promised_or_believe_what_is_not_shown"),
    ("an input is what was promised", "            if shown != remote.commitments[frame]:\n", "            if frame < 0:\n",
     "another_input_than_promised_is_found_at_its_frame"),
)

INQUESTS = _of(
    "wire/inquest.py", "tests/wire/test_inquest.py",
    ("inquest: nothing at all", "    if not data:\n        return None\n", "", ""),
    ("inquest: the size of a part", "if not _PART_HEAD.size <= len(data) <= _PART_HEAD.size + PART_BYTES:",
     "if not _PART_HEAD.size <= len(data):", ""),
    ("inquest: a part shorter than its head", "if not _PART_HEAD.size <= len(data) <=", "if not len(data) <=", ""),
    ("inquest: the kind", "    if data[0] != SUMS_KIND or rest or", "    if rest or", ""),
    ("inquest: whole checksums", " or rest or not 0 <=", " or not 0 <=", ""),
    ("inquest: as many checksums as are kept", "not 0 <= count <= MOST_SUMS:", "not 0 <= count:", ""),
    ("inquest: shorter than a head", "not 0 <= count <= MOST_SUMS:", "not count <= MOST_SUMS:", ""),
    ("inquest: frames that nobody has", "    if not 1 <= first <= MOST_FRAMES or kept", "    if kept", ""),
    ("inquest: states that nobody has", " or kept > MOST_FRAMES:", ":", ""),
)

SEALING = _of(
    "wire/sealing.py", "tests/wire/test_sealing.py::test_",
    ("sealed: size and kind",
     "        if not OVERHEAD <= len(datagram) <= MAX_DATAGRAM or datagram[0] != SEALED:\n            self.why",
     "        if not datagram:\n            self.why", "any_bytes_are_refused_and_leave_the_window_as_it_was"),
    ("replay: opened before", " or self._seen >> -ahead & 1):", "):",
     "any_order_opens_each_once_within_the_window_and_nothing_behind_it"),
    ("replay: behind the window", "(ahead <= -WINDOW or self._seen", "(self._seen",
     "the_oldest_of_the_window_is_opened_and_the_one_before_it_refused"),
    ("an epoch is adopted when it is authentic",
     "            if self._next is None:\n                self._next = _next(self._cipher)\n",
     "            self._next = _next(self._cipher)\n            self._epoch += 1\n",
     "a_forged_sequence_of_the_next_epoch_costs_one_rekeying_and_moves_nothing"),
    ("an epoch far ahead", "        if epoch == self._epoch + 1:\n", "        if epoch >= self._epoch + 1:\n",
     "what_is_more_than_an_epoch_ahead_is_refused_without_any_work"),
    ("an epoch long past", "if epoch == self._epoch - 1 and self._previous is not", "if self._previous is not",
     "what_the_holder_of_the_key_seals_otherwise_than_described_is_refused"),
    ("sealed: longer than a datagram", " <= len(datagram) <= MAX_DATAGRAM or datagram[0] != SEALED:\n            self.why",
     " <= len(datagram) or datagram[0] != SEALED:\n            self.why",
     "what_the_holder_of_the_key_seals_otherwise_than_described_is_refused"),
    ("sealed: of another kind", " <= MAX_DATAGRAM or datagram[0] != SEALED:\n            self.why",
     " <= MAX_DATAGRAM:\n            self.why", "what_the_holder_of_the_key_seals_otherwise_than_described_is_refused"),
    ("replay: only what is authentic is marked", "        try:\n            text = decrypt(",
     "        self._seen |= 1 << max(0, -ahead)\n        try:\n            text = decrypt(",
     "a_forged_one_that_is_late_does_not_keep_the_true_one_out"),
    ("replay: only what is authentic moves the window", "        try:\n            text = decrypt(",
     "        self._highest = max(highest, sequence)\n        try:\n            text = decrypt(",
     "any_bytes_are_refused_and_leave_the_window_as_it_was"),
) + _of(
    "wire/noise.py", "tests/wire/test_noise.py::test_",
    ("handshake: the tag", "        except InvalidTag:\n            return None\n",
     "        except InvalidTag:\n            payload = b''\n",
     "a_changed_bit_or_a_missing_byte_is_refused_and_the_true_message_still_goes_through"),
    ("handshake: a forged message changes nothing", "replace(self._state)", "self._state",
     "a_changed_bit_or_a_missing_byte_is_refused_and_the_true_message_still_goes_through"),
    ("handshake: a point that gives no secret", "        except ValueError:\n            return b\"\"\n",
     "        except ZeroDivisionError:\n            return b\"\"\n",
     "a_point_that_would_make_the_secret_zero_is_refused_from_who_knows_the_key"),
    ("handshake: a call with a point that gives no secret",
     "        if not self._initiator and (shared := self._exchange(public)) == b\"\":\n            return None\n",
     "        if not self._initiator:\n            shared = self._exchange(public)\n",
     "a_point_that_would_make_the_secret_zero_is_refused_from_who_knows_the_key"),
    ("handshake: an answer with a point that gives no secret",
     "            if (shared := self._exchange(public)) == b\"\":\n                return None\n            state",
     "            shared = self._exchange(public)\n            state",
     "a_point_without_a_secret_is_refused_though_all_else_is_made_to_fit"),
    ("handshake: after its end", "        if self.finished or self._our_turn or not OVERHEAD",
     "        if self._our_turn or not OVERHEAD",
     "what_a_side_that_knows_all_keys_says_out_of_turn_is_not_read"),
    ("handshake: in its turn", "        if self.finished or self._our_turn or not OVERHEAD",
     "        if self.finished or not OVERHEAD",
     "what_a_side_that_knows_all_keys_says_out_of_turn_is_not_read"),
    ("handshake: the length of a message", " or not OVERHEAD <= len(message) <= MAX_MESSAGE:", ":",
     "a_message_of_no_possible_length_costs_no_attempt_to_open_it"),
) + _of(
    "wire/identity.py", "tests/wire/test_identity.py::test_",
    ("identity: a key that anybody has", "    if not _is_sound(public):\n        return False\n", "",
     "a_key_with_which_anybody_could_sign_proves_nothing"),
    ("identity: the length of a key", "    except (InvalidSignature, ValueError): ", "    except InvalidSignature: ",
     "a_key_or_a_signature_of_another_length_proves_nothing"),
    ("identity: the signature", "a key of another length\n        return False\n",
     "a key of another length\n        return True\n", "any_bytes_of_the_right_lengths_prove_nothing"),
)

GREETINGS = _of(
    "wire/greeting.py", "tests/wire/test_hostile_greetings.py::test_",
    ("greeting: the tag", " or not hmac.compare_digest(tag, self._tag(body)):", ":",
     "a_greeting_of_another_match_or_with_any_byte_changed_is_none"),
    ("greeting: shorter than a head", "        if len(body) < _HEAD.size or not", "        if not",
     "a_greeting_that_is_cut_or_lengthened_is_none_even_with_the_right_tag"),
    ("greeting: the magic", "        if magic != MAGIC or kind not in", "        if kind not in",
     "a_greeting_of_another_magic_or_kind_is_none_even_with_the_right_tag"),
    ("greeting: the kind", "        if magic != MAGIC or kind not in GREETINGS:\n", "        if magic != MAGIC:\n",
     "a_greeting_of_another_magic_or_kind_is_none_even_with_the_right_tag"),
    ("greeting: the version", "        if version != WIRE_VERSION:\n", "        if version > 999:\n",
     "of_another_version_only_who_and_which_is_read"),
    ("greeting: the size of an initiation", "if kind == INITIATION and len(data) == MAX_DATAGRAM:",
     "if kind == INITIATION and len(rest) >= _INITIATION.size:",
     "an_initiation_has_the_size_of_the_largest_datagram_and_zeros_behind_its_message"),
    ("greeting: the length of a message", "            if length <= MAX_MESSAGE and not any(padding):\n",
     "            if not any(padding):\n", "an_initiation_has_the_size_of_the_largest_datagram_and_zeros_behind_its_message"),
    ("greeting: zeros behind a message", "            if length <= MAX_MESSAGE and not any(padding):\n",
     "            if length <= MAX_MESSAGE:\n",
     "an_initiation_has_the_size_of_the_largest_datagram_and_zeros_behind_its_message"),
    ("greeting: the size of a response", "kind == RESPONSE and len(rest) >= _RESPONSE.size:", "kind == RESPONSE:",
     "a_greeting_that_is_cut_or_lengthened_is_none_even_with_the_right_tag"),
    ("greeting: the size of a cookie", "kind == COOKIE and len(rest) == _COOKIE.size:", "kind == COOKIE:",
     "a_greeting_that_is_cut_or_lengthened_is_none_even_with_the_right_tag"),
    ("greeting: the size of a knock", "(kind == KNOCK and len(rest) == INSTANCE_BYTES)", "kind == KNOCK",
     "a_greeting_that_is_cut_or_lengthened_is_none_even_with_the_right_tag"),
    ("greeting: nothing behind a version", "(kind == VERSION and not rest)", "kind == VERSION",
     "a_greeting_that_is_cut_or_lengthened_is_none_even_with_the_right_tag"),
    ("cookie: of this address", "self._secret, digest_size=COOKIE_BYTES", "bytes(32), digest_size=COOKIE_BYTES",
     "a_cookie_is_good_for_its_address_and_its_time_alone"),
    ("cookie: of this time", " for t in (turn, turn - 1))", " for t in (turn, turn - 1, turn - 2))",
     "a_cookie_is_good_for_its_address_and_its_time_alone"),
) + _of(
    "wire/control.py", "tests/wire/test_hostile_greetings.py::test_",
    ("record: shorter than its numbers", "    if len(data) < _RECORD.size:\n", "    if len(data) < 0:\n",
     "a_record_says_what_it_was_told_and_none_of_its_parts_may_be_missing"),
    ("record: flags", "    if flags > _REVEALS | _SEALED or", "    if", "a_record_with_something_wrong_is_none"),
    ("record: a long name", " or length > MAX_NAME_BYTES or", " or",
     "a_record_of_more_players_than_there_may_be_is_none_however_whole_it_is"),
    ("record: players", " or players > MAX_PLAYERS or", " or",
     "a_record_of_more_players_than_there_may_be_is_none_however_whole_it_is"),
    ("record: who plays whom", " or not _is_division(owners) \\\n", " \\\n", "a_record_with_something_wrong_is_none"),
    ("record: a delay for each", " or owners.count(slot) != len(delays) or not delays:", ":",
     "a_record_says_what_it_was_told_and_none_of_its_parts_may_be_missing"),
    ("record: of who plays nobody", " or not delays:", ":", "a_record_of_who_plays_nobody_is_none"),
    ("record: a name that is no text", "    except UnicodeDecodeError:\n        return None\n",
     "    except ZeroDivisionError:\n        return None\n", "a_record_with_something_wrong_is_none"),
    ("control: the size of a farewell", "    if len(text) == _BYE.size and text[0] == BYE:\n",
     "    if len(text) >= _BYE.size and text[0] == BYE:\n", "a_control_message_has_one_size_and_known_flags"),
    ("control: the size of an agree", "    if len(text) < _AGREE.size or text[0]", "    if text[0]",
     "a_control_message_has_one_size_and_known_flags"),
    ("control: the kind", "    if len(text) < _AGREE.size or text[0] != AGREE:\n", "    if len(text) < _AGREE.size:\n",
     "a_control_message_has_one_size_and_known_flags"),
    ("control: flags", "    if flags > _ASKS | _READY | _IDENTITY or len", "    if len",
     "a_control_message_has_one_size_and_known_flags"),
    ("control: an identity where one is said to be",
     " or len(rest) != (KEY_BYTES + SIGNATURE_BYTES) * bool(flags & _IDENTITY):", ":",
     "a_control_message_has_one_size_and_known_flags"),
)

HANDSHAKES = _of(
    "net/channel.py", "tests/net/test_channel.py::test_",
    ("a cookie for another call", "        if call is None or greeting.answers != call.link:\n", "        if call is None:\n",
     "a_cookie_is_repeated_and_only_the_one_that_answers_our_call"),
    ("cookies are answered once", ' if call.cookie == NO_COOKIE else None\n', "\n",
     "cookies_played_back_make_nobody_call_more_often_than_the_first_and_the_newest_is_repeated"),
    ("a link is the one inside", " or payload[:4] != greeting.link.to_bytes(4, \"little\"):", ":",
     "a_number_that_was_changed_on_its_way_is_no_number_even_with_a_good_tag"),
    ("a knock of who is linked", "        if self.link is not None and self.link.record.instance == greeting.body:\n",
     "        if self.link is None:\n", "a_knock_of_who_is_linked_with_us_changes_nothing"),
    ("offers are few", "                if len(self._offers) > OFFERS:\n", "                if len(self._offers) > 999:\n",
     "offers_are_few_however_many_call"),
    ("after the start there is only the link", "        self.table = STARTED\n", "",
     "after_the_start_nothing_but_the_link_counts"),
    ("an echo of our own", "self._call.message if self._call is not None else b\"\")", "b\"\")",
     "only_what_a_side_has_made_itself_is_its_echo"),
    ("a response for another call", "        if call is None or greeting.answers != call.link or (self.state, \"response\")",
     "        if call is None or (self.state, \"response\")",
     "a_number_that_was_changed_on_its_way_is_no_number_even_with_a_good_tag"),
    ("a call to who calls itself", "        if (self.state, \"initiation\") not in self.table:\n            return None\n", "",
     "who_calls_takes_no_calls_and_does_no_work_for_them"),
    ("an offer of before a farewell", " or (self.state, \"proof\") not in self.table:", ":",
     "an_offer_of_before_a_farewell_is_no_link_and_the_link_in_use_is_no_news"),
    ("the link in use is no offer any more",
     "                self._offers = [offer for offer in self._offers if offer.link is not with_what]\n", "",
     "whoever_calls_and_calls_takes_no_link_from_who_has_one_and_fills_no_memory"),
    ("an offer that goes is forgotten", "                    self._drop(self._offers.pop(0).link)\n",
     "                    self._offers.pop(0)\n", "offers_are_few_however_many_call"),
    ("a number is of one link", "            if _prefix(link) not in self._links:\n", "            if link:\n",
     "no_two_links_have_one_number_though_chance_draws_it_twice"),
) + _of(
    "net/agreement.py", "tests/net/test_agreement.py::test_",
    ("a nonce is what was promised", "hmac.compare_digest(commitment(agree.nonce, remote.instance, peer), remote.commitment)",
     "True", "a_nonce_that_is_not_what_was_promised_is_not_taken"),
    ("a word that was overtaken", "        if order < remote.order:\n", "        if order < -1:\n",
     "a_word_that_newer_ones_have_overtaken_changes_nothing_and_is_answered"),
    ("a nonce is shown when all have promised", "self._nonce if self._shows else UNKNOWN", "self._nonce",
     "nobody_shows_its_nonce_before_it_has_the_commitments_of_all"),
    ("a nonce that was shown is drawn anew a few times", "        if self.spoilt or not all(", "        if not all(",
     "who_takes_its_part_back_after_it_saw_the_others_sees_a_few_seeds_only_and_is_named"),
    ("who is ready stays so", "        if agree.ready and not remote.ready and self", "        remote.ready &= agree.ready\n"
     "        if agree.ready and not remote.ready and self",
     "who_says_again_and_again_that_it_is_ready_only_now_does_not_put_off_the_start"),
    ("after the start nothing changes",
     "        if self._started:\n            return agree.asks and agree.room == self._room\n",
     "", "after_the_start_only_who_waits_in_the_same_room_is_answered_and_nothing_changes"),
    ("a round trip that a start waits for", "min(r.rtt_us or 0, MOST_WAITED_US) for", "r.rtt_us or 0 for",
     "a_false_echo_puts_the_start_off_by_a_second_at_most"),
    ("a round trip that cannot be", "            if rtt_us <= MOST_US:\n", "            if rtt_us >= 0:\n",
     "a_round_trip_that_cannot_be_is_not_believed"),
    ("a round trip of a question", "        if agree.echo and not agree.asks:\n", "        if agree.echo:\n",
     "a_round_trip_is_that_of_a_question_of_ours_and_the_shortest_counts"),
    ("a round trip without a number", "        if agree.echo and not agree.asks:\n", "        if not agree.asks:\n",
     "a_round_trip_is_that_of_a_question_of_ours_and_the_shortest_counts"),
    ("a nonce is shown in our room", "        if self._same(remote) and agree.nonce", "        if agree.nonce",
     "nobody_starts_before_each_has_shown_its_nonce_and_said_that_it_is_ready_in_this_room"),
    ("ready is who says so", "if agree.ready and not remote.ready and self", "if not remote.ready and self",
     "nobody_starts_before_each_has_shown_its_nonce_and_said_that_it_is_ready_in_this_room"),
    ("ready in our room", "not remote.ready and self._same(remote) and remote", "not remote.ready and remote",
     "nobody_starts_before_each_has_shown_its_nonce_and_said_that_it_is_ready_in_this_room"),
    ("ready with a nonce", "self._same(remote) and remote.nonce != UNKNOWN:", "self._same(remote):",
     "nobody_starts_before_each_has_shown_its_nonce_and_said_that_it_is_ready_in_this_room"),
    ("ready is said once", "if agree.ready and not remote.ready and self", "if agree.ready and self",
     "a_ready_peer_that_repeats_it_does_not_put_the_start_off"),
    ("another promise makes another room", "            remote.commitment = agree.commitment\n            self._change(peer)\n",
     "            remote.commitment = agree.commitment\n            self._room = self._digest()\n",
     "who_promises_something_else_after_it_saw_our_nonce_gets_another"),
    ("a nonce of an old room", "            remote.room = remote.nonce = UNKNOWN\n", "            remote.room = UNKNOWN\n",
     "who_promises_something_else_after_it_saw_our_nonce_gets_another"),
    ("only questions are answered", "            return agree.asks and agree.room == self._room\n",
     "            return agree.room == self._room\n", "only_questions_are_answered_and_asked_again_when_it_is_time"),
)

SESSIONS = _of(
    "session/p2p.py", "tests/session/test_",
    ("session: the size", "        if not 0 < len(data) <= input_packet.MAX_DATAGRAM:\n", "        if len(data) > 70_000:\n",
     "statistics.py::test_drops_for_one_reason_add_up_wherever_they_are_found"),
    ("session: nothing in the open where all is sealed", "        elif self._terms.sealed or data[0] not in self._inputs:\n",
     "        elif data[0] not in self._inputs:\n",
     "bad_datagrams.py::test_what_a_peer_would_say_in_the_open_is_not_heard_in_a_sealed_match"),
    ("session: the kind of a text", "        elif kind not in self._inputs:\n", "        elif kind < -1:\n",
     "bad_datagrams.py"),
    ("session: the budget of a peer's words", "        if not self._budget.take(peer, size):\n", "        if peer < 0:\n",
     "budgets.py::test_a_peer_that_floods_is_heard_as_far_as_its_budget_goes_and_the_third_not_less_for_it[True-words]"),
    ("session: the budget of a peer's inputs",
     "            elif not self._budget.take(peer, len(data)):\n                self",
     "            elif peer < 0:\n                self",
     "budgets.py::test_a_peer_that_floods_is_heard_as_far_as_its_budget_goes_and_the_third_not_less_for_it[True-inputs]"),
    ("session: what a peer's datagrams begin with", " or not data.startswith(line[1]):\n", ":\n",
     "statistics.py::test_what_comes_from_where_a_peer_is_and_is_not_of_it_is_counted_by_its_reason"),
    ("session: what does not open has its reason", "            if text is None:\n", "            if text is opener:\n",
     "statistics.py::test_what_comes_from_where_a_peer_is_and_is_not_of_it_is_counted_by_its_reason"),
    ("session: answers while nothing starts", "self._next_tick - self._tick_ns + ANSWER_NS) if waits", "0) if waits",
     "stalls.py::test_those_who_wait_for_one_of_them_do_not_answer_each_other_without_end"),
) + _of(
    "session/routes.py", "tests/session/test_",
    ("routes: who is gone is not heard", "self._line(peer) for peer in sorted(self._here)}\n",
     "self._line(peer) for peer in core.remotes}\n", "ways_to_go.py::test_who_is_gone_and_comes_back_is_not_heard"),
    ("routes: also of who moved before the start", "        self._mark(self._meeting.probation.peers)\n",
     "        self._told_before = dict.fromkeys(core.remotes, 0)\n",
     "copies.py::test_who_seems_to_have_moved_just_before_the_start_is_told_no_more_than_that_either"),
    ("routes: a proof is what was sent after the move", " or self._core.acked_by(peer) > self._told_before[peer]:\n",
     " or self._core.acked_by(peer) > 0:\n", "copies.py"),
    ("routes: no more than a peer on probation has earned",
     "        if self._meeting.probation.spend(address, len(data)):\n", "        if data:\n", "copies.py"),
) + _of(
    "session/meeting.py", "tests/session/test_",
    ("meeting: the budget of strangers",
     "        if address != self._address[link.peer] and not self._budget.try_stranger():\n",
     "        if address is link:\n",
     "budgets.py::test_sealed_datagrams_from_nowhere_are_tried_as_often_as_the_budget_of_strangers_allows"),
    ("meeting: only what is newest moves a peer", "        elif opener.newest and address != self._address[peer]:\n",
     "        elif address != self._address[peer]:\n",
     "copies.py::test_a_datagram_that_was_held_back_and_comes_from_elsewhere_moves_nobody"),
    ("meeting: an echo of our own", "        if greeting.sender == self._record.slot and any(c.made(greeting) for c in "
     "self._channels.values()):\n", "        if greeting.sender > 99:\n",
     "greetings_played_back.py::test_who_waits_for_somebody_and_hears_its_own_echo_goes_on_waiting"),
    ("meeting: a greeting that contradicts us is a doubt", "            self._doubts.setdefault(peer, (now_ns, refusal))\n",
     "            self._refuse(refusal, now_ns)\n",
     "greetings_played_back.py::test_greetings_played_back_to_everybody_keep_no_match_from_starting"
     "[another peer's name-3-None]"),
    ("meeting: a copy of a response moves nobody", "channel.link, self._address[channel.peer], now_ns)",
     "channel.link, address, now_ns)",
     "greetings_played_back.py::test_greetings_played_back_to_everybody_keep_no_match_from_starting"
     "[no name-3-a secret of all]"),
    ("meeting: a peer that seemed to move is looked for",
     "        return [address for address in self._proved.get(peer, ()) if address != self._address[peer]]\n",
     "        return []\n", "copies.py"),
    ("meeting: and where it has moved to before",
     "            known[1 if len(known) == FORMER else len(known):] = [address]\n", "            pass\n",
     "copies.py::test_peers_that_have_moved_are_found_again_where_they_went"),
    ("meeting: a cookie under load",
     "        asked = self._calls >= LOAD and not self._cookies.good(greeting.cookie, address, now_ns)\n",
     "        asked = False\n",
     "sealed_matches.py::test_a_flood_of_calls_costs_a_bounded_number_of_handshakes_and_who_hears_us_gets_through"),
    ("meeting: a cookie is answered to where the peer is", "            if self._address[channel.peer] is not None:\n",
     "            if address is channel:\n",
     "greetings_played_back.py::test_a_cookie_that_is_played_back_from_anywhere_is_answered_once_and_to_where_the_peer_is"),
    ("meeting: calls in a second", "        if self._calls >= MOST_LOAD:\n", "        if self._calls >= 10**9:\n",
     "greetings_played_back.py::test_calls_with_a_good_cookie_are_answered_a_bounded_number_of_times_a_second"),
    ("meeting: an identity is proved",
     "        if proven(agree.key, agree.proof, _bound(link.hash, caller=not link.caller)):\n",
     "        if agree.key:\n", "sealed_matches.py::test_a_proof_that_was_made_for_another_link_proves_nothing"),
    ("meeting: a place that is taken", "        if kind in (INITIATION, KNOCK) and self._is_held(channel.peer, now_ns):\n",
     "        if kind == 99:\n",
     "greetings_played_back.py::test_while_a_peer_is_there_nobody_who_claims_its_place_is_answered"),
    ("meeting: a place where a peer never was", "            self.probation.begin(peer, address)\n",
     "            self.probation.end(peer)\n",
     "copies.py::test_one_datagram_with_another_source_turns_no_more_there_than_three_times_its_bytes"),
    ("meeting: a knock for a place that is taken", "if kind in (INITIATION, KNOCK) and self._is_held(",
     "if kind == INITIATION and self._is_held(",
     "greetings_refused.py::test_a_knock_in_the_name_of_a_peer_that_is_heard_makes_no_call"),
    ("meeting: peers do not pay for strangers", "if address != self._address[link.peer] and not self._budget.try_stranger():",
     "if not self._budget.try_stranger():", "budgets.py::test_what_strangers_spend_is_not_taken_from_peers"),
    ("meeting: addresses that were given", "        if self._started or (peer is None and not self._open_house):\n",
     "        if self._started:\n",
     "greetings_refused.py::test_without_a_secret_only_the_addresses_that_were_given_are_heard"),
    ("meeting: who is in the match", "        if channel is None or greeting.receiver != self._record.slot:\n",
     "        if greeting.receiver != self._record.slot:\n",
     "greetings_refused.py::"
     "test_a_greeting_of_who_is_not_in_the_match_or_for_somebody_else_is_counted_and_not_answered[9-0]"),
    ("meeting: for us", "        if channel is None or greeting.receiver != self._record.slot:\n",
     "        if channel is None:\n",
     "greetings_refused.py::"
     "test_a_greeting_of_who_is_not_in_the_match_or_for_somebody_else_is_counted_and_not_answered[1-2]"),
    ("meeting: an answer contradicts nobody", " and refusal is not None and greeting.kind in (INITIATION, KNOCK):",
     " and refusal is not None:", "greetings_refused.py::test_only_who_calls_or_wants_to_be_called_can_contradict_us"),
    ("meeting: whose version it is", "self._doubt(greeting.sender if peer is None else peer,", "self._doubt(greeting.sender,",
     "greetings_refused.py::test_at_the_address_of_a_peer_that_is_here_nobody_refuses_us_in_the_name_of_another"),
    ("meeting: a word about versions ends it", "            if data[0] != VERSION:\n", "            if data:\n",
     "greetings_refused.py::test_a_word_about_versions_is_not_answered_with_another"),
    ("meeting: a call that comes again", "            answer = channel.repeated(greeting)\n", "            answer = None\n",
     "greetings_refused.py::test_a_call_that_comes_again_costs_no_handshake_and_is_answered_alike"),
    ("meeting: each second anew", "            self._calls, self._calls_since = 0, now_ns\n", "            self._calls = 0\n",
     "greetings_refused.py::test_in_each_second_so_many_calls_are_answered_at_once_and_the_others_are_asked_for_a_cookie"),
    ("meeting: who is heard over its link has no other",
     "            if self._is_held(peer, now_ns) or not channel.proven(link):\n",
     "            if not channel.proven(link):\n",
     "greetings_refused.py::test_a_link_of_before_the_start_is_not_taken_from_a_peer_that_is_heard_over_another"),
    ("meeting: a link that is settled", "                channel.settle()\n", "                pass\n",
     "greetings_refused.py::test_a_link_of_before_the_start_is_not_taken_from_a_peer_that_is_heard_over_another"),
    ("meeting: a link that is not settled is looked at", " or channel.unsettled or self.probation", " or self.probation",
     "greetings_refused.py::test_a_link_of_before_the_start_is_not_taken_from_a_peer_that_is_heard_over_another"),
    ("meeting: what comes from a peer on probation counts", " or self.probation.holds(peer) else channel.link\n",
     " else channel.link\n", "copies.py"),
    ("meeting: whose place it was is forgotten", "        self._forget_identity(peer)\n        refusal = ",
     "        refusal = ",
     "sealed_matches.py::test_who_takes_a_place_does_not_take_the_identity_of_whoever_had_it[False]"),
    ("meeting: who has left is forgotten", "        self._forget_identity(peer)\n        self._heard_ns.pop(",
     "        self._heard_ns.pop(",
     "sealed_matches.py::test_who_takes_a_place_does_not_take_the_identity_of_whoever_had_it[True]"),
    ("meeting: one identity for a link", "        if peer in self._proof_seen:\n", "        if link is None:\n",
     "sealed_matches.py::test_the_first_identity_that_is_proved_on_a_link_stays"),
    ("meeting: one look at a proof for a link", "        self._proof_seen.add(peer)\n", "",
     "sealed_matches.py::test_an_identity_is_proved_and_looked_at_once_for_each_link_however_often_it_is_said"),
    ("meeting: another secret at a peer's address", "            if peer is not None and data.startswith(MAGIC, 1):\n",
     "            if peer is not None:\n",
     "greetings_refused.py::test_noise_from_where_a_peer_should_be_is_not_told_as_another_secret"),
    ("meeting: a proof is of one link and one side", "    return link_hash + bytes([caller])\n", "    return link_hash\n",
     "sealed_matches.py::"
     "test_a_proof_that_is_given_back_to_whoever_made_it_or_passed_on_to_a_third_proves_nothing"),
    ("meeting: nobody starts while somebody is refused", "                raise self._refusal\n            return None\n",
     "                raise self._refusal\n",
     "greetings_refused.py::test_nobody_starts_with_a_peer_that_does_not_fit_though_it_does_not_mind"),
    ("meeting: with a secret a contradiction ends nothing", "None if self._open_house else now_ns)", "now_ns)",
     "greetings_refused.py::test_with_a_secret_an_overheard_greeting_ends_no_match_of_somebody_who_waits"),
    ("meeting: a doubt about nobody", "        if channel is not None and channel.link is None:\n",
     "        if channel is None or channel.link is None:\n",
     "greetings_refused.py::test_another_version_of_nobody_in_the_match_is_no_reason_to_refuse"),
    ("meeting: a doubt about who is here", "        if channel is not None and channel.link is None:\n",
     "        if channel is not None:\n",
     "greetings_refused.py::test_at_the_address_of_a_peer_that_is_here_nobody_refuses_us_in_the_name_of_another"),
    ("meeting: a doubt ends with a link", "        self._doubts.pop(peer, None)\n", "",
     "greetings_refused.py::test_a_contradiction_is_forgotten_when_the_peer_is_there"),
    ("meeting: only questions are answered", "            if asked:\n", "            if asked or True:\n",
     "greetings_refused.py::test_those_who_wait_for_a_third_do_not_answer_each_others_answers"),
    ("meeting: former addresses are few", "            known[1 if len(known) == FORMER else len(known):] = [address]\n",
     "            known.append(address)\n",
     "greetings_refused.py::test_addresses_that_a_peer_had_are_few_and_those_of_others_stay_theirs"),
)

COMPATIBLE = _of(
    "net/compatible.py", "tests/net/test_compatible.py::test_",
    *((f"compare: {name}", text, "", "each_difference_is_named_by_both") for name, text in (
        ("the game", '("game", ours.game, game), '),
        ("whom we take the other for", '("player", ours.receiver, theirs.slot), '),
        ("whom it takes us for", '("player", ours.slot, theirs.receiver),'),
        ("the division", '("division of the players among peers", _divided(ours), _divided(theirs)),'),
        ("the frames of a second", '("fps", ours.fps, theirs.fps), '),
        ("promises", '("commit and reveal", ours.reveals, theirs.reveals),'),
        ("sealing", '("sealing", ours.sealed, theirs.sealed),'),
        ("the layout", '("layout of state and input", ours.layout.hex(), theirs.layout.hex()),'),
        ("the content", '("content", ours.content.hex(), theirs.content.hex()),'),
        ("the rules", '("rules", ours.rules.hex(), theirs.rules.hex()),'))),
    ("compare: a delay", "    if max(theirs.delays) > MAX_DELAY:\n", "    if min(theirs.delays) > MAX_DELAY:\n",
     "a_delay_that_nobody_may_have_is_refused"),
    ("compare: lockstep without a delay",
     "    if min(ours.delays) == ours.window == min(theirs.delays) == theirs.window == 0:\n", "    if ours is theirs:\n",
     "two_without_a_delay_would_wait_for_each_other_in_lockstep_and_for_nobody_else"),
    ("claims: of whom, for whom", "    if (sender, addressed) != (receiver, slot):\n", "    if sender != receiver:\n",
     "a_greeting_contradicts_us_when_it_is_of_somebody_else_or_for_somebody_else"),
)

PROBATION = _of(
    "net/probation.py", "tests/net/test_probation.py::test_",
    ("probation: an address of two", "        if address not in self._at.values():\n", "        if address:\n",
     "two_that_seem_to_be_at_one_address_share_what_came_from_it_until_the_last_is_gone"),
    ("probation: no more than was earned", "        if left < size:\n", "        if left < 0:\n",
     "a_new_address_earns_three_times_what_came_from_it_and_no_more"),
)

BUDGET = _of(
    "net/budget.py", "tests/net/test_budget.py::test_",
    ("budget: datagrams", "        if datagrams.left < 1 or bytes_.left < size:\n", "        if bytes_.left < size:\n",
     "no_more_passes_than_rate_and_burst_allow_whatever_is_sent_when"),
    ("budget: bytes", "        if datagrams.left < 1 or bytes_.left < size:\n", "        if datagrams.left < 1:\n",
     "large_datagrams_end_the_budget_of_bytes_before_that_of_datagrams"),
    ("budget: strangers", "        if amount > self.left:\n", "        if amount < 0:\n",
     "strangers_share_one_budget_and_no_peer_pays_for_them"),
    ("budget: no more than a burst is saved", "min(self._most, self.left + earned)", "self.left + earned",
     "many_short_looks_bring_as_much_as_one_long_one"),
)

VALIDATIONS: tuple[Validation, ...] = tuple(PACKETS + CORE + REVEAL + INQUESTS + SEALING + GREETINGS + HANDSHAKES + SESSIONS
                                        + COMPATIBLE + BUDGET + PROBATION)


def removed(validation: Validation, folder: Path) -> None:
    """A copy of the engine without this check."""
    shutil.copytree(ROOT / "engine/rollstep", folder / "rollstep", ignore=shutil.ignore_patterns("__pycache__"))
    module = folder / "rollstep" / validation.module
    source = module.read_text()
    assert source.count(validation.text) == 1, f"{validation.name}: its text has moved: change tests/validations.py along"
    module.write_text(source.replace(validation.text, validation.without))


def missed_by(validation: Validation, *, cache: Path | None = None) -> tuple[bool, str]:
    """Whether its test fails without it, and the last lines that pytest said."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        removed(validation, folder)
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(folder), str(ROOT / "tools"), str(ROOT)]),
                       "ROLLSTEP_CACHE_DIR": str(cache or folder / "cache")}
        try:
            done = subprocess.run([sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", "-p", "no:xdist",
                                   validation.test], cwd=ROOT, env=environment, capture_output=True, text=True,
                                  timeout=PATIENCE_S, check=False)
        except subprocess.TimeoutExpired:
            return True, "it never ended"           # a check against endless work is one, too
    words = (done.stdout + done.stderr).strip()
    # 1: a test failed; below 0: the process died. What could not be collected or found proves nothing
    return done.returncode == 1 or done.returncode < 0, words[-1500:]


def main(arguments: Sequence[str] | None = None) -> int:
    """The command."""
    parser = argparse.ArgumentParser(description="Take out each check of the receive path; its test must fail.")
    parser.add_argument("--only", nargs="+", metavar="WORD", help="those with one of these words in their names or modules")
    parser.add_argument("--list", action="store_true", help="name them, and do nothing")
    parser.add_argument("--jobs", type=int, default=2, help="how many at a time (default 2)")
    given = parser.parse_args(arguments)
    chosen = [v for v in VALIDATIONS if not given.only or any(word in v.name or word in v.module for word in given.only)]
    if given.list:
        for validation in chosen:
            print(f"{validation.module:<24} {validation.name:<56} {validation.test}")
        return 0
    wrong = 0
    with ThreadPoolExecutor(given.jobs) as pool:
        for validation, (missed, words) in zip(chosen, pool.map(missed_by, chosen), strict=True):
            wrong += not missed
            print(f"{'missed' if missed else 'NOT MISSED':<11}{validation.module}: {validation.name}", flush=True)
            if not missed:
                print("    " + words.replace("\n", "\n    "))
    print(f"{len(chosen)} checks, {wrong} that nobody misses")
    return 1 if wrong or not chosen else 0


if __name__ == "__main__":
    sys.exit(main())
