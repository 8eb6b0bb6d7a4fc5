"""Servers of S3 on loopback that break off, or only refuse."""

import socket
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest


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
def s3_that_answers(use_s3: Callable[[str], None]) -> Iterator[Callable]:
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
        use_s3(f"http://127.0.0.1:{server.server_address[1]}")
        yield lambda status, body: answer.__setitem__(slice(None), [status, body.encode()])
        server.shutdown()
