"""How the peers of one match find each other, and stay found: greetings, links, addresses, and how long we wait.

A datagram that opens under a peer's keys is that peer's, wherever it comes from. If it is also the newest, the peer is there
now: its router has given it another address (NAT rebinding), or it went from one network to another.
"""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Callable, Hashable, Mapping
from typing import Any

from ..errors import IncompatiblePeer
from ..net.agreement import Agreement
from ..net.budget import Budget
from ..net.channel import Channel, Entropy, Link
from ..net.compatible import claims, compare
from ..net.probation import Probation
from ..wire import control
from ..wire.greeting import COOKIE, INITIATION, KNOCK, MAGIC, RESPONSE, VERSION, Cookies, Greeter, Greeting, psk
from ..wire.identity import Identity, proven
from ..wire.join_line import address_text

#: Farewells sent, as some may be lost.
FAREWELLS = 5
#: Calls that are answered in a second without a cookie, and with one.
LOAD, MOST_LOAD = 16, 128
LOAD_NS = 1_000_000_000
#: A place whose peer was heard within this time is not given to somebody else.
HOLD_NS = 500_000_000
#: Addresses of a peer that are kept, its first one among them.
FORMER = 4
#: A pause between two looks that is not counted as waiting: nobody could have answered.
PAUSE_NS = 1_000_000_000
#: A link over which nothing was heard for this long before the start may have been dropped on the other side.
SILENCE_NS = 1_000_000_000
#: How long a mismatch is held back, so that the other side learns of it too.
REFUSAL_NS = 1_000_000_000
#: A start that is agreed on is waited for this much longer.
GRACE_NS = 500_000_000
#: From so long after the start on, a peer that is heard over its link has no other one.
SETTLED_NS = 2_000_000_000
#: And how long a link may take that shows that a greeting which contradicts us was an echo of something else.
DOUBT_NS = 2_000_000_000


class Meeting:
    """The handshakes of one session and what becomes of them, before the match and during it.

    record              ours; the receiver is set for each other peer
    peers               the others' addresses by their first player; None for a seat that is open
    secret              proves that a greeting belongs to this match; None when there is none. With one, greetings are heard
                        from every address, until the match starts
    nonce               draws our part of the seed
    entropy             draws everything else that nobody may guess
    connect_timeout_ms  None: wait for ever
    send                send(datagram, address)
    dropped             where datagrams that were not used are counted, by reason
    budget              what attempts to open datagrams from elsewhere may cost
    """

    def __init__(self, record: control.Record, peers: Mapping[int, Any], *, secret: bytes | None, identity: Identity | None,
                 nonce: Callable[[], bytes], entropy: Entropy, connect_timeout_ms: int | None, now_ns: int,
                 send: Callable[[bytes, Any], None], dropped: Counter[str], budget: Budget) -> None:
        self._record, self._identity = record, identity
        self._greeter, self._cookies = Greeter(secret or b""), Cookies(entropy(32))
        self._open_house = secret is not None
        self._address: dict[int, Any] = dict(sorted(peers.items()))
        self._peer_at = {address: p for p, address in self._address.items() if address is not None}
        #: By the first bytes of what is sealed for us.
        self.links: dict[bytes, Link] = {}
        key = psk(secret or b"")
        self._channels = {p: Channel(dataclasses.replace(record, receiver=p), key=key, greeter=self._greeter, entropy=entropy,
                                     links=self.links) for p in self._address}
        self._agreement = Agreement(record.slot, record.instance, list(self._address), nonce)
        #: The public key that each other peer has proved to hold.
        self.identities: dict[int, bytes | None] = dict.fromkeys(self._address)
        #: Our proof for each link, and the links on which the other side has shown one: signatures are work.
        self._proofs: dict[int, bytes] = {}
        self._proof_seen: set[int] = set()
        #: Peers that were heard from another address than before.
        self.moved: set[int] = set()
        self._timeout_ms, self._began_ns, self._tended_ns = connect_timeout_ms, now_ns, now_ns
        self._send, self._dropped, self._budget = send, dropped, budget
        self._early: set[int] = set()
        #: Peers at whose addresses somebody greets whose secret is not ours.
        self._of_others: set[int] = set()
        self._heard_ns: dict[int, int] = {}
        self._calls, self._calls_since = 0, now_ns
        self._refusal: IncompatiblePeer | None = None
        #: By peer, where it was known to be; the first address stays.
        self._proved: dict[int, list[Any]] = {p: [address] for p, address in self._address.items() if address is not None}
        self.probation = Probation()
        self._doubts: dict[int, tuple[int | None, IncompatiblePeer]] = {}
        self._refused_ns = 0
        self._started = False
        self._started_ns = 0
        #: Whether peers are reached otherwise than before, by another address or under other keys.
        self.rerouted = False

    # ------------------------------------------------------------------ facts

    @property
    def players(self) -> list[int]:
        """The other peers, each by its first player."""
        return list(self._address)

    @property
    def missing(self) -> tuple[int, ...]:
        """Peers that have no link with us."""
        return tuple(p for p, channel in self._channels.items() if channel.link is None)

    @property
    def awaited(self) -> tuple[int, ...]:
        """For whom the start waits: who has no link with us, or else who is behind the others. Nobody once it is agreed on."""
        return self.missing or self._agreement.undecided

    @property
    def refused(self) -> bool:
        """Whether somebody does not fit, and will be told so in a moment."""
        return self._refusal is not None

    @property
    def nonces(self) -> list[bytes]:
        """Of all peers in order of their slots; once everybody is there."""
        return self._agreement.nonces

    def address(self, peer: int) -> Any:
        """Where a peer is; None when its seat is open."""
        return self._address[peer]

    def peer_at(self, address: Hashable) -> int | None:
        """Who is at an address."""
        return self._peer_at.get(address)

    def sealer(self, peer: int) -> Callable[[bytes], bytes]:
        """What makes a text for a peer that has a link with us into a datagram."""
        link = self._channels[peer].link
        assert link is not None
        return link.sealer.seal

    def settled(self, peer: int) -> Link | None:
        """The link of a peer whose datagrams, from where it is, `open` need not look at: after the start, and when it is not on
        probation. Whatever changes this sets `rerouted`."""
        channel = self._channels[peer]
        return None if not self._started or channel.unsettled or self.probation.holds(peer) else channel.link

    # ------------------------------------------------------------------ datagrams in

    def open(self, data: bytes, address: Hashable, now_ns: int) -> tuple[int, bytes] | None:
        """(peer, text) of a sealed datagram, None when it does not open."""
        link = self.links.get(data[:5])
        if link is None:
            self._dropped["link"] += 1
            if not self._started and (there := self._peer_at.get(address)) is not None:
                self._early.add(there)      # it plays with somebody who was here before us
            return None
        if address != self._address[link.peer] and not self._budget.try_stranger():
            self._dropped["budget"] += 1
            return None
        opener = link.opener
        text = opener.open(data)
        if text is None:
            self._dropped[opener.why] += 1
            return None
        peer = link.peer
        channel = self._channels[peer]
        if link is not channel.link:
            if self._is_held(peer, now_ns) or not channel.proven(link):
                self._dropped["held"] += 1
                return None
            self._linked(peer, link, address, now_ns)
        elif opener.newest and address != self._address[peer]:
            self._move(peer, address)
        if self.probation:
            self.probation.earn(address, len(data))
        if not self._started:
            self._heard_ns[peer] = now_ns
        elif channel.unsettled:
            self._heard_ns[peer] = now_ns
            if now_ns - self._started_ns > SETTLED_NS:
                channel.settle()
                self.rerouted = True
        return peer, text

    def greet(self, data: bytes, address: Hashable, now_ns: int) -> None:
        """A greeting came in. All that follows from it is done here."""
        peer = self._peer_at.get(address)
        if self._started or (peer is None and not self._open_house):
            self._dropped["foreign" if peer is None else "greeting"] += 1
            return
        greeting = self._greeter.open(data)
        if greeting is None:
            self._dropped["tag"] += 1
            if peer is not None and data.startswith(MAGIC, 1):
                self._of_others.add(peer)
            return
        if self.probation:
            self.probation.earn(address, len(data))
        if greeting.sender == self._record.slot and any(c.made(greeting) for c in self._channels.values()):
            self._dropped["greeting"] += 1
            return
        if greeting.version != control.WIRE_VERSION:
            self._doubt(greeting.sender if peer is None else peer,
                        IncompatiblePeer("wire version", control.WIRE_VERSION, greeting.version), now_ns)
            if data[0] != VERSION:
                self._send(self._greeter.version(self._record.slot, greeting.sender), address)
            return
        channel = self._channels.get(greeting.sender)
        if channel is None or greeting.receiver != self._record.slot:
            refusal = None if peer is None else claims(self._record.slot, peer, greeting.sender, greeting.receiver)
            if peer is not None and refusal is not None and greeting.kind in (INITIATION, KNOCK):
                self._doubt(peer, refusal, None if self._open_house else now_ns)
            self._dropped["greeting"] += 1
            return
        self._take(channel, greeting, address, now_ns)

    def _take(self, channel: Channel, greeting: Greeting, address: Hashable, now_ns: int) -> None:
        answer, kind = None, greeting.kind
        if kind in (INITIATION, KNOCK) and self._is_held(channel.peer, now_ns):
            self._dropped["held"] += 1
            return
        if kind == INITIATION:
            answer = channel.repeated(greeting)
            if answer is None:
                if self._is_too_much(greeting, address, now_ns):
                    return
                answer = channel.initiation(greeting)
        elif kind == KNOCK:
            answer = channel.knock(greeting)
        elif kind == COOKIE:
            answer = channel.cookie(greeting)
            if self._address[channel.peer] is not None:
                address = self._address[channel.peer]   # where the call went to, whoever sent this
        elif kind == RESPONSE and channel.response(greeting):
            assert channel.link is not None
            # whoever was faster with a copy of it does not become the peer's address: the peer is where the call was heard
            self._linked(channel.peer, channel.link, self._address[channel.peer], now_ns)
            self._say(channel.peer, now_ns)
            return
        if answer is not None:
            self._send(answer, address)
        else:
            self._dropped["greeting"] += 1

    def _is_too_much(self, greeting: Greeting, address: Hashable, now_ns: int) -> bool:
        """Each call costs us the work of a handshake: beyond a few in a second, only for whoever hears us at its address."""
        if now_ns - self._calls_since >= LOAD_NS:
            self._calls, self._calls_since = 0, now_ns
        asked = self._calls >= LOAD and not self._cookies.good(greeting.cookie, address, now_ns)
        if asked:
            self._dropped["cookie"] += 1
            told = self._cookies.of(address, now_ns)
            self._send(self._greeter.cookie(self._record.slot, greeting.sender, greeting.link, told), address)
            return True
        if self._calls >= MOST_LOAD:
            self._dropped["load"] += 1
            return True
        self._calls += 1
        return False

    def _is_held(self, peer: int, now_ns: int) -> bool:
        return self._channels[peer].link is not None and now_ns - self._heard_ns.get(peer, -HOLD_NS) < HOLD_NS

    def _linked(self, peer: int, link: Link, address: Hashable, now_ns: int) -> None:
        """There are keys, and the other side has them too."""
        self._heard_ns[peer] = now_ns
        if address != self._address[peer]:
            self._move(peer, address)
        self.rerouted = True
        self._doubts.pop(peer, None)
        self._forget_identity(peer)
        refusal = compare(self._channels[peer].record, link.record)
        if refusal is not None:
            self._refuse(refusal, now_ns if link.caller else now_ns - REFUSAL_NS)
        self._agreement.meet(peer, link.record.instance)

    def former(self, peer: int) -> list[Any]:
        """Other addresses at which a peer is known to have been, the first among them: a datagram that somebody copies, and is
        faster with, looks like a move."""
        return [address for address in self._proved.get(peer, ()) if address != self._address[peer]]

    def prove(self, peer: int) -> None:
        """A peer has what was sent to the address where it is now."""
        self.probation.end(peer)
        known, address = self._proved.setdefault(peer, []), self._address[peer]
        if address not in known:
            known[1 if len(known) == FORMER else len(known):] = [address]

    def _move(self, peer: int, address: Hashable) -> None:
        old = self._address[peer]
        if self._peer_at.get(old) == peer:
            del self._peer_at[old]
        self._address[peer] = address
        self._peer_at[address] = peer
        self.moved.add(peer)
        if address in self._proved.get(peer, ()):
            self.probation.end(peer)
        else:
            self.probation.begin(peer, address)
        self.rerouted = True

    def hear(self, peer: int, text: bytes, now_ns: int) -> str | None:
        """A control message of a peer: Agrees are answered; the reason of a farewell during the match."""
        message = control.parse(text)
        if message is None:
            self._dropped["control"] += 1
            return None
        if isinstance(message, control.Agree):
            link = self._channels[peer].link
            assert link is not None     # or it had not been opened
            if message.key:
                self._identify(peer, link, message)
            asked = self._agreement.take(peer, message, now_ns // 1000, order=link.opener.sequence)
            if asked:
                self._say(peer, now_ns, echo=message.stamp)
            return None
        if self._started:
            return control.REASONS.get(message.reason, "left")
        self._channels[peer].forget()
        self._agreement.forget(peer)
        self._forget_identity(peer)
        self._heard_ns.pop(peer, None)
        return None

    def _identify(self, peer: int, link: Link, agree: control.Agree) -> None:
        if peer in self._proof_seen:
            return
        self._proof_seen.add(peer)
        if proven(agree.key, agree.proof, _bound(link.hash, caller=not link.caller)):
            self.identities[peer] = agree.key
        else:
            self._dropped["identity"] += 1

    def _forget_identity(self, peer: int) -> None:
        """Proofs are of one link, and it is there no more."""
        self.identities[peer] = None
        self._proofs.pop(peer, None)
        self._proof_seen.discard(peer)

    def take_early(self, peer: int) -> None:
        """Inputs came in before the match started here: this peer's has."""
        self._early.add(peer)
        self._dropped["early"] += 1

    # ------------------------------------------------------------------ datagrams out

    def tend(self, now_ns: int) -> int | None:
        """Send what is due before the match; when to start, once everybody is there. Raises IncompatiblePeer."""
        self._began_ns += max(0, now_ns - self._tended_ns - PAUSE_NS)
        self._tended_ns = now_ns
        now_us = now_ns // 1000
        for peer, channel in self._channels.items():
            address = self._address[peer]
            silent = channel.link is not None and now_ns - self._heard_ns[peer] > SILENCE_NS
            if address is not None and (greeting := (silent and channel.silent()) or channel.tick(now_us)) is not None:
                self._send(greeting, address)
        for peer in self._agreement.due(now_us):
            self._say(peer, now_ns)
        for since_ns, doubt in self._doubts.values():
            if self._is_too_late(now_ns) if since_ns is None else now_ns - since_ns >= DOUBT_NS:
                raise doubt
        if self._refusal is not None:
            if now_ns - self._refused_ns >= REFUSAL_NS:
                raise self._refusal
            return None
        return self._agreement.start_us * 1000 if self._agreement.complete else None

    def start(self, now_ns: int) -> list[control.Record]:
        """The match begins: the records of all peers, in order."""
        self._started, self._started_ns = True, now_ns
        self._agreement.start()
        records = {self._record.slot: self._record}
        for peer, channel in self._channels.items():
            channel.start()
            assert channel.link is not None
            records[peer] = channel.link.record
        return [record for _, record in sorted(records.items())]

    def gave_up(self, now_ns: int) -> tuple[int, str] | None:
        """(peer, reason) when we have waited long enough, or somebody tries out seeds."""
        if (spoilt := self._agreement.spoilt) is not None:
            peer, times = spoilt
            return peer, f"{shown_address(self._address[peer])} changed its part of the seed {times} times after ours was shown"
        if self._timeout_ms is None or not self._is_too_late(now_ns):
            return None
        peer = (*self.awaited, *self._address)[0]
        address, time = self._address[peer], f"{self._timeout_ms / 1000:g} s"
        where = shown_address(address)
        if not self.missing:
            return peer, f"{where} answers, but did not start with us within {time}: it waits for others or plays already"
        if peer in self._early:
            return peer, (f"no answer from {where} for {time}, though it is playing: "
                          "it began with an earlier start of this player")
        if peer in self._of_others:
            other = "another secret than ours, or with none" if self._open_house else "a secret, and we have none"
            return peer, f"no match with {where} for {time}: somebody greets us from there, with {other}"
        if address is None:
            return peer, f"nobody joined within {time}"
        other = "has another secret or line than ours, " if self._open_house else ""
        return peer, f"no answer from {where} for {time}: it is not there, plays already, {other}or a firewall is in between"

    def _is_too_late(self, now_ns: int) -> bool:
        """Whether we have waited for long enough."""
        grace_ns = GRACE_NS if self._agreement.complete else 0
        return self._timeout_ms is not None and now_ns - self._began_ns > self._timeout_ms * 1_000_000 + grace_ns

    def say_goodbye(self, reason: int, times: int = FAREWELLS) -> None:
        """Tell everybody that we leave."""
        text = control.pack_bye(reason)
        for peer, channel in self._channels.items():
            for _ in range(times * (channel.link is not None)):
                self._send(self.sealer(peer)(text), self._address[peer])

    def _say(self, peer: int, now_ns: int, *, echo: int | None = None) -> None:
        link = self._channels[peer].link
        if link is None:
            return
        agree = self._agreement.say(peer, now_ns // 1000, echo=echo)
        if self._identity is not None:
            if peer not in self._proofs:
                self._proofs[peer] = self._identity.sign(_bound(link.hash, caller=link.caller))
            agree = dataclasses.replace(agree, key=self._identity.public, proof=self._proofs[peer])
        self._send(link.sealer.seal(control.pack_agree(agree)), self._address[peer])

    def _doubt(self, peer: int, refusal: IncompatiblePeer, now_ns: int | None) -> None:
        """The head of a greeting contradicts us. It may be an old one that somebody else plays back: so this counts only while
        there is no link with the peer, and not at once; without a time, only as the reason when the peer has not come in time.
        """
        channel = self._channels.get(peer)
        if channel is not None and channel.link is None:
            self._doubts.setdefault(peer, (now_ns, refusal))

    def _refuse(self, refusal: IncompatiblePeer, now_ns: int) -> None:
        if self._refusal is None or now_ns < self._refused_ns:
            self._refusal, self._refused_ns = refusal, now_ns


def shown_address(address: Any) -> str:
    """An address as people write it."""
    return address_text(*address) if isinstance(address, tuple) and len(address) == 2 else str(address)


def _bound(link_hash: bytes, *, caller: bool) -> bytes:
    """What an identity signs: this link, and which of the two sides it is."""
    return link_hash + bytes([caller])
