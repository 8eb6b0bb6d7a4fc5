"""The system starts, goes on after an end, and says what it cannot do."""

import contextlib
import time

import pytest

pytest.importorskip("fastapi", reason="needs the extra serve: fastapi")

from counterpoise.errors import ArgumentError, OutputError
from counterpoise.service.database.account import balance
from counterpoise.service.runtime.failure import DeviceError
from counterpoise.service.settings import Settings
from counterpoise.service.system import System


def test_a_second_one_on_the_same_folder_is_refused(system, stub) -> None:
    with pytest.raises(OutputError, match="another server"), System(system.settings, stub, "s"):
        pass
    assert system.is_ready() == ""


def test_it_goes_on_where_it_ended(system, stub, seen) -> None:
    system.__exit__(None, None, None)
    with System(system.settings, stub, "stub") as again, again.engine.connect() as connection:
        now = balance(connection)
    assert (now.fetched, now.analysed, now.in_flight) == (1, 1, 0)


@pytest.mark.parametrize(
    ("setting", "said"),
    [
        ({"private_networks": "127.0.0.0/8"}, "127.0.0.0/8"),
        ({"private_networks": "home"}, "such as 10.20.0.0/16"),
        ({"ports": "0"}, "1 to 65535"),
    ],
)
def test_settings_that_cannot_be(tmp_path, stub, setting, said: str) -> None:
    with pytest.raises(ArgumentError, match=said):
        System(Settings(folder=tmp_path, **setting), stub, "stub")


def test_a_store_that_fails_stops_no_classification(system, camera, jpeg, monkeypatch) -> None:
    from counterpoise.service.database import results

    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(system.pictures._files, "pipe_file", full)
    found: list = []
    for _ in range(300):
        with contextlib.suppress(ArgumentError, DeviceError):  # not followed yet, or too fast
            system.worker.push(camera, jpeg(200))
        time.sleep(0.02)
        with system.engine.connect() as connection:
            found = results.latest(connection, camera)
        if found:
            break
    assert found[0].label == "light"
    assert found[0].picture is None
    assert system.pictures.error == "No space left on device"
