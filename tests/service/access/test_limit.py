"""Five failures in five minutes, and one has to wait."""

from concurrent.futures import ThreadPoolExecutor

from counterpoise.service.access.limit import KEYS, TRIES, WINDOW, LoginLimit


def test_the_sixth_try_has_to_wait_until_the_first_is_old() -> None:
    now = 0.0
    limit = LoginLimit(lambda: now)
    for i in range(TRIES):
        now = float(i)
        assert limit.begin("eve", "10.0.0.1") == 0
    assert limit.begin("eve", "10.0.0.2") == WINDOW - now
    assert limit.begin("bob", "10.0.0.1") == WINDOW - now, "another name, the same address"
    assert limit.begin("bob", "10.0.0.2") == 0
    now = WINDOW
    assert limit.begin("eve", "10.0.0.1") == 0


def test_a_success_forgets_the_failures_of_the_name_and_counts_for_no_address() -> None:
    limit = LoginLimit(lambda: 0.0)
    for _ in range(TRIES - 1):
        assert limit.begin("eve", "10.0.0.1") == 0
    for _ in range(3):
        assert limit.begin("eve", "10.0.0.1") == 0
        limit.succeeded("eve", "10.0.0.1")
    assert limit.begin("eve", "10.0.0.1") == 0
    assert limit.begin("bob", "10.0.0.1") == WINDOW


def test_of_many_at_once_five_get_through() -> None:
    limit = LoginLimit(lambda: 0.0)
    with ThreadPoolExecutor(20) as pool:
        waits = list(pool.map(lambda _: limit.begin("eve", "10.0.0.1"), range(100)))
    assert waits.count(0.0) == TRIES


def test_what_is_remembered_is_bounded() -> None:
    limit = LoginLimit(lambda: 0.0)
    for i in range(KEYS + 50):
        limit.begin(str(i))
    assert len(limit._failures) == KEYS
