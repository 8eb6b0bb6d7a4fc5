"""Labels as files, and back."""

import csv
import io
import json
import zipfile

import pytest

pytest.importorskip("fastapi", reason="needs the extra serve: fastapi")

from sqlalchemy import update

from counterpoise.data import load
from counterpoise.service.database import label_queue, labels
from counterpoise.service.database.label_queue import Queued
from counterpoise.service.database.labels import Verdict
from counterpoise.service.database.tables import Result
from counterpoise.service.labelling import files
from counterpoise.service.labelling.reading import import_file


@pytest.fixture
def settled(system, pictured):
    """Twelve frames: ten of two classes, of which two are of the random tenth; two others."""
    with system.engine.begin() as connection:
        for place, number in enumerate(pictured[:12]):
            camera = 1 + place % 2
            queued = Queued(number, camera, "dark", "rare", "x", place < 2, 1, 1.0)
            label_queue.put(connection, [queued], 1, "the test")
            verdict = Verdict("class", ("dark", "light")[place % 3 == 0])
            if place > 9:
                verdict = Verdict(("none", "bad")[place - 10])
            labels.give(connection, number, "ann", verdict, 2)
    with system.engine.connect() as connection:
        return labels.settled(connection, verdicts=("class", "none", "bad"))


def test_class_folders_that_counterpoise_reads(system, settled, tmp_path) -> None:
    path = tmp_path / "x.zip"
    written = files.write_zip(path, settled, system.pictures)
    assert (len(written.frames), written.left_out) == (10, [])
    with zipfile.ZipFile(path) as whole:
        assert whole.testzip() is None
        whole.extractall(tmp_path / "x")
    for name, number in (("training", 8), ("judged", 2)):
        read = load(str(tmp_path / "x" / f"{name}.csv"))
        assert len(read.labels) == number
        assert len(list((tmp_path / "x" / name).glob("*/camera-*-frame-*.jpg"))) == number
    read = load(str(tmp_path / "x" / "training.csv"))
    assert set(read.classes) == {"dark", "light"}
    assert len(set(read.groups.tolist())) == 2, "a group for each camera"
    rows = list(csv.DictReader(io.StringIO((tmp_path / "x" / "others.csv").read_text())))
    assert [row["label"] for row in rows] == ["none of the classes", "bad picture"]


def test_what_is_exported_can_be_imported(system, settled, tmp_path) -> None:
    path = tmp_path / "x.zip"
    files.write_zip(path, settled, system.pictures)
    with zipfile.ZipFile(path) as whole:
        found = {name: whole.read(name) for name in whole.namelist() if name.endswith(".csv")}
    tasks = files.label_studio(settled, lambda frame: f"http://x/?result={frame.result}")
    expected = {row.result: Verdict(row.verdict, row.label) for row in settled}
    taken = {}
    for content in found.values():
        report = import_file(system.engine, content, ("dark", "light"), 9, "bob", dry=True)
        assert report.refused == []
        taken |= report.taken
    assert taken == expected
    report = import_file(system.engine, tasks, ("dark", "light"), 9, "bob", dry=True)
    assert (report.taken, report.refused) == (expected, [])


def test_tasks_say_what_the_model_said(settled) -> None:
    tasks = json.loads(files.label_studio(settled, lambda frame: "x"))
    assert tasks[0]["predictions"][0]["result"][0]["value"] == {"choices": ["dark"]}
    assert 0 < tasks[0]["predictions"][0]["score"] <= 1
    assert [one["data"]["random"] for one in tasks].count(True) == 2


def test_a_picture_that_is_gone_is_left_out_by_name(system, settled, tmp_path) -> None:
    system.pictures.drop(settled[3].picture)
    with system.engine.begin() as connection:
        gone = update(Result).where(Result.id == settled[4].result)
        connection.execute(gone.values(picture=""))
        again = labels.settled(connection)
    written = files.write_zip(tmp_path / "x.zip", again, system.pictures)
    assert [frame for frame, _ in written.left_out] == [settled[3].result, settled[4].result]
    assert len(written.frames) == 8
