"""The running model with other shares of the classes: applied, taken back, and what is refused."""

import errno
from pathlib import Path

import pytest

pytest.importorskip("fastapi", reason="needs the extra serve: fastapi")

import numpy as np
from sqlalchemy import func, select

from counterpoise.errors import ArgumentError, OutputError
from counterpoise.service.analyzer.prior_shift import assumed, moved
from counterpoise.service.database import model_choices
from counterpoise.service.database.tables import AuditEntry, Result
from counterpoise.service.promotion import correcting
from counterpoise.service.promotion.keeping import kept, place

pytestmark = pytest.mark.usefixtures("quick")


def test_it_runs_and_is_taken_back_and_results_say_which(system, record_seen) -> None:
    folder = system.settings.folder
    samples = np.stack([np.full((1, 8, 8), grey, np.uint8) for grey in (40, 136, 220)])
    before, first = system.model.predict(samples), system.following.running
    record_seen([136])
    name = correcting.correct(system.engine, folder, [0.8, 0.2], "kim", 5)
    assert name == "first, prior corrected"
    system.following.sync()
    after = system.model.predict(samples)
    right = moved(before.probabilities, np.array([0.5, 0.5]), np.array([0.8, 0.2]))
    assert after.probabilities == pytest.approx(right)
    assert (before.labels.tolist(), after.labels.tolist()) == ([0, 1, 1], [0, 0, 1])
    assert assumed(system.model) == pytest.approx([0.8, 0.2])
    record_seen([137])
    again = correcting.correct(system.engine, folder, [0.4, 0.6], "kim", 6)
    assert again == name, "the name does not grow"
    system.following.sync()
    assert assumed(system.model) == pytest.approx([0.4, 0.6])
    assert correcting.take_back(system.engine, folder, "kim", 7) == "first", "not the one before"
    system.following.sync()
    with system.engine.connect() as connection:
        said = connection.execute(
            select(AuditEntry.detail).where(AuditEntry.what == "model promoted")
        ).scalars()
        assert "prior correction: “dark” 50.0% to 80.0%, “light” 50.0% to 20.0%" in next(said)
        labels = connection.execute(select(Result.model_id, Result.label)).all()
    assert [tuple(row) for row in labels] == [(first, "light"), (first + 1, "dark")]


def test_the_same_correction_again_is_no_second_candidate(system) -> None:
    folder = system.settings.folder
    for _ in range(2):
        correcting.correct(system.engine, folder, [0.8, 0.2], "kim", 5)
        assert correcting.take_back(system.engine, folder, "kim", 6) == "first"
    assert len(list((folder / "models").iterdir())) == 2
    with pytest.raises(ArgumentError, match="first has no prior correction to take back"):
        correcting.take_back(system.engine, folder, "kim", 6)


@pytest.mark.parametrize("is_there", [True, False])
def test_taking_back_to_a_model_without_a_whole_copy_changes_nothing(system, is_there) -> None:
    folder, first = system.settings.folder, system.model.digest
    correcting.correct(system.engine, folder, [0.8, 0.2], "kim", 5)
    graph = place(folder, first) / "model.onnx"
    graph.unlink()  # that of the corrected model stays
    if is_there:
        graph.write_bytes(b"damaged")

    def now() -> tuple[object, int]:
        with system.engine.connect() as connection:
            number = connection.scalar(select(func.count()).select_from(AuditEntry))
            return model_choices.current(connection), number

    before = now()
    with pytest.raises(ArgumentError, match=r"no whole copy of the model that first, prior corr"):
        correcting.take_back(system.engine, folder, "kim", 6)
    assert now() == before


@pytest.mark.parametrize("shares", [[0.5], [1.0, 0.0], [float("nan"), 1.0], [-1.0, 2.0], []])
def test_what_are_no_shares(system, shares) -> None:
    with pytest.raises(ArgumentError, match="shares are 2 numbers above 0, one for each class"):
        correcting.correct(system.engine, system.settings.folder, shares, "kim", 5)


def test_a_share_that_would_lose_its_class(system) -> None:
    with pytest.raises(ArgumentError, match=r"a share of 1e-308 .* never be seen again; give each"):
        correcting.correct(system.engine, system.settings.folder, [1.0, 1e-308], "kim", 5)


def test_a_model_that_does_not_say_what_it_assumes(system) -> None:
    there = place(system.settings.folder, system.model.digest) / "export.json"
    there.write_text(there.read_text().replace('"prior": [\n  0.5,\n  0.5\n ]', '"prior": null'))
    with pytest.raises(ArgumentError, match="it is not known which shares"):
        correcting.correct(system.engine, system.settings.folder, [0.5, 0.5], "kim", 5)
    assert kept(system.settings.folder, system.model.digest).digest == system.model.digest


def test_a_full_disk_is_said_and_nothing_is_left(system, monkeypatch) -> None:
    def full(source: Path, target: Path) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    folder = system.settings.folder
    before = {*folder.rglob("*")}
    monkeypatch.setattr(correcting.shutil, "copyfile", full)
    with pytest.raises(OutputError, match=r"the disk is full \(free some space"):
        correcting.correct(system.engine, folder, [0.8, 0.2], "kim", 5)
    left = {path.name for path in {*folder.rglob("*")} - before}
    assert not {name for name in left if "sqlite" not in name}
