"""Frames as the running model reads them."""

import numpy as np
import pytest

pytest.importorskip("fastapi", reason="needs the extra serve: fastapi")

from counterpoise.errors import DataError
from counterpoise.service.labelling import looking as module
from counterpoise.service.labelling.looking import PART, EndedError, Looking, sample_of


@pytest.fixture
def looking(system) -> Looking:
    return Looking(system.pictures)


@pytest.fixture
def read(system, monkeypatch) -> list[str]:
    """What is asked of the store."""
    asked, own = [], system.pictures.read
    monkeypatch.setattr(system.pictures, "read", lambda key: asked.append(key) or own(key))
    return asked


def test_a_frame_that_is_gone_or_damaged_has_no_sample(system, looking, jpeg) -> None:
    key = system.pictures.put(1, 1000, jpeg(200))
    assert looking.sample(system.model, key).shape == (1, 4, 4)
    assert looking.sample(system.model, "") is None
    system.pictures.drop(key)
    assert looking.sample(system.model, key) is None


def test_one_that_is_lost_is_asked_for_once_for_a_model(system, looking, jpeg, read) -> None:
    def undecodable(content: bytes):
        raise DataError("no image")

    damaged, gone = (system.pictures.put(1, at, jpeg(9)) for at in (1000, 2000))
    system.pictures.drop(gone)
    system.model.decode = undecodable
    for _ in range(3):
        assert looking.sample(system.model, damaged) is looking.sample(system.model, gone) is None
    assert read == [damaged, gone]
    system.model.digest = "1" * 64
    del system.model.decode
    assert looking.sample(system.model, damaged) is not None
    assert read == [damaged, gone, damaged]


def test_what_a_store_cannot_give_this_time_is_asked_for_again(
    system, looking, jpeg, monkeypatch
) -> None:
    key = system.pictures.put(1, 1000, jpeg(200))
    with monkeypatch.context() as patch:
        patch.setattr(system.pictures._files, "cat_file", lambda path: 1 / 0)
        assert looking.sample(system.model, key) is None
    assert looking.sample(system.model, key) is not None


def test_pictures_of_a_folder_that_was_not_mounted_are_seen_when_it_is(
    system, looking, jpeg, monkeypatch
) -> None:
    """Then each of them seems to be gone."""
    key, now = system.pictures.put(1, 1000, jpeg(200)), [1.0]
    monkeypatch.setattr(module, "monotonic", lambda: now[0])

    def unmounted(path: str) -> bytes:
        raise FileNotFoundError(path)

    with monkeypatch.context() as patch:
        patch.setattr(system.pictures._files, "cat_file", unmounted)
        assert looking.sample(system.model, key) is None
    now[0] += module.AGAIN
    assert looking.sample(system.model, key) is None
    now[0] += 1
    assert looking.sample(system.model, key) is not None


def test_nothing_is_looked_at_when_the_server_ends(stub) -> None:
    """Between two pictures, and between two parts of what the model sees."""
    ended: list[int] = []
    looking = Looking(None, lambda: bool(ended))
    stub.has_features, parts = True, []

    def features(some):
        parts.append(len(some))
        ended.append(1)
        return some[:, 0, 0, :2].astype(np.float32)

    stub.features = features
    with pytest.raises(EndedError):
        looking.features(stub, [np.zeros((1, 4, 4), np.uint8)] * (2 * PART))
    assert parts == [PART]
    with pytest.raises(EndedError):
        looking.sample(stub, "a key")


def test_samples_of_another_shape_are_none(series_system) -> None:
    assert sample_of(series_system.model, b"no array") is None


def test_features_and_labels_are_those_of_each_sample_in_order(stub) -> None:
    looking = Looking(None)
    samples = [np.full((1, 4, 4), number, np.uint8) for number in range(PART + 3)]
    assert looking.features(stub, samples) is None, "it was exported without"
    stub.has_features = True
    stub.features = lambda some: some[:, 0, 0, :2].astype(np.float32)
    found = looking.features(stub, samples)
    assert found.tolist() == [[n, n] for n in range(PART + 3)]
    assert looking.features(stub, []) is None
    shades = [np.full((1, 4, 4), grey, np.uint8) for grey in (9, 250)]
    assert list(looking.labels(stub, shades * PART)) == ["dark", "light"] * PART
