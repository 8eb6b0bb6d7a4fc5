"""A server of S3 on loopback: moto's, and one that only refuses."""

import socket
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count

import pytest

NUMBERS = count()


@pytest.fixture(scope="session")
def moto() -> Iterator[str]:
    """The address of moto's server."""
    pytest.importorskip("s3fs", reason="needs the extra serve-s3: s3fs")
    server = pytest.importorskip("moto.server", reason="needs moto and flask")
    running = server.ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    running.start()
    yield "http://{}:{}".format(*running.get_host_and_port())
    running.stop()


def _use(monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    for name, value in {
        "AWS_ENDPOINT_URL": address, "AWS_ACCESS_KEY_ID": "a key",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_SECRET_ACCESS_KEY": "a secret", "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_CONFIG_FILE": "/nowhere", "AWS_SHARED_CREDENTIALS_FILE": "/nowhere",
    }.items():  # fmt: skip
        monkeypatch.setenv(name, value)
    import s3fs

    s3fs.S3FileSystem.clear_instance_cache()  # of another address


@pytest.fixture
def bucket(moto: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """A folder in a new bucket, as a URL."""
    _use(monkeypatch, moto)
    import s3fs

    name = f"pictures{next(NUMBERS)}"
    s3fs.S3FileSystem().mkdir(name)
    return f"s3://{name}/some/where"


@pytest.fixture
def upload(moto: str) -> Callable:
    """Begin to put an object, and end the connection in the middle."""

    def begun(path: str, content: bytes, sent: int) -> None:
        host, _, port = moto.removeprefix("http://").partition(":")
        with socket.create_connection((host, int(port))) as connection:
            head = f"PUT {path} HTTP/1.1\r\nHost: {host}\r\nContent-Length: {len(content)}\r\n\r\n"
            connection.sendall(head.encode() + content[:sent])
            connection.shutdown(socket.SHUT_WR)
            while connection.recv(65536):
                pass  # until the server has seen it

    return begun


@pytest.fixture
def s3_that_answers(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable]:
    """A server that answers everything alike."""
    answer = [200, b""]

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"  # which answers "Expect: 100-continue"

        def _answer(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            self.send_response(answer[0])
            self.send_header("Content-Type", "application/xml")
            self.send_header("Content-Length", str(len(answer[1])))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(answer[1])

        do_GET = do_PUT = do_POST = do_DELETE = do_HEAD = _answer  # noqa: N815

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        pytest.importorskip("s3fs", reason="needs the extra serve-s3: s3fs")
        _use(monkeypatch, f"http://127.0.0.1:{server.server_address[1]}")
        yield lambda status, body: answer.__setitem__(slice(None), [status, body.encode()])
        server.shutdown()
