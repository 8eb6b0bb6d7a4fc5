"""Requests of a host are spaced evenly; hosts do not wait for each other."""

import asyncio

import pytest

pytest.importorskip("aiohttp", reason="needs the extra serve: aiohttp")

from counterpoise.service.runtime import politeness
from counterpoise.service.runtime.politeness import Turns


def test_each_host_has_its_own_rate() -> None:
    now = [100.0]
    slept: list[float] = []

    async def sleep(seconds: float) -> None:
        slept.append(round(seconds, 6))

    turns = Turns({"slow.example": 2.0, "slowest.example": 0.25}, 10.0, lambda: now[0], sleep)

    async def run() -> None:
        for _ in range(4):
            await turns.wait("slow.example")
        assert slept == [0.5, 1.0]
        for _ in range(11):
            await turns.wait("fast.example")
        assert slept == [0.5, 1.0, 0.1]
        now[0] += 10
        await turns.wait("slow.example")
        assert slept == [0.5, 1.0, 0.1]
        for _ in range(3):
            await turns.wait("slowest.example")

    asyncio.run(run())
    assert slept[3:] == [4.0, 8.0]


def test_hosts_that_rest_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(politeness, "FORGET", 2)
    now = [0.0]
    turns = Turns({}, 1.0, lambda: now[0])

    async def run() -> None:
        for number in range(50):
            now[0] += 5
            await turns.wait(str(number))

    asyncio.run(run())
    assert len(turns._due) <= 3
