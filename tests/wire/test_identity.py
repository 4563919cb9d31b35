"""Identities: a signature proves its owner and its hash, nobody else's; keys that everybody owns are nobody's."""

import pickle
import re

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from hypothesis import given
from hypothesis import strategies as st

import rollstep as rs
from rollstep.wire.identity import Identity, fingerprint, proven
from rollstep.wire.join_line import _ALPHABET

P = 2**255 - 19
seeds = st.binary(min_size=32, max_size=32)
HASH = bytes(range(32))
#: RFC 8032, 7.1, tests 1 to 3: private and public key.
VECTORS = [
    ("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
     "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a"),
    ("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
     "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c"),
    ("c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
     "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025"),
]
Y8 = int.from_bytes(bytes.fromhex("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05"), "little")
#: Every spelling of the points of orders 1, 2, 4 and 8, reduced or not, with and without the sign.
SMALL = [(y | sign << 255).to_bytes(32, "little") for y in (0, 1, P - 1, P, P + 1, Y8, P - Y8) for sign in (0, 1)]


@pytest.mark.parametrize(("private", "public"), VECTORS)
def test_keys_are_those_of_the_standard(private, public):
    assert Identity(bytes.fromhex(private)).public.hex() == public


def test_a_signature_is_ed25519_over_the_domain_and_the_hash():
    identity = Identity(HASH)
    Ed25519PublicKey.from_public_bytes(identity.public).verify(identity.sign(b"hash"), b"rollstep identity\nhash")


@given(seeds, st.binary(max_size=64), st.binary(max_size=64))
def test_a_signature_proves_its_hash_and_no_other(private, hash, other):
    identity = Identity(private)
    assert len(identity.public) == 32 and len(identity.sign(hash)) == 64
    assert proven(identity.public, identity.sign(hash), hash)
    assert proven(identity.public, identity.sign(hash), other) == (hash == other)
    stranger = Identity(bytes(byte ^ 1 for byte in private))
    assert not proven(stranger.public, identity.sign(hash), hash)


def test_a_changed_bit_of_key_or_signature_proves_nothing():
    identity = Identity(HASH)
    public, signature = identity.public, identity.sign(HASH)
    for bit in range(8 * 64):
        forged = bytearray(signature)
        forged[bit // 8] ^= 1 << bit % 8
        assert not proven(public, bytes(forged), HASH)
    for bit in range(8 * 32):
        forged = bytearray(public)
        forged[bit // 8] ^= 1 << bit % 8
        assert not proven(bytes(forged), signature, HASH)


@given(st.binary(max_size=70), st.binary(max_size=70), st.binary(max_size=70))
def test_any_bytes_prove_nothing(public, signature, hash):
    assert not proven(public, signature, hash) and not proven(Identity(HASH).public, signature, hash)


@given(seeds, st.binary(min_size=64, max_size=64))
def test_any_bytes_of_the_right_lengths_prove_nothing(public, signature):
    assert not proven(public, signature, HASH)


def test_a_key_or_a_signature_of_another_length_proves_nothing():
    identity = Identity(b"p" * 32)
    signature = identity.sign(HASH)
    for length in (0, 1, 31, 33, 64):
        public = (identity.public + bytes(32))[:length]
        assert not proven(public, signature, HASH)
    for length in (0, 1, 63, 65, 128):
        assert not proven(identity.public, (signature + bytes(64))[:length], HASH)


@pytest.mark.parametrize("public", SMALL)
def test_a_key_with_which_anybody_could_sign_proves_nothing(public):
    signatures = [point + bytes(32) for point in SMALL]
    assert not any(proven(public, signature, b"%d" % n) for signature in signatures for n in range(8))


def test_the_library_alone_would_take_such_a_key():
    point = b"\1" + bytes(31)
    Ed25519PublicKey.from_public_bytes(point).verify(point + bytes(32), b"anything")


def test_a_fingerprint_is_readable_and_of_one_key():
    prints = {fingerprint(Identity(bytes([n] * 32)).public) for n in range(50)}
    assert len(prints) == 50 and all(re.fullmatch(f"([{_ALPHABET}]{{5}}-){{4}}[{_ALPHABET}]{{5}}", text) for text in prints)


def test_an_identity_shows_its_fingerprint_and_never_its_private_key():
    identity = Identity(HASH)
    assert repr(identity) == str(identity) == f"Identity({fingerprint(identity.public)})"
    with pytest.raises(TypeError):
        pickle.dumps(identity)


@pytest.mark.parametrize(("call", "words"), [
    (lambda: Identity(b"secret"), "private has 6 bytes; it takes 32"),
    (lambda: Identity("secret"), "private is a str; it takes 32 bytes"),
    (lambda: fingerprint(b"public"), "public has 6 bytes; it takes 32"),
])
def test_a_mistake_of_the_caller_is_named_without_the_key(call, words):
    with pytest.raises(rs.UsageError, match=words) as caught:
        call()
    assert "secret" not in str(caught.value)
