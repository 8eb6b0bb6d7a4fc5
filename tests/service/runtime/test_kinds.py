"""Every kind of device is one of a file of its own, and made anew for each camera."""

import inspect

import pytest

pytest.importorskip("aiohttp", reason="needs the extra serve: aiohttp")

from counterpoise.service.runtime.kinds import KINDS


def test_each_kind_has_the_one_interface_and_a_file_of_its_own() -> None:
    assert {"snapshot", "mjpeg", "replay", "push"} <= set(KINDS)
    files = set()
    for kind, make in KINDS.items():
        device = make()
        assert device is not make(), kind
        assert [*inspect.signature(device.frames).parameters] == ["source", "fetcher", "ending"]
        assert inspect.isasyncgenfunction(device.frames)
        files.add(inspect.getmodule(device.frames).__name__.rpartition(".")[2])
    assert files == set(KINDS)
