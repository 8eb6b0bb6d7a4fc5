"""Frames as the running model reads them."""

import numpy as np
import pytest

pytest.importorskip("fastapi", reason="needs the extra serve: fastapi")

from counterpoise.service.labelling.looking import PART, features_of, look, sample_of


def test_a_frame_that_is_gone_or_damaged_has_no_sample(system, jpeg) -> None:
    key = system.pictures.put(1, 1000, jpeg(200))
    assert look(system.model, system.pictures, key).shape == (1, 4, 4)
    assert look(system.model, system.pictures, "") is None
    system.pictures.drop(key)
    assert look(system.model, system.pictures, key) is None


def test_samples_of_another_shape_are_none(series_system) -> None:
    assert sample_of(series_system.model, b"no array") is None


def test_features_are_those_of_each_sample_in_order(stub) -> None:
    samples = [np.full((1, 4, 4), number, np.uint8) for number in range(PART + 3)]
    assert features_of(stub, samples) is None, "it was exported without"
    stub.has_features = True
    stub.features = lambda some: some[:, 0, 0, :2].astype(np.float32)
    found = features_of(stub, samples)
    assert found.tolist() == [[n, n] for n in range(PART + 3)]
    assert features_of(stub, []) is None
