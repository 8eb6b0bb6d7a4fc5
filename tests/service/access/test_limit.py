"""Five failures in five minutes, and one has to wait."""

from counterpoise.service.access.limit import KEYS, TRIES, WINDOW, LoginLimit


def test_the_sixth_try_has_to_wait_until_the_first_is_old() -> None:
    now = 0.0
    limit = LoginLimit(lambda: now)
    for i in range(TRIES):
        assert limit.wait("eve", "10.0.0.1") == 0
        now = float(i)
        limit.failed("eve", "10.0.0.1")
    assert limit.wait("eve") == WINDOW - now
    assert limit.wait("bob", "10.0.0.1") == WINDOW - now, "another name, the same address"
    assert limit.wait("bob") == 0
    now = WINDOW
    assert limit.wait("eve", "10.0.0.1") == 0


def test_a_success_forgets_the_failures_of_the_name() -> None:
    limit = LoginLimit(lambda: 0.0)
    for _ in range(TRIES):
        limit.failed("eve")
    limit.succeeded("eve")
    assert limit.wait("eve") == 0


def test_what_is_remembered_is_bounded() -> None:
    limit = LoginLimit(lambda: 0.0)
    for i in range(KEYS + 50):
        limit.failed(str(i))
    assert len(limit._failures) == KEYS
