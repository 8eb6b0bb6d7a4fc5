"""The demo's pictures and cameras; a browser sees it whole in test_demo_in_browser.py."""

import pytest

pytest.importorskip("fastapi", reason="needs the extra serve: fastapi")

from counterpoise.service import demo
from counterpoise.service.database import cameras
from counterpoise.service.database.search import Search
from counterpoise.service.emulator.server import FAULTS


def test_pictures_are_made_once_and_are_two_sets(tmp_path) -> None:
    train, replay = demo.pictures(tmp_path)
    names = [{p.name for p in folder.rglob("*.jpg")} for folder in (train, replay)]
    assert [len(some) for some in names] == [1198, 599]
    assert not names[0] & names[1]
    assert sorted(p.name for p in train.iterdir()) == [f"digit {n}" for n in range(10)]
    made = (train / "digit 0").stat().st_mtime_ns
    demo.pictures(tmp_path)
    assert (train / "digit 0").stat().st_mtime_ns == made
    assert [p.name for p in tmp_path.iterdir()] == ["pictures"]


def test_cameras_keep_their_numbers_at_another_port(system) -> None:
    numbers = []
    for port in (1, 2):
        demo.add_cameras(system, f"http://127.0.0.1:{port}")
        with system.engine.connect() as connection:
            found, _ = cameras.find(connection, Search())
        assert all(f":{port}/" in row["url"] for row in found)
        numbers.append(sorted(row["id"] for row in found))
    assert numbers[0] == numbers[1]
    assert len(numbers[0]) == 12
    assert {fault for *_, fault in demo.PLACES} <= set(FAULTS)
