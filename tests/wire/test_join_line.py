"""The join line: what is shown is what is read, however it was typed; what is wrong is named."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

import rollstep as rs
from rollstep.wire.join_line import EXAMPLE, SECRET_BYTES, JoinLine, parse_address

secrets = st.binary(min_size=SECRET_BYTES, max_size=SECRET_BYTES)
LINE = JoinLine.parse(EXAMPLE)


@given(secrets, st.integers(1, 65535), st.sampled_from(("10.0.0.1", "localhost", "a-b.example.org", "::1", "2001:db8::7")))
def test_a_line_comes_back_from_its_text(secret, port, host):
    line = JoinLine(host, port, secret)
    assert JoinLine.parse(str(line)) == line and len(str(line)) < 64


def test_the_example_is_a_line():
    assert (LINE.host, LINE.port, str(LINE)) == ("192.168.0.7", 7000, EXAMPLE)
    assert LINE.secret == bytes(range(100, 111)) and SECRET_BYTES * 8 >= 80


@pytest.mark.parametrize("text", [
    f"  {EXAMPLE}\n", EXAMPLE.lower(), f"rollstep:{EXAMPLE}", f"ROLLSTEP://{EXAMPLE}", EXAMPLE.replace("-", ""),
    EXAMPLE.replace("-", " "), EXAMPLE.replace("/", "/ ", 1), EXAMPLE.replace("-", "--"),
])
def test_dashes_blanks_and_capitals_do_not_matter(text):
    assert JoinLine.parse(text) == LINE


def test_letters_that_look_like_digits_are_read_as_these():
    line = JoinLine("h", 1, bytes(11))
    text = str(line)
    assert "0" in text
    assert JoinLine.parse(text.replace("0", "O")) == JoinLine.parse(text.replace("0", "o")) == line
    ones = next(line for n in range(256) if "1" in str(line := JoinLine("h", 1, bytes([n] * 11)))[4:])
    address, letters = str(ones).split("/")
    assert JoinLine.parse(f"{address}/{letters.replace('1', 'I')}") == JoinLine.parse(f"{address}/{letters.replace('1', 'l')}")


@pytest.mark.parametrize(("text", "words"), [
    ("", "no '/'"), ("192.168.0.7:7000", "no '/'"), ("CHJPC-SV8D5-N6PV3-DDSRY", "no '/'"),
    ("192.168.0.7/CHJPC-SV8D5-N6PV3-DDSRY", "its address is '192.168.0.7'; write host:port"),
    (":7000/CHJPC-SV8D5-N6PV3-DDSRY", "its address"), ("h:0/CHJPC-SV8D5-N6PV3-DDSRY", "from 1 to 65535"),
    ("h:70000/CHJPC-SV8D5-N6PV3-DDSRY", "from 1 to 65535"), ("h:7x/CHJPC-SV8D5-N6PV3-DDSRY", "its address"),
    ("h:0000065536/CHJPC-SV8D5-N6PV3-DDSRY", "from 1 to 65535"),
    (f"h:00001{'0' * 5000}/CHJPC-SV8D5-N6PV3-DDSRY", "its address"),
    ("::1:7000/CHJPC-SV8D5-N6PV3-DDSRY", "an IPv6 host in brackets"), ("[::1]/CHJPC-SV8D5-N6PV3-DDSRY", "in brackets"),
    ("[h]:7000/CHJPC-SV8D5-N6PV3-DDSRY", "its address"), ("[::1:7000/CHJPC-SV8D5-N6PV3-DDSRY", "its address"),
    ("[]:7000/CHJPC-SV8D5-N6PV3-DDSRY", "its address"), ("[[::1]]:7000/CHJPC-SV8D5-N6PV3-DDSRY", "its address"),
    ("h:²/CHJPC-SV8D5-N6PV3-DDSRY", "its address"), ("a b:7/CHJPC-SV8D5-N6PV3-DDSRY", "its address"),
    ("h:7000/", "its secret has 0 letters, not 20"), ("h:7000/CHJPC", "its secret has 5 letters, not 20"),
    ("h:7000/CHJPC-SV8D5-N6PV3-DDSRYY", "its secret has 21 letters"),
    ("h:7000/UHJPC-SV8D5-N6PV3-DDSRY", "its secret has the letter 'U'"),
    ("h:7000/CHJPC-SV8D5-N6PV3-DDSR?", "its secret has the letter '\\?'"),
    ("h:7000/CHJPC-SV8D5-N6PV3-DDSRZ", "a letter of its secret is wrong"),
    (b"h:7000/CHJPC", "a join line is a text such as"), (None, "a join line is a text such as"),
])
def test_what_is_wrong_is_named_in_one_line(text, words):
    with pytest.raises(rs.UsageError, match=words) as caught:
        JoinLine.parse(text)
    assert "\n" not in str(caught.value)


def test_an_error_does_not_tell_the_secret():
    for text in ("h:7/CHJPC-SV8D5-N6PV3-DDSRZ", "h:7/CHJPC-SV8D5-N6PV3-DDSR", "h:7/CHJPC-SV8D5-N6PV3-DDSRU"):
        with pytest.raises(rs.UsageError) as caught:
            JoinLine.parse(text)
        assert "SV8D5" not in str(caught.value).replace(EXAMPLE, "")


@given(st.text(max_size=80))
def test_any_text_is_a_line_or_a_usage_error(text):
    for line in (text, f"h:1/{text}", f"rollstep:{text}"):
        try:
            JoinLine.parse(line)
        except rs.UsageError:
            pass


def test_single_typing_errors_are_noticed():
    wrong = 0
    for at in range(len(EXAMPLE) - 20, len(EXAMPLE)):
        for letter in "0123456789ABCDEFGHJKMNPQRSTVWXYZ":
            text = EXAMPLE[:at] + letter + EXAMPLE[at + 1:]
            try:
                wrong += JoinLine.parse(text) != LINE
            except rs.UsageError:
                pass
    assert wrong <= 1, "one in 4096 passes"


def test_an_address_is_split_and_not_looked_up():
    assert parse_address(" nowhere.example:7 ", "x") == ("nowhere.example", 7)
