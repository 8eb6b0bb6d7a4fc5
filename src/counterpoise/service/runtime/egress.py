"""Which addresses the service connects to: the one way out for cameras, catalogues and webhooks.

What is checked is the address of the socket that is about to connect, for names and for literals
alike, so a name that answers differently the second time gains nothing.
"""

from __future__ import annotations

import ipaddress
import re
import socket
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, unquote, urlsplit

from counterpoise.errors import ArgumentError
from counterpoise.service.runtime.failure import DeviceError

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

SCHEMES = {"http": 80, "https": 443, "rtsp": 554}
PORTS = frozenset({80, 443, 554, 8000, 8080, 8081, 8443, 8554, 8888})

RATE = 100.0  # requests a second of one host, unless a setting says otherwise
_NO_URL = re.compile(r"[\x00-\x20\\\x7f]")

# Addresses that stand for others, which `is_global` of the standard library lets through.
TRANSLATED: tuple[Network, ...] = tuple(
    ipaddress.ip_network(text)
    for text in (
        "::ffff:0:0/96",  # IPv4-mapped, RFC 4291
        "::/96",  # IPv4-compatible, RFC 4291
        "64:ff9b::/96",  # NAT64, RFC 6052
        "64:ff9b:1::/48",  # NAT64 of one's own, RFC 8215
        "2002::/16",  # 6to4, RFC 3056
        "2001::/32",  # Teredo, RFC 4380
        "192.88.99.0/24",  # relays of 6to4, RFC 7526
    )
)
GIVEN_OUT = ipaddress.ip_network("2000::/3")  # all that is public of IPv6, RFC 4291
# What no setting opens: this machine, its link, groups, and what means nothing.
NEVER: tuple[Network, ...] = tuple(
    ipaddress.ip_network(text)
    for text in (
        "0.0.0.0/8", "127.0.0.0/8", "169.254.0.0/16", "224.0.0.0/4", "240.0.0.0/4",
        "::/128", "::1/128", "fe80::/10", "ff00::/8",
    )
)  # fmt: skip


def port_number(text: str) -> int:
    """A port of cameras.

    Raises:
        ArgumentError: it is none.
    """
    if not text.isdecimal() or not 1 <= int(text) <= 65535:
        raise ArgumentError(f"a port is a number from 1 to 65535; got '{text}'")
    return int(text)


def host_rate(text: str) -> tuple[str, float]:
    """A host, and how often it is asked a second, of cameras.example.org=2.

    Raises:
        ArgumentError: it is not written so.
    """
    host, _, number = text.partition("=")
    try:
        rate = float(number)
    except ValueError:
        rate = 0.0
    if not host.strip() or not 0 < rate < 1e6:
        raise ArgumentError(
            f"the rate of a host is written cameras.example.org=2, a second; got '{text}'"
        )
    return host.strip().lower(), rate


def private_network(text: str) -> Network:
    """A private network that an operator names, such as 10.20.0.0/16.

    Raises:
        ArgumentError: no network, or one that reaches this machine, its link or groups.
    """
    try:
        network = ipaddress.ip_network(text)
    except ValueError as error:
        raise ArgumentError(
            f"a private network is an address and a length, such as 10.20.0.0/16; {error}"
        ) from None
    closed = [str(n) for n in (*NEVER, *TRANSLATED) if _overlap(n, network)]
    if closed:
        raise ArgumentError(f"{text} reaches {closed[0]}, which is never fetched from")
    return network


def _overlap(one: Network, other: Network) -> bool:
    return one.version == other.version and one.overlaps(other)


@dataclass(frozen=True)
class EgressGuard:
    """Says which address and port may be connected to; everything else is refused.

    Args:
        networks: private networks that the operator named.
        ports: of public and of those addresses.
        emulator: the one loopback address and port of the demo's cameras.
        folders: local folders that the operator named, below which pictures may be replayed.
        rates: requests a second of some hosts, at most.
        rate: of every other.
    """

    networks: tuple[Network, ...] = ()
    ports: Collection[int] = field(default=PORTS)
    emulator: tuple[str, int] | None = None
    folders: tuple[Path, ...] = ()
    rates: Mapping[str, float] = field(default_factory=dict)
    rate: float = RATE

    def require_url(self, url: str) -> SplitResult:
        """The parts of an address that a person typed or a redirect names.

        Raises:
            DeviceError: not a URL, a scheme or port that is not fetched from, or a user name in it.
        """
        if _NO_URL.search(url):
            raise DeviceError("blocked", "not a URL: blanks and \\ are written %20 and %5C")
        try:
            parts = urlsplit(url)
            port = parts.port
        except ValueError as error:
            raise DeviceError("blocked", f"not a URL: {error}") from None
        if parts.scheme not in SCHEMES or not parts.hostname:
            raise DeviceError(
                "blocked", f"a URL begins with {', '.join(f'{s}://' for s in SCHEMES)}"
            )
        if parts.username is not None or parts.password is not None:
            raise DeviceError("blocked", "user name and password have fields of their own")
        number = port or SCHEMES[parts.scheme]
        if number not in self.ports and (parts.hostname, number) != self.emulator:
            raise DeviceError("blocked", _other_port(number, self.ports))
        return parts

    def require_address(self, host: str, port: int) -> None:
        """Refuse an address that is about to be connected to.

        Raises:
            DeviceError: it is not public, nor in a network that was named.
        """
        if (host, port) == self.emulator:
            return
        if port not in self.ports:
            raise DeviceError("blocked", _other_port(port, self.ports))
        address = ipaddress.ip_address(host.partition("%")[0])
        if any(address in n for n in (*NEVER, *TRANSLATED)):
            raise DeviceError("blocked", f"{address} is never fetched from")
        if any(address in network for network in self.networks):
            return
        is_given_out = address.version == 4 or address in GIVEN_OUT
        if not (is_given_out and address.is_global) or address.is_multicast:
            raise DeviceError(
                "blocked",
                f"{address} is not a public address; to allow its network, start the server with "
                f"--private-network {_around(address)}",
            )

    def require_folder(self, url: str) -> Path:
        """A local folder that a person typed, as a path or as file:///path.

        Raises:
            DeviceError: it is not there, or not below one of `folders`, wherever its links lead.
        """
        text = unquote(urlsplit(url).path) if url.startswith("file:") else url
        try:
            folder = Path(text).resolve()
        except ValueError:  # a null byte
            folder = Path("/")
        if not any(folder.is_relative_to(root.resolve()) for root in self.folders):
            raise DeviceError(
                "blocked",
                "a folder is replayed from below those that the setting replay_folders names",
            )
        if not folder.is_dir():
            raise DeviceError("connect", f"{folder.name} is no folder")
        return folder

    def socket(self, found: tuple[Any, ...]) -> socket.socket:
        """A socket for an address that was looked up, for aiohttp's `socket_factory`."""
        family, kind, protocol, _, address = found
        self.require_address(address[0], address[1])
        return socket.socket(family=family, type=kind, proto=protocol)


def _around(address: Address) -> Network:
    """The network that an operator would name for it, as small ones are as a rule."""
    return ipaddress.ip_network(f"{address}/{24 if address.version == 4 else 64}", strict=False)


def _other_port(port: int, ports: Collection[int]) -> str:
    listed = ", ".join(str(one) for one in sorted(ports))
    return f"port {port} is not among {listed}; the setting COUNTERPOISE_SERVE_PORTS adds others"
