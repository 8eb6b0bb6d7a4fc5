"""What a hostile server sends ends as a named failure, soon and in little memory."""

import asyncio
import gzip
import socket
import ssl
import tracemalloc
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest

pytest.importorskip("aiohttp", reason="needs the extra serve: aiohttp")

from counterpoise.service.runtime import fetch
from counterpoise.service.runtime.egress import EgressGuard
from counterpoise.service.runtime.failure import DeviceError
from counterpoise.service.runtime.fetch import Fetcher

OK = b"HTTP/1.1 200 OK\r\n"


class AnyAddress(EgressGuard):
    """Lets all of loopback through, to test what does not hang on addresses."""

    def require_address(self, host, port) -> None:
        assert host.startswith("127.")


EVERY = AnyAddress(ports=range(1, 65536))


def refused(fetched, answer, reason, **options) -> DeviceError:
    with pytest.raises(DeviceError) as caught:
        fetched(answer, **options)
    assert caught.value.reason == reason, str(caught.value)
    return caught.value


def test_a_body_comes_with_a_length_and_without(fetched) -> None:
    assert fetched(OK + b"Content-Length: 3\r\n\r\nabc") == b"abc"
    assert fetched(OK + b"Connection: close\r\n\r\nabcdef") == b"abcdef"
    assert fetched(OK + b"Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n") == b"abc"


@pytest.mark.parametrize(
    ("length", "reason"),
    [
        (b"-1", "protocol"),
        (b"abc", "protocol"),
        (b"99999999999999999999999999", "protocol"),
        (b"10485761", "too big"),
        (b"1000", "truncated"),  # more than comes
    ],
)
def test_a_content_length_that_is_wrong_is_named(fetched, length, reason) -> None:
    refused(fetched, OK + b"Content-Length: " + length + b"\r\n\r\nabc", reason)


def test_an_endless_body_ends_at_the_largest_frame(fetched) -> None:
    async def endless(reader, writer) -> None:
        writer.write(OK + b"\r\n")
        while True:
            writer.write(bytes(1 << 20))
            await writer.drain()

    tracemalloc.start()
    try:
        refused(fetched, endless, "too big")
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 4 * fetch.LARGEST


def test_a_gzip_bomb_is_not_unpacked(fetched) -> None:
    packed = gzip.compress(bytes(20 << 20), 1)
    head = OK + b"Content-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(packed)
    refused(fetched, head + packed, "protocol")
    as_transfer = OK + b"Transfer-Encoding: gzip, chunked\r\n\r\n"
    body = b"%x\r\n" % len(packed) + packed + b"\r\n0\r\n\r\n"
    assert len(fetched(as_transfer + body)) == len(packed)
    first = OK + b"Content-Encoding: identity\r\nContent-Encoding: gzip\r\n"
    length = b"Content-Length: %d\r\n\r\n" % len(packed)
    assert len(fetched(first + length + packed)) == len(packed)


@pytest.mark.parametrize("where", ["header", "body", "interim"])
def test_a_server_that_drips_is_left(fetched, monkeypatch, where) -> None:
    monkeypatch.setattr(fetch, "ANSWER", 0.3)
    monkeypatch.setattr(fetch, "WHOLE", 0.3)
    begin = {"header": OK + b"X: ", "body": OK + b"Content-Length: 100\r\n\r\n", "interim": b""}
    drop = {"header": b"x", "body": b"x", "interim": b"HTTP/1.1 100 Continue\r\n\r\n"}

    async def drip(reader, writer) -> None:
        writer.write(begin[where])
        while True:
            writer.write(drop[where])
            await writer.drain()
            await asyncio.sleep(0.02)

    refused(fetched, drip, "timeout")


def test_a_server_that_falls_silent_is_left(fetched, monkeypatch) -> None:
    monkeypatch.setattr(fetch, "SILENCE", 0.2)

    async def stall(reader, writer) -> None:
        writer.write(OK + b"Content-Length: 100\r\n\r\nabc")
        await asyncio.sleep(60)

    refused(fetched, stall, "timeout")


@pytest.mark.parametrize("shape", ["lines", "long", "status"])
def test_a_flood_of_headers_is_refused(fetched, shape) -> None:
    async def flood(reader, writer) -> None:
        writer.write({"lines": OK, "long": OK + b"X: ", "status": b"HTTP/1.1 200 "}[shape])
        while True:
            writer.write(b"X-Some: thing\r\n" * 1000 if shape == "lines" else b"x" * 10_000)
            await writer.drain()

    refused(fetched, flood, "protocol")


def test_what_is_no_http_is_named(fetched) -> None:
    refused(fetched, b"SSH-2.0-OpenSSH_9.6\r\n", "protocol")


def test_a_closed_connection_and_a_closed_port_are_named(fetched) -> None:
    assert "closed the connection" in str(refused(fetched, b"", "connect"))
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]

    async def run() -> None:
        async with Fetcher(EVERY) as fetcher, fetcher.open(f"http://127.0.0.1:{port}/"):
            pass

    with pytest.raises(DeviceError) as caught:
        asyncio.run(run())
    assert caught.value.reason == "connect"


@pytest.mark.parametrize("location", ["/", "", "/again"])
def test_a_loop_of_redirects_ends(served, location) -> None:
    answer = f"HTTP/1.1 302 Found\r\nLocation: {location}\r\nContent-Length: 0\r\n\r\n".encode()

    async def run() -> int:
        async with served(answer) as server, Fetcher(server.guard) as fetcher:
            with pytest.raises(DeviceError, match="3 redirects"):
                async with fetcher.open(server.url):
                    pass
            return len(server.requests)

    assert asyncio.run(run()) == fetch.REDIRECTS + 1


@pytest.mark.parametrize(
    "location",
    [
        "http://169.254.169.254/latest/meta-data",
        "http://10.0.0.1/",
        "http://[::1]/",
        "http://127.0.0.1:22/",
        "file:///etc/passwd",
        "gopher://8.8.8.8/",
        "http://user:password@8.8.8.8/",
        "http://[/",
        "http://8.8.8.8:99999/",
    ],
)
def test_a_redirect_goes_nowhere_that_a_url_does_not(fetched, location) -> None:
    answer = f"HTTP/1.1 302 Found\r\nLocation: {location}\r\nContent-Length: 0\r\n\r\n".encode()
    refused(fetched, answer, "blocked")


CHALLENGES = {
    "basic": b'WWW-Authenticate: Basic realm="camera"',
    "digest": b'WWW-Authenticate: Digest realm="camera", nonce="n1", qop="auth", algorithm=MD5\r\n'
    b'WWW-Authenticate: Basic realm="camera"',
}


def asks(challenge: bytes, then: bytes):
    """A server that answers only those who log in."""

    async def answer(reader, writer) -> None:
        request = answer.told.requests[-1]
        if "Authorization:" in request:
            writer.write(then)
        else:
            head = b"HTTP/1.1 401 No\r\nContent-Length: 0\r\nConnection: close\r\n"
            writer.write(head + challenge + b"\r\n\r\n")
        await writer.drain()

    return answer


@pytest.mark.parametrize("way", CHALLENGES)
def test_a_password_is_told_as_it_is_asked_for_and_to_nobody_else(served, way: str) -> None:
    async def run() -> tuple[list[str], list[str]]:
        async with served(OK + b"Content-Length: 1\r\nConnection: close\r\n\r\nx") as other:
            found = f"HTTP/1.1 302 Found\r\nConnection: close\r\nLocation: {other.url}\r\n\r\n"
            to_other = found.encode()
            answer = asks(CHALLENGES[way], to_other)
            async with served(answer) as first, Fetcher(EVERY) as fetcher:
                answer.told = first
                for _ in range(2):
                    async with fetcher.open(first.url, ("user", "gehäim")) as response:
                        assert await fetcher.read(response) == b"x"
                return first.requests, other.requests

    first, other = asyncio.run(run())
    told = ["Authorization:" in request for request in first]
    # not before it asks, and at once after that; Digest is asked for what it hashes
    assert told == [False] * (2 if way == "digest" else 1) + [True] * 2
    assert all(way.capitalize() + " " in request for request in first[-2:])
    assert len(other) == 2
    assert not any("authorization" in request.lower() for request in other)
    if way == "digest":
        expected = digest_of(first[-2])
        assert f'response="{expected}"' in first[-2]
        assert "nc=00000002" in first[-1]
        assert "gehäim" not in "".join(first)


def digest_of(request: str) -> str:
    """RFC 7616, section 3.4.1, with MD5 and qop=auth."""
    import hashlib
    import re

    said = dict(re.findall(r'(\w+)="?([^",]+)"?', request.split("Digest ")[1].split("\r\n")[0]))

    def md5(text: str) -> str:
        return hashlib.md5(text.encode()).hexdigest()

    parts = (said["nonce"], said["nc"], said["cnonce"], "auth", md5(f"GET:{said['uri']}"))
    return md5(":".join((md5("user:camera:gehäim"), *parts)))


@pytest.mark.parametrize(
    "challenge",
    [
        b"",
        b"WWW-Authenticate: Bearer",
        b"WWW-Authenticate: Digest x",
        b'WWW-Authenticate: NTLM\r\nWWW-Authenticate: Digest realm="x", nonce="n"',
    ],
)
def test_who_asks_in_another_way_is_told_nothing(served, challenge: bytes) -> None:
    async def run() -> list[str]:
        answer = asks(challenge or b"X: y", b"")
        async with served(answer) as server, Fetcher(EVERY) as fetcher:
            answer.told = server
            with pytest.raises(DeviceError, match="HTTP 401") as caught:
                async with fetcher.open(server.url, ("user", "secret")):
                    pass
            assert "secret" not in str(caught.value)
            return server.requests

    assert not any("secret" in request or "c2VjcmV0" in request for request in asyncio.run(run()))


def test_a_host_is_asked_no_more_often_than_agreed(served) -> None:
    async def run() -> float:
        guard = AnyAddress(ports=range(1, 65536), rates={"127.0.0.1": 5.0})
        answer = OK + b"Content-Length: 1\r\nConnection: close\r\n\r\nx"
        async with served(answer) as server, Fetcher(guard) as fetcher:

            async def one() -> None:
                async with fetcher.open(server.url) as response:
                    await fetcher.read(response)

            begun = asyncio.get_running_loop().time()
            await asyncio.gather(*(one() for _ in range(7)))
            return asyncio.get_running_loop().time() - begun

    assert 0.35 <= asyncio.run(run()) < 5


def test_a_request_carries_no_cookie_and_asks_for_no_encoding(served, monkeypatch) -> None:
    answer = OK + b"Set-Cookie: a=b\r\nContent-Length: 1\r\nConnection: close\r\n\r\nx"

    def found(host, port, *args, **kwargs):  # a jar would keep none of an address
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", port))]

    async def run() -> list[str]:
        async with served(answer) as server, Fetcher(EVERY) as fetcher:
            monkeypatch.setattr(socket, "getaddrinfo", found)
            for _ in range(2):
                async with fetcher.open(f"http://camera.example:{server.port}/") as response:
                    await fetcher.read(response)
            return server.requests

    requests = asyncio.run(run())
    assert len(requests) == 2
    for request in requests:
        assert "cookie" not in request.lower()
        assert "Accept-Encoding: identity" in request


def test_a_proxy_of_the_environment_is_not_used(served, monkeypatch) -> None:
    async def run() -> tuple[int, int]:
        async with served(OK + b"Content-Length: 1\r\n\r\nx") as server, served(OK) as proxy:
            for name in ("http_proxy", "HTTP_PROXY", "ALL_PROXY"):
                monkeypatch.setenv(name, proxy.url)
            async with Fetcher(server.guard) as fetcher, fetcher.open(server.url) as response:
                await fetcher.read(response)
            return len(server.requests), len(proxy.requests)

    assert asyncio.run(run()) == (1, 0)


@pytest.mark.parametrize("status", [401, 403, 404, 500, 204, 206, 304])
def test_a_status_other_than_200_is_a_failure(fetched, status) -> None:
    answer = f"HTTP/1.1 {status} X\r\nContent-Length: 0\r\n\r\n".encode()
    error = refused(fetched, answer, "auth" if status in (401, 403) else "http")
    assert str(status) in error.detail


@pytest.mark.parametrize("status", [429, 503])
def test_retry_after_is_read(fetched, status) -> None:
    def after(value: str) -> float:
        head = f"HTTP/1.1 {status} X\r\nRetry-After: {value}\r\nContent-Length: 0\r\n\r\n"
        return refused(fetched, head.encode(), "http").after

    assert after("120") == 120
    assert 50 < after(format_datetime(datetime.now(UTC) + timedelta(minutes=1), usegmt=True)) <= 60
    assert after("Wed, 21 Oct 2015 07:28:00 GMT") == 0
    assert after("Wed, 21 Oct 2015 07:28:00 -0000") == 0
    assert after("soon") == 0
    assert after("-5") == 0
    assert after("9" * 5000) < 1e9
    assert after(f"Mon, 01 Jan {'9' * 20} 00:00:00 GMT") == 0


def test_a_host_is_asked_for_few_pictures_at_a_time(served, monkeypatch) -> None:
    monkeypatch.setattr(fetch, "PER_HOST", 3)
    now = most = 0

    async def slow(reader, writer) -> None:
        nonlocal now, most
        now += 1
        most = max(most, now)
        await asyncio.sleep(0.03)
        now -= 1
        writer.write(OK + b"Content-Length: 1\r\nConnection: close\r\n\r\nx")

    async def run() -> int:
        async with served(slow) as server, Fetcher(EVERY) as fetcher:

            async def one(stream: bool) -> None:
                async with fetcher.open(server.url, stream=stream) as response:
                    await fetcher.read(response)

            await asyncio.gather(*[one(stream=False) for _ in range(12)])
            pictures = most
            await asyncio.gather(*[one(stream=True) for _ in range(12)])
            assert not fetcher._turns, "what is known of a host goes with its last request"
            return pictures

    assert asyncio.run(run()) == 3
    assert most == 12, "streams last for ever, so they wait for no turn"


def test_a_name_without_an_address_is_named(monkeypatch) -> None:
    def unknown(*args, **kwargs):
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)

    async def run() -> None:
        async with Fetcher(EgressGuard()) as fetcher, fetcher.open("http://camera.example/"):
            pass

    with pytest.raises(DeviceError, match=r"no address: camera\.example"):
        asyncio.run(run())


@pytest.mark.parametrize("host", ["a" * 70 + ".example", "a..b", "xn--a.example", "%zz"])
def test_a_name_that_cannot_be_one_is_named(host) -> None:
    async def run() -> None:
        async with Fetcher(EgressGuard()) as fetcher, fetcher.open(f"http://{host}/"):
            pass

    with pytest.raises(DeviceError) as caught:
        asyncio.run(run())
    assert caught.value.reason in ("blocked", "dns")


def test_a_certificate_that_nobody_vouches_for_is_refused(fetched, tmp_path) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate(tmp_path))
    refused(fetched, OK + b"\r\nx", "tls", ssl=context, scheme="https")


def test_a_server_without_encryption_is_no_https() -> None:
    async def plain(reader, writer) -> None:
        writer.write(OK + b"\r\n")
        await reader.read(1)
        writer.close()

    async def run() -> None:
        server = await asyncio.start_server(plain, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        async with server, Fetcher(EVERY) as fetcher, fetcher.open(f"https://127.0.0.1:{port}/"):
            pass

    with pytest.raises(DeviceError) as caught:
        asyncio.run(run())
    assert caught.value.reason == "tls"


def certificate(folder: Path) -> Path:
    """A self-signed one for 127.0.0.1, with its key."""
    pytest.importorskip("cryptography", reason="needs the extra serve: cryptography")
    import ipaddress

    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    begin = datetime.now(UTC) - timedelta(days=1)
    signed = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(begin)
        .not_valid_after(begin + timedelta(days=3))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), False
        )
        .sign(key, hashes.SHA256())
    )
    path = folder / "certificate.pem"
    path.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        + signed.public_bytes(serialization.Encoding.PEM)
    )
    return path
