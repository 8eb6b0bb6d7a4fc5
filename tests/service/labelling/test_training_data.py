"""The data set of a retraining."""

import csv

import numpy as np
import pytest

pytest.importorskip("fastapi", reason="needs the extra serve: fastapi")

from counterpoise.errors import ArgumentError
from counterpoise.service.database import label_queue, labels
from counterpoise.service.database.label_queue import Queued
from counterpoise.service.database.labels import Verdict
from counterpoise.service.labelling.training_data import write


def settled(system, said: dict[int, str]) -> list:
    with system.engine.begin() as connection:
        for number, label in said.items():
            queued = Queued(number, 1 + number % 2, "dark", "rare", "x", False, 1, 1.0)
            label_queue.put(connection, [queued], 1, "t")
            labels.give(connection, number, "ann", Verdict("class", label), 2)
        return labels.settled(connection, random=False)


def test_pictures_are_written_as_the_model_reads_them(system, pictured, jpeg, tmp_path) -> None:
    system.model.decode = lambda content: np.full((1, 8, 8), content[-3], np.uint8)
    base = tmp_path / "base" / "light"
    base.mkdir(parents=True)
    (base / "1.jpg").write_bytes(jpeg(200))
    found = settled(system, {pictured[0]: "dark", pictured[1]: "light", pictured[2]: "cow"})
    place = tmp_path / "x"
    place.mkdir()
    data, frames, _ = write(place, found, system.pictures, system.model, base.parent)
    assert frames == pictured[:2], "a class that the model does not have is left out"
    with data.open() as stream:
        rows = list(csv.DictReader(stream))
    assert [(row["label"], row["group"]) for row in rows] == [
        ("dark", f"camera-{found[0].camera}"), ("light", f"camera-{found[1].camera}"),
        ("light", ""),
    ]  # fmt: skip
    assert all((place / row["path"]).is_file() for row in rows)


def test_what_cannot_be_trained_with(system, pictured, jpeg, tmp_path) -> None:
    def attempt(found, base=None):
        return write(tmp_path, found, system.pictures, system.model, base)

    system.model.decode = lambda content: np.zeros((1, 8, 8), np.uint8)
    with pytest.raises(ArgumentError, match="there are no labels to train with"):
        attempt([])
    found = settled(system, {pictured[0]: "dark"})
    with pytest.raises(ArgumentError, match="all labels are of one class, dark"):
        attempt(found)
    cow = tmp_path / "base" / "cow"
    cow.mkdir(parents=True)
    (cow / "1.jpg").write_bytes(jpeg(9))
    with pytest.raises(ArgumentError, match="has the class 'cow', which the model does not have"):
        attempt(found, cow.parent)
    system.pictures.drop(found[0].picture)
    with pytest.raises(ArgumentError, match="there are no labels to train with"):
        attempt(found)


def test_series_are_one_array(tmp_path, series_system) -> None:
    import io

    from counterpoise.service.database.labels import Settled

    frames = []
    for number in range(4):
        stream = io.BytesIO()
        np.save(stream, np.full((2, 5), number, np.float32))
        key = series_system.pictures.put(1, 1000 + number, stream.getvalue())
        label = ("dark", "light")[number % 2]
        frames.append(
            Settled(number, 1 + number // 2, 1, "class", label, "dark", {}, 1, False, None, key)
        )
    data, numbers, _ = write(tmp_path, frames, series_system.pictures, series_system.model, None)
    with np.load(data) as found:
        assert found["x_train"].shape == found["x_test"].shape == (2, 2, 5)
        assert {*found["group_train"], *found["group_test"]} == {"camera-1", "camera-2"}
        assert len(set(found["group_test"])) == 1, "one camera judges"
    assert numbers == [0, 1, 2, 3]
