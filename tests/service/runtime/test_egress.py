"""The one way out: every form of an address that is not public is refused before it connects."""

import ast
import asyncio
import ipaddress
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

pytest.importorskip("aiohttp", reason="needs the extra serve: aiohttp")

import counterpoise.service
from counterpoise.errors import ArgumentError
from counterpoise.service.runtime.egress import PORTS, EgressGuard, private_network
from counterpoise.service.runtime.failure import DeviceError
from counterpoise.service.runtime.fetch import Fetcher

PRIVATE = {
    "this host": ("0.0.0.0", "0.1.2.3", "::"),
    "loopback": ("127.0.0.1", "127.255.255.254", "::1"),
    "private": ("10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1", "fd00::1", "fc00::1"),
    "shared": ("100.64.0.1", "100.127.255.255"),
    "link": ("169.254.169.254", "fe80::1", "fe80::1%eth0"),
    "documentation": ("192.0.2.1", "198.51.100.1", "203.0.113.1", "2001:db8::1"),
    "benchmarks": ("198.18.0.1",),
    "group": ("224.0.0.1", "239.255.255.250", "ff02::1", "ff0e::1"),
    "reserved": ("240.0.0.1", "255.255.255.255"),
    "mapped": ("::ffff:127.0.0.1", "::ffff:8.8.8.8", "::ffff:a9fe:a9fe"),
    "compatible": ("::127.0.0.1", "::8.8.8.8"),
    "NAT64": ("64:ff9b::7f00:1", "64:ff9b::808:808", "64:ff9b:1::a00:1"),
    "6to4": ("2002:7f00:1::1", "2002:808:808::1"),
    "Teredo": ("2001:0:4136:e378:8000:63bf:3fff:fdd2", "2001::1"),
    "site": ("fec0::1",),
    "not given out": ("4000::1", "a000::1", "1::1"),
    "anycast of 6to4": ("192.88.99.1",),
}
PUBLIC = ("8.8.8.8", "1.1.1.1", "172.32.0.1", "2606:4700:4700::1111", "2a00:1450:4001:801::200e")


def reason(call, *given: object) -> str:
    with pytest.raises(DeviceError) as caught:
        call(*given)
    return caught.value.reason


@pytest.mark.parametrize("address", [one for group in PRIVATE.values() for one in group])
def test_an_address_that_is_not_public_is_refused(address) -> None:
    assert reason(EgressGuard().require_address, address, 80) == "blocked"


@pytest.mark.parametrize("address", PUBLIC)
def test_a_public_address_is_let_through(address) -> None:
    EgressGuard().require_address(address, 443)


@pytest.mark.parametrize(
    ("address", "network"), [("192.168.1.20", "192.168.1.0/24"), ("fd00::1:2", "fd00::/64")]
)
def test_what_is_said_of_a_private_address_allows_it(address, network) -> None:
    with pytest.raises(DeviceError, match=f"--private-network {network}$"):
        EgressGuard().require_address(address, 80)
    EgressGuard(networks=(private_network(network),)).require_address(address, 80)


def test_what_is_said_of_another_port_names_the_setting() -> None:
    with pytest.raises(DeviceError, match="COUNTERPOISE_SERVE_PORTS"):
        EgressGuard().require_url("http://8.8.8.8:81/")


def test_only_listed_ports_are_let_through() -> None:
    for port in (22, 25, 6379, 9200, 0, 65535):
        assert reason(EgressGuard().require_address, "8.8.8.8", port) == "blocked"
        assert reason(EgressGuard().require_url, f"http://8.8.8.8:{port or 1}/") == "blocked"
    for port in PORTS:
        EgressGuard().require_url(f"http://8.8.8.8:{port}/")


@pytest.mark.parametrize(
    "url",
    [
        "",
        "camera.example/picture.jpg",
        "ftp://camera.example/",
        "file:///etc/passwd",
        "data:image/png;base64,",
        "javascript:alert(1)",
        "http://",
        "http:///picture.jpg",
        "http://user@camera.example/",
        "http://user:password@camera.example/",
        "http://:@camera.example/",
        "http://[::1/",
        "http://camera.example:http/",
        "http://camera.example:99999/",
        "http://camera.example:-1/",
        "http://camera.example/a b",
        "http://camera.example/\r\nHost: other",
        "http://camera.example\\@127.0.0.1/",
        "http://camera.example\t/",
    ],
)
def test_what_is_no_url_of_a_device_is_refused(url) -> None:
    assert reason(EgressGuard().require_url, url) == "blocked"


@pytest.mark.parametrize(
    "url", ["http://camera.example/a?b=c", "https://8.8.8.8", "rtsp://[2606:4700::1]/x"]
)
def test_a_url_of_a_device_is_let_through(url) -> None:
    assert EgressGuard().require_url(url).hostname


def connections(port_urls, guard_of) -> tuple[list[str], int]:
    """Reasons of fetching these URLs, and how often a server on all of loopback was connected."""

    async def run() -> tuple[list[str], int]:
        count = 0

        async def connected(reader, writer) -> None:
            nonlocal count
            count += 1
            writer.close()

        server = await asyncio.start_server(connected, "0.0.0.0", 0)
        port = server.sockets[0].getsockname()[1]
        found = []
        async with server, Fetcher(guard_of(port)) as fetcher:
            for url in port_urls:
                with pytest.raises(DeviceError) as caught:
                    async with fetcher.open(url.replace("PORT", str(port))):
                        pass
                found.append(caught.value.reason)
        return found, count

    return asyncio.run(run())


LITERALS = (
    "127.0.0.1",
    "127.1",
    "2130706433",
    "0x7f000001",
    "0x7f.1",
    "0177.0.0.1",
    "017700000001",
    "0",
    "0.0.0.0",
    "localhost",
    "[::1]",
    "[::]",
    "[::ffff:127.0.0.1]",
    "[::ffff:7f00:1]",
    "[0:0:0:0:0:0:0:1]",
    "127.0.0.1.",
    "①②⑦.⓪.⓪.①",
)


def test_no_spelling_of_loopback_is_connected_to() -> None:
    urls = [f"http://{host}:PORT/" for host in LITERALS]
    found, count = connections(urls, lambda port: EgressGuard(ports={port}))
    assert count == 0
    assert set(found) <= {"blocked", "dns"}
    assert found[0] == "blocked"


@pytest.mark.parametrize("group", [*PRIVATE])
def test_a_name_is_judged_by_its_addresses(group, monkeypatch) -> None:
    for address in PRIVATE[group]:
        plain = address.partition("%")[0]
        is_six = ":" in plain

        def answer(host, port, *args, plain=plain, is_six=is_six, **kwargs):
            assert host == "camera.example"
            end = (plain, port, 0, 0) if is_six else (plain, port)
            return [(socket.AF_INET6 if is_six else socket.AF_INET, socket.SOCK_STREAM, 6, "", end)]

        monkeypatch.setattr(socket, "getaddrinfo", answer)
        guard = EgressGuard()
        found, _ = connections(["http://camera.example/"], lambda port, guard=guard: guard)
        assert found == ["blocked"], address


def test_a_name_that_answers_differently_the_second_time_gains_nothing(monkeypatch, served) -> None:
    """First the address that may be fetched from, then another one, where a server listens too."""
    answers: list[str] = ["127.0.0.1", "127.0.0.2"]
    asked: list[str] = []

    def rebound(host, port, *args, **kwargs):
        asked.append(host)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (answers.pop(0), port))]

    body = b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nConnection: close\r\n\r\nx"

    async def run() -> tuple[bytes, int]:
        async with served(body, host="0.0.0.0") as server:
            monkeypatch.setattr(socket, "getaddrinfo", rebound)
            guard = EgressGuard(ports={server.port}, emulator=("127.0.0.1", server.port))
            url = f"http://camera.example:{server.port}/"
            async with Fetcher(guard) as fetcher, fetcher.open(url) as response:
                first = await fetcher.read(response)
            async with Fetcher(guard) as fetcher:
                with pytest.raises(DeviceError, match=r"127\.0\.0\.2 is never fetched from"):
                    async with fetcher.open(url):
                        pass
            return first, len(server.requests)

    assert asyncio.run(run()) == (b"x", 1)
    assert asked == ["camera.example"] * 2, "each connection asks once, and is judged by the answer"


def test_one_refused_address_among_many_ends_the_attempt(monkeypatch) -> None:
    """After a public address that does not answer comes no private one."""
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]

    def two(host, port, *args, **kwargs):
        return [
            (socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port))
            for address in ("127.0.0.1", "10.0.0.1")
        ]

    monkeypatch.setattr(socket, "getaddrinfo", two)
    guard = EgressGuard(ports={port}, emulator=("127.0.0.1", port))

    async def run() -> None:
        async with Fetcher(guard) as fetcher, fetcher.open(f"http://camera.example:{port}/"):
            pass

    assert reason(lambda: asyncio.run(run())) == "blocked"


def test_the_emulator_opens_one_port_of_one_address() -> None:
    guard = EgressGuard(emulator=("127.0.0.1", 40_000))
    guard.require_url("http://127.0.0.1:40000/1/good/snapshot")
    guard.require_address("127.0.0.1", 40_000)
    for host, port in (("127.0.0.1", 40_001), ("127.0.0.2", 40_000), ("127.0.0.1", 80)):
        assert reason(guard.require_address, host, port) == "blocked"


def test_a_private_network_is_opened_by_name_alone() -> None:
    guard = EgressGuard(networks=(private_network("10.20.0.0/16"), private_network("fd00:1::/32")))
    guard.require_address("10.20.255.1", 80)
    guard.require_address("fd00:1::5", 80)
    for other in ("10.21.0.1", "192.168.0.1", "fd00:2::5", "::ffff:10.20.0.1"):
        assert reason(guard.require_address, other, 80) == "blocked"
    assert reason(guard.require_address, "10.20.0.1", 22) == "blocked"


@pytest.mark.parametrize(
    "text",
    ["", "camera.example", "10.0.0.1/8", "0.0.0.0/0", "::/0", "127.0.0.0/24", "169.254.0.0/16",
     "::1/128", "fe80::/64", "2002::/16", "64:ff9b::/96", "::ffff:10.0.0.0/104", "224.0.0.0/8"],
)  # fmt: skip
def test_no_setting_opens_this_machine_or_its_link(text) -> None:
    with pytest.raises(ArgumentError):
        private_network(text)


def test_every_translated_address_would_pass_the_standard_library() -> None:
    """Why they are listed: `is_global` alone lets some of them through."""
    passed = [
        address
        for group in ("NAT64", "6to4", "mapped", "compatible")
        for address in PRIVATE[group]
        if ipaddress.ip_address(address).is_global
    ]
    assert passed


def test_a_folder_is_replayed_only_below_a_named_one(tmp_path: Path) -> None:
    (tmp_path / "in" / "deep").mkdir(parents=True)
    (tmp_path / "in side").mkdir()
    (tmp_path / "out").mkdir()
    (tmp_path / "in" / "link").symlink_to(tmp_path / "out")
    (tmp_path / "in" / "file").write_text("")
    guard = EgressGuard(folders=(tmp_path / "in", tmp_path / "in side"))
    inside = tmp_path / "in"
    assert guard.require_folder(str(inside)) == inside.resolve()
    assert guard.require_folder(f"file://{inside}/deep") == (inside / "deep").resolve()
    assert guard.require_folder(f"file://{tmp_path}/in%20side").name == "in side"
    for url in (
        f"{tmp_path}/out",
        f"{tmp_path}/inside",
        f"{inside}/../out",
        f"file://{inside}/%2e%2e/out",
        f"{inside}/link",
        "/",
        "",
        ".",
        f"{inside}\0",
        "http://camera.example/",
    ):
        assert reason(guard.require_folder, url) == "blocked", url
    for url in (f"{inside}/none", f"{inside}/file"):
        assert reason(guard.require_folder, url) == "connect"
    assert reason(EgressGuard().require_folder, str(inside)) == "blocked"


# What connects. `fetch.py` may, as it hands over the sockets of `egress.py`.
WAYS_OUT = {
    "ClientSession", "TCPConnector", "create_connection", "open_connection", "sock_connect",
    "open_unix_connection", "create_unix_connection", "urlopen", "urlretrieve", "HTTPConnection",
    "HTTPSConnection", "start_connection", "socket.socket", "aiohttp.request",
    "av.open",
}  # fmt: skip
CLIENTS = (
    "urllib.request.", "http.client.", "httpx.", "httpx2.", "requests.", "urllib3.", "ftplib.",
    "smtplib.", "telnetlib.", "imaplib.", "poplib.", "xmlrpc.", "websockets.", "pycurl.",
    "aiohappyeyeballs.",
)  # fmt: skip
GATES = {
    "runtime/fetch.py": {"ClientSession", "TCPConnector"},
    "runtime/egress.py": {"socket.socket"},
    "serving.py": {"socket.socket"},  # the type of the one that listens
    "runtime/rtsp_relay.py": {"sock_connect", "open_connection"},  # of a socket of `egress.py`
    # Children: their end of a pair of sockets to the server, by its number. FFmpeg opens bytes, and
    # the relay on this machine, which test_hls.py and test_rtsp_relay.py hold it to.
    "runtime/video_process.py": {"socket.socket", "av.open"},
    "analyzer/program_process.py": {"socket.socket"},
}


def ways_out(package: Path) -> Iterator[str]:
    """Every place of the service that could connect to something, past the guard."""
    for path in sorted(package.rglob("*.py")):
        name = path.relative_to(package).as_posix()
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            modules, used = [], ""
            if isinstance(node, ast.Import):
                modules = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom):
                modules = [f"{node.module}.{alias.name}" for alias in node.names]
            elif isinstance(node, ast.Call):
                used = ast.unparse(node.func)
            elif isinstance(node, ast.Attribute):
                used = node.attr
            elif isinstance(node, ast.Name):
                used = node.id
            found = {f"import {m}" for m in modules if f"{m}.".startswith(CLIENTS)}
            found |= {m.rpartition(".")[2] for m in modules} & WAYS_OUT
            found |= {used} & WAYS_OUT
            for way in sorted(found - GATES.get(name, set())):
                yield f"{name}:{node.lineno}: {way}"


def test_nothing_of_the_service_connects_past_the_guard() -> None:
    assert list(ways_out(Path(counterpoise.service.__file__).parent)) == []


@pytest.mark.parametrize(
    "text",
    [
        "import urllib.request",
        "from urllib import request",
        "from urllib.request import urlopen",
        "import httpx as h",
        "import requests",
        "import aiohttp\naiohttp.ClientSession()",
        "from aiohttp import ClientSession",
        "import aiohttp\naiohttp.request('GET', 'http://x')",
        "import socket\nsocket.create_connection(('x', 80))",
        "import socket\nsocket.socket()",
        "import asyncio\nasyncio.open_connection('x', 80)",
        "loop.sock_connect(s, a)",
    ],
)
def test_each_way_past_the_guard_is_found(tmp_path: Path, text: str) -> None:
    (tmp_path / "a.py").write_text(text)
    assert len(list(ways_out(tmp_path))) >= 1
