"""What the model knows already, as points."""

import numpy as np
import pytest

pytest.importorskip("fastapi", reason="needs the extra serve: fastapi")

from counterpoise.service.database import label_queue
from counterpoise.service.database.label_queue import Queued
from counterpoise.service.labelling.centers import Centers


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
    centers = Centers(system.engine, system.pictures, None)
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
    centers = Centers(system.engine, system.pictures, tmp_path / "none")
    queue(system, pictured[0])
    assert centers.features(system.model).shape == (1, 1)
