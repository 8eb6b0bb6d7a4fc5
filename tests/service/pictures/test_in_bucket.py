"""A server whose pictures are in S3: kept with their results, shown, and moved by a backup."""

import contextlib
import hashlib
import time

import pytest

pytest.importorskip("fastapi", reason="needs the extra serve: fastapi")

from sqlalchemy import select

from counterpoise.errors import ArgumentError
from counterpoise.predict import ExportedModel
from counterpoise.service.backup import back_up
from counterpoise.service.database import cameras
from counterpoise.service.database.cameras import CameraFields
from counterpoise.service.database.tables import Result
from counterpoise.service.pictures.store import PictureStore
from counterpoise.service.promotion.keeping import keep, place
from counterpoise.service.promotion.travelling import AbsentError, copies_of
from counterpoise.service.restoring import restore
from counterpoise.service.runtime.failure import DeviceError
from counterpoise.service.settings import Settings
from counterpoise.service.system import System

pytestmark = pytest.mark.system
LONG = 120.0  # seconds that a slow machine has


def test_pictures_of_frames_are_in_the_bucket_and_move_into_a_folder(
    bucket, tmp_path, stub, jpeg
) -> None:
    settings = Settings(folder=tmp_path / "server", pictures=bucket)
    keys: list[str] = []
    with System(settings, stub, "stub") as system:
        with system.engine.begin() as connection:
            fields = CameraFields(name="Pier", kind="push", url="", interval=0.1)
            camera = cameras.add(connection, fields, 1, "the test")
        system.reassign()
        end, grey = time.monotonic() + LONG, 0
        while len(keys) < 3:
            assert time.monotonic() < end, f"three results never came: {system.pictures.error}"
            with contextlib.suppress(ArgumentError, DeviceError):  # not followed yet, or too fast
                system.worker.push(camera, jpeg(grey % 250))
            grey += 130
            time.sleep(0.05)
            with system.engine.connect() as connection:
                keys = list(connection.scalars(select(Result.picture)))
        assert None not in keys
        assert not (tmp_path / "server" / "pictures").exists()
        assert [system.pictures.get(key)[:2] for key in keys] == [b"\xff\xd8"] * len(keys)
    back_up(settings.folder, settings.picture_store, tmp_path / "b.zip", True)
    kept, _ = restore(tmp_path / "b.zip", tmp_path / "moved", "", False)
    assert kept.pictures >= 3
    moved = PictureStore((tmp_path / "moved" / "pictures").as_uri())
    theirs = PictureStore(bucket)
    assert [moved.get(key) for key in keys] == [theirs.get(key) for key in keys]


def test_models_travel_through_a_bucket_and_one_that_is_half_uploaded_is_never_used(
    bucket, tmp_path, exported, upload
) -> None:
    here, there = (
        copies_of(Settings(folder=tmp_path / name, pictures=bucket)) for name in ("a", "b")
    )
    source = exported("x")
    digest = ExportedModel.load(source).digest
    content = (keep(here.folder, source, digest) / "model.onnx").read_bytes()
    graph = hashlib.sha256(content).hexdigest()
    path = f"{bucket.removeprefix('s3:/')}/models/{graph}.onnx"
    upload(path, content, sent=len(content) // 2)
    with pytest.raises(AbsentError):
        there.get(digest)
    here.send([digest])
    assert there.get(digest).digest == digest
    assert there.get(digest).folder == place(there.folder, digest)
