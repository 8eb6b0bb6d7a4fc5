"""Messages between processes: whole, in time, and never longer than one may be."""

import socket
import struct
import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from counterpoise.service.runtime.messages import BODY, receive, send


@pytest.fixture
def pair():
    ours, theirs = socket.socketpair()
    with ours, theirs:
        yield ours, theirs


HEADS = st.dictionaries(st.text(max_size=5), st.none() | st.integers() | st.text(max_size=9))


@given(heads=st.lists(HEADS, max_size=4), body=st.binary(max_size=50))
def test_what_is_sent_comes(heads, body) -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        for head in heads:
            send(ours, head, body)
        assert [receive(theirs, 5.0) for _ in heads] == [(head, body) for head in heads]


def test_a_large_one_comes_whole(pair) -> None:
    ours, theirs = pair
    body = bytes(range(256)) * 20_000
    thread = threading.Thread(target=lambda: send(ours, {"a": 1}, body))
    thread.start()
    assert receive(theirs, 5.0) == ({"a": 1}, body)
    thread.join()


def test_the_end_and_silence_are_told_apart(pair) -> None:
    ours, theirs = pair
    with pytest.raises(TimeoutError):
        receive(theirs, 0.05)
    ours.sendall(b"\0\0\0")
    with pytest.raises(TimeoutError):
        receive(theirs, 0.05)
    ours.close()
    with pytest.raises(EOFError):
        receive(theirs, 5.0)


def test_nobody_waits_for_ever_for_one_who_does_not_read(pair) -> None:
    ours, _ = pair
    with pytest.raises(TimeoutError):
        send(ours, {}, bytes(10 << 20), 0.1)


@pytest.mark.parametrize(
    "sent", [struct.pack(">II", 2, BODY + 1), struct.pack(">II", 2, 0) + b"[]", b"\xff" * 20]
)
def test_what_is_no_message_is_refused(pair, sent: bytes) -> None:
    ours, theirs = pair
    ours.sendall(sent)
    with pytest.raises(ValueError):  # noqa: PT011
        receive(theirs, 5.0)
