"""The engine that was asked for."""

from pathlib import Path
from typing import Any

import pytest

from counterpoise.errors import ArgumentError
from counterpoise.experiments.engines import engine
from counterpoise.experiments.engines.local import LocalEngine
from counterpoise.experiments.options import Options
from counterpoise.experiments.setup import set_up


def test_the_local_engine_takes_nothing_to_open() -> None:
    with engine.opened("local", 3) as opened:
        assert isinstance(opened, LocalEngine)


@pytest.mark.parametrize(("name", "address"), [("ray", None), ("ray://a:1", "a:1")])
def test_an_address_follows_the_name(
    monkeypatch: pytest.MonkeyPatch, name: str, address: str | None
) -> None:
    asked: list[Any] = []

    class Connected:
        def __init__(self, *given: Any) -> None:
            asked.append(given)

        def __enter__(self) -> LocalEngine:
            return LocalEngine()

        def __exit__(self, *error: object) -> None: ...

    monkeypatch.setattr(engine, "connected", Connected)
    with engine.opened(name, 2):
        pass
    assert asked == [(address, 2)]


@pytest.mark.parametrize("name", ["rays", "ray:10.0.0.1", "ray://host", "ray://:6379", ""])
def test_other_names_are_refused(name: str) -> None:
    with pytest.raises(ArgumentError, match="engine= is local, ray, or ray://HOST:PORT"):
        Options.of({"dataset": "digits", "engine": name})


def test_files_that_are_decoded_in_training_need_an_engine_that_sees_them(tmp_path: Path) -> None:
    from PIL import Image

    from counterpoise import data
    from counterpoise.experiments.progress import display

    class Far(LocalEngine):
        reads_files = False

    for name in ("a", "b"):
        (tmp_path / "data" / name).mkdir(parents=True)
        for n in range(4):
            Image.new("RGB", (8, 8), (n, n, n)).save(tmp_path / "data" / name / f"{n}.png")
    given = {"dataset": str(tmp_path / "data"), "image_memory": 0.0, "scratch": True}
    options = Options.of({**given, "out": tmp_path / "out"})
    dataset = data.load(options.dataset)
    with pytest.raises(ArgumentError, match="do not read the files of this one"):
        set_up(options, dataset, {}, "cpu", display("silent"), None, Far())  # type: ignore[arg-type]
