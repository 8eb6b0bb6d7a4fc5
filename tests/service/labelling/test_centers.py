"""What the model knows already, as points."""

import numpy as np
import pytest

pytest.importorskip("fastapi", reason="needs the extra serve: fastapi")

from counterpoise.service.database import label_queue
from counterpoise.service.database.label_queue import Queued
from counterpoise.service.labelling.centers import Centers
from counterpoise.service.labelling.looking import EndedError, Looking


def queue(system, *numbers: int) -> None:
    with system.engine.begin() as connection:
        frames = [Queued(n, 1, "dark", "rare", "x", False, 1, 1.0) for n in numbers]
        label_queue.put(connection, frames, 1, "t")


def test_features_of_a_frame_are_computed_once_for_a_model(system, pictured) -> None:
    asked = []

    def features(samples):
        asked.append(len(samples))
        return samples.mean((1, 2, 3))[:, None].astype(np.float32)

    system.model.has_features, system.model.features = True, features
    centers = Centers(system.engine, Looking(system.pictures), None)
    assert centers.features(system.model) is None, "nothing is queued"
    queue(system, *pictured[:3])
    first = centers.features(system.model)
    queue(system, pictured[3])
    assert len(first) == 3
    assert len(centers.features(system.model)) == 4
    assert asked == [3, 1]
    system.model.digest = "2" * 64
    assert len(centers.features(system.model)) == 4
    assert asked == [3, 1, 4]


def test_a_folder_that_is_gone_gives_none(system, pictured, tmp_path) -> None:
    system.model.has_features = True
    system.model.features = lambda samples: samples.mean((1, 2, 3))[:, None].astype(np.float32)
    centers = Centers(system.engine, Looking(system.pictures), tmp_path / "none")
    queue(system, pictured[0])
    assert centers.features(system.model).shape == (1, 1)


def test_pictures_of_the_first_training_are_not_read_when_the_server_ends(
    system, pictured, jpeg, tmp_path
) -> None:
    """As many as a thousand, before the model sees the first."""
    folder = tmp_path / "base" / "dark"
    folder.mkdir(parents=True)
    for number in range(9):
        (folder / f"{number}.jpg").write_bytes(jpeg(9))
    read, own = [], system.model.decode
    system.model.has_features = True
    system.model.decode = lambda content: read.append(1) or own(content)
    looking = Looking(system.pictures, lambda: len(read) == 3)
    centers = Centers(system.engine, looking, folder.parent)
    with pytest.raises(EndedError):
        centers.features(system.model)
    assert len(read) == 3
