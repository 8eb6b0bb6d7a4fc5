"""Webhooks over loopback: signed, tried again over a restart, and never where nothing is sent."""

import base64
import hashlib
import hmac
import json
import random
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

import pytest

pytest.importorskip("aiohttp", reason="needs the extra serve: aiohttp")
pytest.importorskip("alembic", reason="needs the extra serve: alembic")

from sqlalchemy.exc import OperationalError

from counterpoise.service.alerts import webhook
from counterpoise.service.alerts.webhook import Deliverer, guard_of, signature
from counterpoise.service.database import alerts, deliveries
from counterpoise.service.database.alerts import RuleFields
from counterpoise.service.runtime.clock import now
from counterpoise.service.runtime.egress import EgressGuard


class Receiver:
    """Answers with the next status, the last one again and again; keeps what came.

    While `may_answer` is not set, it answers nobody.
    """

    def __init__(self, *statuses: int, headers: dict[str, str] | None = None) -> None:
        self.came: list[tuple[str, dict[str, str], bytes]] = []
        self.may_answer = threading.Event()
        self.may_answer.set()
        left, outer = list(statuses), self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                told = {name.lower(): value for name, value in self.headers.items()}
                outer.came.append((self.path, told, body))
                outer.may_answer.wait(30)
                self.send_response(left.pop(0) if len(left) > 1 else left[0])
                for name, value in (headers or {}).items():
                    self.send_header(name, value)
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.port = self.server.server_address[1]
        self.guard = EgressGuard(emulator=("127.0.0.1", self.port))
        self.url = f"http://127.0.0.1:{self.port}/hook"

    def __enter__(self):
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.may_answer.set()
        self.server.shutdown()
        self.server.server_close()


class Everywhere(EgressGuard):
    """Admits every receiver of a test."""

    def require_url(self, url: str):
        return urlsplit(url)

    def require_address(self, host: str, port: int) -> None:
        assert host == "127.0.0.1"


class Now(random.Random):
    """Draws no wait."""

    def uniform(self, a: float, b: float) -> float:
        return 0.0


@pytest.fixture
def told(engine):
    """Have a URL told something; the rule."""

    def tell(url: str) -> alerts.Rule:
        with engine.begin() as connection:
            fields = RuleFields(name=url, kind="disk", url=url)
            rule = alerts.add(connection, fields, 1, "me")
            deliveries.enqueue(connection, rule.id, "raised", now(), {"value": 96.5})
        return rule

    return tell


def lines(engine) -> list[deliveries.Logged]:
    with engine.connect() as connection:
        return deliveries.log(connection)


def until(engine, done) -> deliveries.Logged:
    for _ in range(1500):
        (line,) = lines(engine)
        if done(line):
            return line
        time.sleep(0.02)
    raise AssertionError(line)


def test_it_is_signed_and_delivered_once(engine, told) -> None:
    with Receiver(204) as receiver:
        rule = told(receiver.url)
        deliverer = Deliverer(engine, receiver.guard, now)
        deliverer.start()
        line = until(engine, lambda line: line.outcome == "delivered")
        deliverer.stop()
    assert (line.status, line.tries, line.next) == (204, 1, None)
    ((path, headers, body),) = receiver.came
    assert path == "/hook"
    assert json.loads(body)["data"] == {"value": 96.5}
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.{body.decode()}"
    key = base64.b64decode(rule.secret.removeprefix("whsec_"))
    digest = base64.b64encode(hmac.new(key, signed.encode(), hashlib.sha256).digest()).decode()
    assert headers["webhook-signature"] == f"v1,{digest}"
    assert abs(int(headers["webhook-timestamp"]) - time.time()) < 60


def wait_for(done) -> None:
    for _ in range(1500):
        if done():
            return
        time.sleep(0.02)
    raise AssertionError("it never came")


def test_one_that_hangs_delays_its_own_deliveries_alone(engine, told, monkeypatch) -> None:
    """Twenty wait for the one, and those of the others arrive at once."""
    monkeypatch.setattr(webhook, "STEP", 0.02)
    with Receiver(204) as hangs, Receiver(204) as well, Receiver(204) as late:
        hangs.may_answer.clear()
        slow = told(hangs.url)
        with engine.begin() as connection:
            for _ in range(19):
                deliveries.enqueue(connection, slow.id, "raised", now(), {})
        told(well.url)
        deliverer = Deliverer(engine, Everywhere(), now)
        deliverer.start()
        wait_for(lambda: well.came)
        wait_for(lambda: len(hangs.came) == webhook.OF_ONE)
        told(late.url)  # what is raised while it hangs
        begun = time.monotonic()
        wait_for(lambda: late.came)
        assert time.monotonic() - begun < 12, "some hundredths on an idle machine"
        time.sleep(0.2)
        assert len(hangs.came) == webhook.OF_ONE, "and it is not asked for more"
        hangs.may_answer.set()
        wait_for(lambda: len(hangs.came) == 20)
        wait_for(lambda: {line.outcome for line in lines(engine)} == {"delivered"})
        deliverer.stop()
    assert (len(well.came), len(late.came), len(hangs.came)) == (1, 1, 20)
    assert {line.tries for line in lines(engine)} == {1}


def test_their_number_at_a_time_is_bounded(engine, told, monkeypatch) -> None:
    monkeypatch.setattr(webhook, "STEP", 0.02)
    monkeypatch.setattr(webhook, "AT_ONCE", 2)
    with Receiver(204) as first, Receiver(204) as second, Receiver(204) as third:
        several = (first, second, third)
        for one in several:
            one.may_answer.clear()
            told(one.url)
        deliverer = Deliverer(engine, Everywhere(), now)
        deliverer.start()
        wait_for(lambda: sum(len(one.came) for one in several) == 2)
        time.sleep(0.2)
        assert [len(one.came) for one in several] == [1, 1, 0], "those that wait longest"
        first.may_answer.set()
        wait_for(lambda: third.came)
        begun = time.monotonic()
        deliverer.stop()
        assert time.monotonic() - begun < 12, "the end waits for nobody who hangs"
        again = {line.id: line.next is not None for line in lines(engine)}
        assert again == {1: False, 2: True, 3: True}


def test_the_example_of_standard_webhooks() -> None:
    secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
    body = '{"test": 2432232314}'
    found = signature(secret, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, body)
    assert found == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_it_is_tried_again_and_over_a_restart(engine, told, monkeypatch) -> None:
    monkeypatch.setattr(webhook, "STEP", 0.02)
    with Receiver(500, 503, 200) as receiver:
        told(receiver.url)
        slow = Deliverer(engine, receiver.guard, now)  # waits seconds before the second try
        slow._random = type("Half", (random.Random,), {"uniform": lambda s, a, b: 1.0})()
        slow.start()
        until(engine, lambda line: line.tries == 1)
        slow.stop()
        (line,) = lines(engine)
        assert line.next is not None
        assert line.outcome == "HTTP 500"
        again = Deliverer(engine, receiver.guard, now, Now())  # the server starts again
        again.start()
        line = until(engine, lambda line: line.outcome == "delivered")
        again.stop()
    assert (line.tries, len(receiver.came)) == (3, 3)
    assert len({headers["webhook-id"] for _, headers, _ in receiver.came}) == 1


def test_nobody_is_told_without_end_while_the_database_takes_nothing(
    engine, told, monkeypatch
) -> None:
    monkeypatch.setattr(webhook, "STEP", 0.01)

    def full(*_: object) -> None:
        raise OperationalError("insert", {}, Exception("disk is full"))

    with Receiver(200) as receiver, monkeypatch.context() as patch:
        patch.setattr(deliveries, "tried", full)
        told(receiver.url)
        deliverer = Deliverer(engine, receiver.guard, now)
        deliverer.start()
        wait_for(lambda: receiver.came)
        time.sleep(0.3)
        deliverer.stop()
    assert len(receiver.came) == 1


def test_it_is_given_up_in_the_end(engine, told, monkeypatch) -> None:
    monkeypatch.setattr(webhook, "STEP", 0.01)
    monkeypatch.setattr(webhook, "TRIES", 3)
    with Receiver(500) as receiver:
        told(receiver.url)
        deliverer = Deliverer(engine, receiver.guard, now, Now())
        deliverer.start()
        line = until(engine, lambda line: line.next is None)
        deliverer.stop()
    assert (line.outcome, line.tries) == ("given up: HTTP 500", 3)


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_no_redirect_is_followed(engine, told, status: int) -> None:
    with Receiver(200) as elsewhere:
        with Receiver(status, headers={"Location": elsewhere.url}) as receiver:
            told(receiver.url)
            deliverer = Deliverer(engine, receiver.guard, now)
            deliverer.start()
            line = until(engine, lambda line: line.tries == 1)
            deliverer.stop()
        assert line.outcome == f"HTTP {status}"
        assert elsewhere.came == []


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::1]", "169.254.169.254"])
def test_this_machine_and_its_link_are_never_told(engine, told, host: str) -> None:
    """Not even where the demo's cameras are, which its guard admits for them."""
    with Receiver(200) as receiver:
        ports = frozenset({receiver.port})
        guard = guard_of(EgressGuard(ports=ports, emulator=("127.0.0.1", receiver.port)))
        told(f"http://{host}:{receiver.port}/hook")
        deliverer = Deliverer(engine, guard, now)
        deliverer.start()
        line = until(engine, lambda line: line.next is None)
        deliverer.stop()
    assert line.outcome.startswith("given up: the server does not fetch from its address")
    assert (receiver.came, line.status, line.tries) == ([], None, 1)


def test_waits_are_drawn_below_a_bound_that_doubles() -> None:
    top = type("Top", (random.Random,), {"uniform": lambda s, a, b: b})()
    assert [webhook.wait(n, top) for n in (1, 2, 3, 50)] == [10, 20, 40, 3600]
    assert webhook.wait(1, Now(), after=30) == 30
    assert webhook.wait(1, Now(), after=1e9) == 3600
