"""HTTP requests of devices, through the guard: small headers, few redirects, no surprises."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, nullcontext
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from types import TracebackType
from typing import Self
from urllib.parse import SplitResult, urljoin
from weakref import WeakValueDictionary

import aiohttp

from counterpoise.service.runtime.downloads import MOST, Downloads, Held
from counterpoise.service.runtime.egress import EgressGuard
from counterpoise.service.runtime.failure import DeviceError
from counterpoise.service.runtime.logging_in import Ways
from counterpoise.service.runtime.politeness import Turns
from counterpoise.service.runtime.video import Decoders
from counterpoise.version import __version__

LARGEST = 10 << 20  # bytes of one frame
HEADERS = 16 << 10  # bytes of one line of a header
LINES = 128  # of a header
REDIRECTS = 3
NAMES = 60  # seconds that the addresses of a name are kept; each is judged when it is connected to
PER_HOST = 32  # pictures that are asked of one host at a time
CONNECT = 10.0  # seconds
ANSWER = 30.0  # seconds until the header is here, however slowly it comes
SILENCE = 20.0  # seconds between two pieces of an answer
POSTED = 15.0  # seconds for what is sent, and the answer's header
WHOLE = 60.0  # seconds for one picture, however slowly it comes


class Fetcher:
    """An HTTP client that goes nowhere but where the guard lets it; used as ``async with``."""

    def __init__(self, guard: EgressGuard, downloads: int = MOST) -> None:
        self.guard = guard
        self.downloads = Downloads(downloads)
        self.decoders = Decoders()  # of video; they start when one is needed
        self._session: aiohttp.ClientSession | None = None
        self._ways = Ways()
        self._pace = Turns(guard.rates, guard.rate)
        self._turns: WeakValueDictionary[tuple[str | None, int | None], asyncio.Semaphore]
        self._turns = WeakValueDictionary()  # of hosts that are being asked

    async def __aenter__(self) -> Self:
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(
                limit=0,
                resolver=aiohttp.ThreadedResolver(),  # by the rules of the machine: /etc/hosts too
                ttl_dns_cache=NAMES,
                happy_eyeballs_delay=None,  # one address after the other: a refusal ends it
                socket_factory=self.guard.socket,
            ),
            cookie_jar=aiohttp.DummyCookieJar(),
            headers={"User-Agent": f"counterpoise/{__version__}", "Accept-Encoding": "identity"},
            auto_decompress=False,
            trust_env=False,
            timeout=aiohttp.ClientTimeout(total=None, sock_connect=CONNECT, sock_read=SILENCE),
            max_line_size=HEADERS,
            max_field_size=HEADERS,
            max_headers=LINES,
        )
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        assert self._session is not None
        self.decoders.close()
        await self._session.close()

    @asynccontextmanager
    async def open(
        self,
        url: str,
        auth: tuple[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        stream: bool = False,
    ) -> AsyncIterator[aiohttp.ClientResponse]:
        """The answer of a URL, with its body still to be read.

        A host is asked for `PER_HOST` pictures at a time at most; streams do not count.

        Raises:
            DeviceError: with the reason.
        """
        origin = None
        for _ in range(REDIRECTS + 1):
            parts = self.guard.require_url(url)
            if parts.scheme == "rtsp":
                raise DeviceError("protocol", "this device is asked by HTTP")
            here = (parts.scheme, parts.hostname, parts.port)
            origin = origin or here
            async with nullcontext() if stream else self._turn(parts):
                # another host is not told the password of the first
                told = auth if here == origin else None
                response = await self._answer(parts, url, told, headers)
                if self._ways.learn(here, told, response):
                    response.release()
                    response = await self._answer(parts, url, told, headers)
                try:
                    if response.status in (301, 302, 303, 307, 308):
                        url = _joined(url, response.headers.get("Location", ""))
                        continue
                    _require_good(response, may_be_unchanged=bool(headers))
                    yield response
                    return
                finally:
                    response.release()
        raise DeviceError("http", f"more than {REDIRECTS} redirects")

    def _turn(self, parts: SplitResult) -> asyncio.Semaphore | nullcontext[None]:
        host = parts.hostname, parts.port
        if host == self.guard.emulator:
            return nullcontext()  # each of its cameras stands for one with a host of its own
        return self._turns.setdefault(host, asyncio.Semaphore(PER_HOST))

    async def _answer(
        self,
        parts: SplitResult,
        url: str,
        auth: tuple[str, str] | None,
        headers: Mapping[str, str] | None,
    ) -> aiohttp.ClientResponse:
        assert self._session is not None
        if (parts.hostname, parts.port) != self.guard.emulator:
            await self._pace.wait(parts.hostname or "")
        origin = (parts.scheme, parts.hostname, parts.port)
        digest = self._ways.digest(origin, auth)
        with _named_failures():
            async with asyncio.timeout(ANSWER):
                return await self._session.get(
                    url,
                    allow_redirects=False,
                    headers={**(headers or {}), **self._ways.headers(origin, auth)},
                    middlewares=None if digest is None else (digest,),
                )

    async def read(self, response: aiohttp.ClientResponse, most: int = LARGEST) -> bytes:
        """The whole body.

        Raises:
            DeviceError: it is longer than `most` bytes, ends early, or is the largest of more than
                all downloads may have.
        """
        with self.downloads.holding(bytearray()) as held:
            await self.read_into(held, response, most)
            return bytes(held.buffer)

    async def read_into(
        self, held: Held, response: aiohttp.ClientResponse, most: int = LARGEST
    ) -> None:
        """Read the whole body behind what the buffer holds, which is counted until it is let go.

        Raises:
            DeviceError: as `read` does.
        """
        told, before = response.content_length, len(held.buffer)
        if told is not None and told > most:
            raise DeviceError("too big", f"{told} bytes; {most} are the most")
        with _named_failures():
            async with asyncio.timeout(WHOLE):
                async for piece in response.content.iter_any():
                    held.buffer += piece
                    held.settle()
                    if len(held.buffer) - before > most:
                        raise DeviceError("too big", f"more than {most} bytes")
        held.settle()

    async def post(self, url: str, content: bytes, headers: Mapping[str, str]) -> tuple[int, float]:
        """Send a small body; the status, and the seconds that the other side asks to be left alone.

        Neither is a redirect followed nor the answer's body read.

        Raises:
            DeviceError: with the reason.
        """
        if self.guard.require_url(url).scheme == "rtsp":
            raise DeviceError("blocked", "a webhook begins with https:// or http://")
        assert self._session is not None
        with _named_failures():
            async with asyncio.timeout(POSTED):
                response = await self._session.post(
                    url, data=content, headers=dict(headers), allow_redirects=False
                )
                response.close()
        return response.status, _retry_after(response)

    async def pieces(self, response: aiohttp.ClientResponse) -> AsyncIterator[bytes]:
        """The body as it comes, without end.

        Raises:
            DeviceError: it breaks off, or nothing comes for `SILENCE` seconds.
        """
        with _named_failures():
            async for piece in response.content.iter_any():
                yield piece


def _joined(url: str, location: str) -> str:
    try:
        return urljoin(url, location)
    except ValueError as error:
        raise DeviceError("blocked", f"a redirect to no URL: {error}") from None


def _require_good(response: aiohttp.ClientResponse, may_be_unchanged: bool) -> None:
    status = response.status
    encoding = response.headers.get("Content-Encoding", "identity").lower()
    if status in (401, 403, 407):
        raise DeviceError("auth", f"HTTP {status}")
    if status in (429, 503):
        raise DeviceError("http", f"HTTP {status}", after=_retry_after(response))
    if status != 200 and not (status == 304 and may_be_unchanged):
        raise DeviceError("http", f"HTTP {status}")
    if encoding not in ("identity", ""):
        raise DeviceError("protocol", f"it was asked for no encoding and sends {encoding[:20]}")


def _retry_after(response: aiohttp.ClientResponse) -> float:
    """Seconds that a server asks to be left alone, or until the date that it gives; else 0."""
    told = response.headers.get("Retry-After", "").strip()
    if told.isascii() and told.isdigit():
        return float(told[:9])
    try:
        at = parsedate_to_datetime(told)
    except (ValueError, OverflowError):  # a year of twenty digits
        return 0.0
    return max(0.0, (at.replace(tzinfo=at.tzinfo or UTC) - datetime.now(UTC)).total_seconds())


class _named_failures:  # noqa: N801 - read as a statement
    """Turn what the network raises into a `DeviceError`."""

    def __enter__(self) -> None:
        return None

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        reason = None if error is None else _reason(error)
        if reason is not None:
            raise DeviceError(*reason) from error


def _reason(error: BaseException) -> tuple[str, str] | None:
    """Reason and detail of what aiohttp raises; None for anything else."""
    if isinstance(error, TimeoutError):
        return "timeout", ""
    if isinstance(error, aiohttp.ClientConnectorDNSError):
        return "dns", error.host
    if isinstance(error, aiohttp.ClientSSLError | ssl.SSLError):
        return "tls", type(error).__name__
    if isinstance(error, aiohttp.ClientConnectorError):
        return "connect", error.strerror or type(error.os_error).__name__
    if isinstance(error, aiohttp.ClientPayloadError):
        return "truncated", "the connection ended within the answer"
    if isinstance(error, aiohttp.ServerDisconnectedError | ConnectionError):
        return "connect", "it closed the connection"
    if isinstance(error, UnicodeEncodeError) and error.encoding == "utf-8":
        return "protocol", "what it sent in a header is no text"  # and is to be sent back
    if isinstance(error, aiohttp.InvalidURL | UnicodeError):
        return "blocked", "not a URL"
    if isinstance(error, aiohttp.ClientResponseError):
        return "protocol", " ".join(error.message.split())[:80]
    if isinstance(error, aiohttp.ClientError):
        return "connect", type(error).__name__
    return None
