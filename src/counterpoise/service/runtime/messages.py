"""Messages between the server and a child process of it: JSON and bytes, never a pickle."""

from __future__ import annotations

import asyncio
import json
import socket
import struct
import time
from typing import Any

_SIZES = struct.Struct(">II")
HEAD = 1 << 20  # bytes of the JSON
BODY = 128 << 20  # bytes behind it

Head = dict[str, Any]


def send(connection: socket.socket, head: Head, body: bytes = b"", seconds: float = 0.0) -> None:
    """Send one message, within so many seconds; 0 for as long as it takes.

    Raises:
        TimeoutError: nobody took it in time.
        OSError: the other end is gone.
    """
    text = json.dumps(head).encode()
    connection.settimeout(seconds or None)
    connection.sendall(_SIZES.pack(len(text), len(body)) + text)
    if body:
        connection.sendall(body)


def receive(connection: socket.socket, seconds: float = 0.0) -> tuple[Head, bytes]:
    """The next message, whole within so many seconds; 0 for as long as it takes.

    Raises:
        TimeoutError: it did not come in time.
        EOFError: the other end is gone.
        ValueError: it is no message, or longer than one may be.
    """
    end = time.monotonic() + seconds if seconds else None
    head, body = _SIZES.unpack(_exactly(connection, _SIZES.size, end))
    if head > HEAD or body > BODY:
        raise ValueError(f"a message of {head} + {body} bytes; {HEAD} + {BODY} are the most")
    return _head(_exactly(connection, head, end)), _exactly(connection, body, end)


async def received(connection: socket.socket) -> tuple[Head, bytes]:
    """The next message, for an event loop; the socket does not block.

    Raises:
        EOFError: the other end is gone.
        ValueError: as `receive`.
    """
    head, body = _SIZES.unpack(await _all_of(connection, _SIZES.size))
    if head > HEAD or body > BODY:
        raise ValueError(f"a message of {head} + {body} bytes; {HEAD} + {BODY} are the most")
    return _head(await _all_of(connection, head)), await _all_of(connection, body)


def _head(text: bytes) -> Head:
    try:
        found = json.loads(text)
    except RecursionError:
        raise ValueError("a message is nested without end") from None
    if not isinstance(found, dict):
        raise ValueError("a message begins with an object of JSON")
    return found


async def _all_of(connection: socket.socket, number: int) -> bytes:
    loop, found = asyncio.get_running_loop(), bytearray()
    while len(found) < number:
        try:
            piece = await loop.sock_recv(connection, min(number - len(found), 1 << 20))
        except ConnectionError:
            piece = b""
        if not piece:
            raise EOFError("the other end is gone")
        found += piece
    return bytes(found)


def _exactly(connection: socket.socket, number: int, end: float | None) -> bytes:
    found = bytearray()
    while len(found) < number:
        if end is None:
            connection.settimeout(None)
        else:
            left = end - time.monotonic()
            if left <= 0:
                raise TimeoutError
            connection.settimeout(left)
        try:
            piece = connection.recv(min(number - len(found), 1 << 20))
        except ConnectionError:
            piece = b""
        if not piece:
            raise EOFError("the other end is gone")
        found += piece
    return bytes(found)
