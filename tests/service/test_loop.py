"""The loop end to end on real pictures: a class is rare, is labelled, and its recall rises.

The server classifies what ten cameras send; a labeller answers what its queue asks; an operator
trains again, an admin has the candidate shadowed and promotes it. Beside it the test trains with as
many labels drawn at random, in the same way, and prints both. docs/results/loop.md has ten seeds.
"""

import contextlib
import json
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

pytest.importorskip("fastapi", reason="needs the extra serve: fastapi")
pytest.importorskip("onnxruntime", reason="needs the extra serve: onnxruntime")
pytest.importorskip("onnx", reason="needs the extra onnx")

from sqlalchemy import delete, func, select

from counterpoise.errors import ArgumentError
from counterpoise.service.database import (
    label_counts,
    label_pool,
    label_queue,
    labels,
    people,
    retrainings,
)
from counterpoise.service.database.label_queue import Queued
from counterpoise.service.database.label_tables import Label, LabelFrame
from counterpoise.service.database.labels import Verdict
from counterpoise.service.database.tables import Model, Result
from counterpoise.service.runtime.failure import DeviceError

pytestmark = pytest.mark.system

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"
ROUND = 100  # labels
SEED = 8  # so that the eight is rare
ROUNDS = "60"  # of a training
METHOD = (
    "oversampling"  # as the first model; TLC mirrors pictures, and a digit is no other mirrored
)
FIRST = """base = "oversampling"

[data]
dataset = {data}
split = "seed-0"

[model]
name = "small-cnn"

[train]
rounds = 60
"""


@pytest.fixture
def pictures(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The pictures of the benchmark."""
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    import loop_world

    return loop_world


@pytest.fixture
def world(pictures: ModuleType):
    return pictures.make("digits", SEED)


@pytest.fixture
def system(tmp_path: Path, pictures: ModuleType, world, secret: str) -> Iterator:
    """A server over a model that learned from 20 pictures of one class."""
    from counterpoise.predict import ExportedModel
    from counterpoise.service.access.roles import ROLES
    from counterpoise.service.exporting import exported, run_counterpoise
    from counterpoise.service.settings import Settings
    from counterpoise.service.system import System

    base = pictures.write_base(world, tmp_path / "base")
    file = tmp_path / "first.toml"
    file.write_text(FIRST.format(data=json.dumps(str(base))), "utf-8")
    run_counterpoise("run", str(file), "--out", str(tmp_path / "out"))
    (predictor,) = (tmp_path / "out").glob("runs/*/*/predictor")
    settings = Settings(
        folder=tmp_path / "server", label_queue=ROUND, label_twice=0.0, retrain_with=base
    )
    with System(settings, ExportedModel.load(exported(predictor)), "first") as system:
        with system.engine.begin() as connection:
            for role in ROLES:
                people.add_user(connection, role, secret, role, 1, "the test")
        yield system


@pytest.fixture
def cameras(system, world) -> dict[int, int]:
    """Camera of the pictures -> its number."""
    from counterpoise.service.database import cameras
    from counterpoise.service.database.cameras import CameraFields

    with system.engine.begin() as connection:
        there = {
            int(one): cameras.add(
                connection,
                CameraFields(name=f"camera {one}", kind="push", url="", interval=0.1),
                1, "the test",
            )
            for one in np.unique(world.stream.cameras)
        }  # fmt: skip
    system.reassign()
    return there


def send(system, frames: dict[int, list[bytes]]) -> None:
    """Have each camera send its frames, the next one when the one before is a result."""
    query = select(Result.camera_id, func.count()).group_by(Result.camera_id)
    with system.engine.connect() as connection:
        before = dict(connection.execute(query).all())
    for _ in range(6000):
        with system.engine.connect() as connection:
            there = dict(connection.execute(query).all())
        left = {
            camera: some[there.get(camera, 0) - before.get(camera, 0) :]
            for camera, some in frames.items()
        }
        if not any(left.values()):
            return
        for camera, some in left.items():
            if some:
                with contextlib.suppress(ArgumentError, DeviceError):  # not followed yet, too fast
                    system.worker.push(camera, some[0])
        time.sleep(0.05)
    raise AssertionError(f"results never came of {left}")


def of_cameras(world, cameras: dict[int, int]) -> dict[int, list[bytes]]:
    frames: dict[int, list[bytes]] = {number: [] for number in cameras.values()}
    for i, camera in enumerate(world.stream.cameras):
        frames[cameras[int(camera)]].append(world.stream.png(i))
    return frames


def signed(browse, token, role: str):
    client = browse(role)
    client.headers["X-CSRF-Token"] = token(client)
    return client


def retrain(system, operator, token) -> retrainings.Known:
    """Begin a training on the page, and wait for its end."""
    sent = {"csrf": token(operator), "method": METHOD, "rounds": ROUNDS}
    assert operator.post("/label/training", data=sent).status_code == 303
    for _ in range(12_000):
        with system.engine.connect() as connection:
            found = retrainings.latest(connection, 1)[0]
        if found.state != "running" and system.labelling.retrainer.running is None:
            assert found.state == "done", found.detail
            return found
        time.sleep(0.05)
    raise AssertionError("it does not end")


def test_a_rare_class_is_labelled_and_its_recall_rises(
    system, cameras, world, browse, token, monkeypatch, capsys
) -> None:
    from counterpoise.service.promotion.keeping import kept

    rare = world.classes[world.rare]
    truth = {
        world.stream.png(i): world.classes[label] for i, label in enumerate(world.stream.labels)
    }

    def recall(model) -> float:
        """Of the rare class, on cameras that no training saw."""
        own = world.held.pictures[world.held.labels == world.rare]
        said = np.array(model.classes)[model.predict(own[:, None]).labels]
        return float((said == rare).mean())

    def candidate(number: int) -> float:
        with system.engine.connect() as connection:
            digest = connection.scalar(select(Model.digest).where(Model.id == number))
        return recall(kept(system.settings.folder, digest))

    # frames arrive and are classified
    send(system, of_cameras(world, cameras))
    first = system.model
    before = recall(first)

    # a round is labelled: what the queue asks, in its order
    filler = system.labelling.filler
    assert filler.fill(np.random.default_rng(0)) == ROUND
    monkeypatch.setattr(filler, "want", lambda: None)  # one round, and no more
    labeller = signed(browse, token, "labeller")
    answered: list[str] = []
    while asked := labeller.get("/api/labels/queue").json():
        for one in asked:
            where = f"/cameras/{one['camera']}/picture?result={one['result']}"
            answered.append(truth[labeller.get(where).content])
            said = labeller.put(
                f"/api/labels/{one['result']}", json={"say": f"class:{answered[-1]}"}
            )
            assert said.json()["state"] == "settled"
    assert len(answered) == ROUND

    # it is trained again, on all but the random tenth
    operator = signed(browse, token, "operator")
    made = retrain(system, operator, token)
    assert made.num_labels == ROUND - ROUND // 10
    assert system.model is first, "what is trained runs only when somebody promotes it"
    by_queue = candidate(made.model_id)

    # the same with as many labels drawn at random; the labels of the round stay out of it
    with system.engine.begin() as connection:
        rounds = [delete(table) for table in (Label, LabelFrame)]
        kept_rows = [
            [dict(row) for row in connection.execute(select(table.__table__)).mappings()]
            for table in (LabelFrame, Label)
        ]
        for statement in rounds:
            connection.execute(statement)
        number = connection.scalar(select(Model.id).where(Model.digest == first.digest))
        drawn = label_pool.drawn(connection, number, ROUND, np.random.default_rng(0))
        label_queue.put(
            connection,
            [
                Queued(one.id, one.camera, one.label, "random", "", not i % 10, 1, 0.0)
                for i, one in enumerate(drawn)
            ],
            1, "the test",
        )  # fmt: skip
        for one in drawn:
            label = truth[system.pictures.get(one.picture)]
            labels.give(connection, one.id, "the test", Verdict("class", label), 1)
        found = sum(label_counts.by_class(connection), Counter())[rare]
    at_random = candidate(retrain(system, operator, token).model_id)
    with system.engine.begin() as connection:
        for statement in rounds:
            connection.execute(statement)
        for table, rows in zip((LabelFrame, Label), kept_rows, strict=True):
            connection.execute(table.__table__.insert(), rows)

    with capsys.disabled():
        print(
            f"\nrecall of {rare} on other cameras, {ROUND} labels: {before:.3f} before; "
            f"{by_queue:.3f} ({by_queue - before:+.3f}) with the queue's, {answered.count(rare)} "
            f"of them {rare}; {at_random:.3f} ({at_random - before:+.3f}) with random ones, "
            f"{found} of them {rare}"
        )
    assert by_queue > before

    # the candidate comes up: it is shown frames, judged on the random tenth, and promoted
    admin = signed(browse, token, "admin")
    listed = admin.get("/api/models/candidates").json()
    (number,) = (one["id"] for one in listed if one["model"] == made.model_id)
    path = f"/api/models/candidates/{number}"
    assert admin.post(f"{path}/shadow", json={}).json()["state"] == "shadowed"
    again = {camera: some[:3] for camera, some in of_cameras(world, cameras).items()}
    send(system, again)
    for _ in range(1200):
        page = admin.get(path).json()
        if page["judged"] == ROUND // 10 and page["frames"]:
            break
        time.sleep(0.05)
    assert page["labelled"] == page["judged"] == ROUND // 10
    assert page["frames"] > 0
    assert admin.post(f"{path}/promote").status_code == 200
    for _ in range(1200):
        if system.following.running == made.model_id:
            break
        time.sleep(0.05)
    send(system, {camera: some[:1] for camera, some in again.items()})
    with system.engine.connect() as connection:
        by = dict(
            connection.execute(
                select(Result.model_id, func.count()).group_by(Result.model_id)
            ).all()
        )
    assert by[made.model_id] == len(cameras)
    assert recall(system.model) == by_queue
