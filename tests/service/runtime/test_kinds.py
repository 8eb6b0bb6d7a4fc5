"""Every kind of device is one of a file of its own, and made anew for each camera."""

import inspect

import pytest

pytest.importorskip("aiohttp", reason="needs the extra serve: aiohttp")

from counterpoise.errors import ArgumentError
from counterpoise.service.runtime.egress import EgressGuard
from counterpoise.service.runtime.failure import DeviceError
from counterpoise.service.runtime.kinds import KINDS, MEASURES, SENDS, require_place


def test_each_kind_has_the_one_interface_and_a_file_of_its_own() -> None:
    assert {"snapshot", "mjpeg", "replay", "push", "sensor"} <= set(KINDS)
    files = set()
    for kind, make in KINDS.items():
        device = make()
        assert device is not make(), kind
        assert [*inspect.signature(device.frames).parameters] == ["source", "fetcher", "ending"]
        assert inspect.isasyncgenfunction(device.frames)
        files.add(inspect.getmodule(device.frames).__name__.rpartition(".")[2])
    assert files == set(KINDS)
    assert set(MEASURES) <= set(SENDS) <= set(KINDS)


def test_an_address_is_judged_by_its_kind(tmp_path) -> None:
    guard = EgressGuard(folders=(tmp_path,))
    for kind in ("snapshot", "mjpeg"):
        require_place(kind, "https://camera.example/a.jpg", guard)
        for url in (str(tmp_path), "file:///etc/passwd", ""):
            with pytest.raises(DeviceError):
                require_place(kind, url, guard)
    require_place("replay", str(tmp_path), guard)
    for url in ("/", "https://camera.example/a.jpg", ""):
        with pytest.raises(DeviceError):
            require_place("replay", url, guard)
    for kind in SENDS:
        require_place(kind, "", guard)
    with pytest.raises(ArgumentError, match="the kinds are snapshot"):
        require_place("film", "https://camera.example/", guard)
