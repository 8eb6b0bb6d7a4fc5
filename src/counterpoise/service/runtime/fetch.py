"""HTTP requests of devices, through the guard: small headers, few redirects, no surprises."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from types import TracebackType
from typing import Self
from urllib.parse import urljoin

import aiohttp

from counterpoise.service.runtime.egress import EgressGuard
from counterpoise.service.runtime.failure import DeviceError
from counterpoise.version import __version__

LARGEST = 10 << 20  # bytes of one frame
HEADERS = 16 << 10  # bytes of one line of a header
REDIRECTS = 3
CONNECT = 10.0  # seconds
SILENCE = 20.0  # seconds between two pieces of an answer
WHOLE = 60.0  # seconds for one picture, however slowly it comes


class Fetcher:
    """An HTTP client that goes nowhere but where the guard lets it; used as ``async with``."""

    def __init__(self, guard: EgressGuard) -> None:
        self.guard = guard
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(
                limit=0,
                limit_per_host=32,
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
        )
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        assert self._session is not None
        await self._session.close()

    @asynccontextmanager
    async def open(
        self,
        url: str,
        auth: tuple[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> AsyncIterator[aiohttp.ClientResponse]:
        """The answer of a URL, with its body still to be read.

        Raises:
            DeviceError: with the reason.
        """
        assert self._session is not None
        origin = None
        with _named_failures():
            for _ in range(REDIRECTS + 1):
                parts = self.guard.require_url(url)
                if parts.scheme == "rtsp":
                    raise DeviceError("protocol", "this device is asked by HTTP")
                here = (parts.scheme, parts.hostname, parts.port)
                origin = origin or here
                async with self._session.get(
                    url,
                    allow_redirects=False,
                    headers=headers,
                    # another host is not told the password of the first
                    auth=aiohttp.BasicAuth(*auth) if auth and here == origin else None,
                ) as response:
                    if response.status in (301, 302, 303, 307, 308):
                        url = urljoin(url, response.headers.get("Location", ""))
                        continue
                    _require_good(response)
                    yield response
                    return
            raise DeviceError("http", f"more than {REDIRECTS} redirects")

    async def read(self, response: aiohttp.ClientResponse, most: int = LARGEST) -> bytes:
        """The whole body.

        Raises:
            DeviceError: it is longer than `most` bytes, or ends early.
        """
        told = response.content_length
        if told is not None and told > most:
            raise DeviceError("too big", f"{told} bytes; {most} are the most")
        whole = bytearray()
        with _named_failures():
            async with asyncio.timeout(WHOLE):
                async for piece in response.content.iter_any():
                    whole += piece
                    if len(whole) > most:
                        raise DeviceError("too big", f"more than {most} bytes")
        return bytes(whole)

    async def pieces(self, response: aiohttp.ClientResponse) -> AsyncIterator[bytes]:
        """The body as it comes, without end.

        Raises:
            DeviceError: it breaks off, or nothing comes for `SILENCE` seconds.
        """
        with _named_failures():
            async for piece in response.content.iter_any():
                yield piece


def _require_good(response: aiohttp.ClientResponse) -> None:
    encoding = response.headers.get("Content-Encoding", "identity").lower()
    if response.status in (401, 403, 407):
        raise DeviceError("auth", f"HTTP {response.status}")
    if response.status not in (200, 304):
        raise DeviceError("http", f"HTTP {response.status}")
    if encoding not in ("identity", ""):
        raise DeviceError("protocol", f"it was asked for no encoding and sends {encoding[:20]}")


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
    if isinstance(error, aiohttp.InvalidURL):
        return "blocked", "not a URL"
    if isinstance(error, aiohttp.ClientResponseError):
        return "protocol", error.message[:80]
    if isinstance(error, aiohttp.ClientError | ConnectionError):
        return "connect", type(error).__name__
    return None
