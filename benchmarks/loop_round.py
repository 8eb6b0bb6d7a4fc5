"""One round of labels as the server goes it: a model, what arrives, labels, training again.

It is the server's own code, without the server: the queue is filled by its `Filler`, and the data
set and the recipe of a retraining are those of its page.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, replace
from pathlib import Path
from unittest.mock import patch

import loop_world
import numpy as np
from harness import Floats
from loop_world import World
from sqlalchemy import Engine, delete, select

from counterpoise.experiments import driver
from counterpoise.experiments.clock import Clock
from counterpoise.experiments.engines.local import LocalEngine
from counterpoise.experiments.run_recipe import run as run_recipe
from counterpoise.experiments.tasks import Context, Outcome, Progress, RunTask, Task
from counterpoise.experiments.worker.serve import attempt
from counterpoise.predict import ExportedModel, Predictor, export_onnx
from counterpoise.records import RunRecord
from counterpoise.service.analyzer.analysis import analyse
from counterpoise.service.analyzer.frame import Frame, Seen
from counterpoise.service.database import cameras, candidates, label_pool, label_queue, labels
from counterpoise.service.database.address import place as database_of
from counterpoise.service.database.batch import Analysed, Batch, record
from counterpoise.service.database.cameras import CameraFields
from counterpoise.service.database.engine import open_database
from counterpoise.service.database.label_queue import Queued
from counterpoise.service.database.label_tables import Label, LabelFrame
from counterpoise.service.database.labels import CLASS, Verdict
from counterpoise.service.database.tables import Result
from counterpoise.service.labelling.choosing import TENTH
from counterpoise.service.labelling.filling import Filler
from counterpoise.service.labelling.reasons import RANDOM
from counterpoise.service.labelling.recipe import recipe
from counterpoise.service.labelling.start import Start, start_of
from counterpoise.service.labelling.training_data import write
from counterpoise.service.labelling.weights import weights_of
from counterpoise.service.pictures.store import PictureStore
from counterpoise.service.runtime.clock import now
from counterpoise.service.settings import Settings

QUEUE, DRAWN = "queue", "random"  # where the labels of a round are from
BATCH = 64  # frames that are analysed at a time
WHO = "the truth"
RECIPE = """base = "oversampling"

[data]
dataset = {data}
split = "seed-0"

[model]
name = "small-cnn"

[train]
rounds = {rounds}
"""


@dataclass(frozen=True)
class Site:
    """A server's folder: what arrived there is in its database, and its model is beside it."""

    world: World
    folder: Path
    base: Path  # CSV file of what the model was trained on
    model: ExportedModel
    number: int  # of the model in the database
    engine: Engine
    pictures: PictureStore
    truth: dict[int, str]  # result -> class
    rounds: int  # of a training


class Here(LocalEngine):
    """Does tasks in this process: to start workers takes longer than these trainings."""

    def warm_up(self) -> None:
        """There is nothing to start."""

    def dispatch(
        self,
        tasks: Sequence[Task],
        context: Context,
        jobs: int,
        tell: Callable[[Progress | Outcome], None] = lambda message: None,
        clock: Clock | None = None,
    ) -> dict[str, Outcome]:
        """One after the other; stages come before what needs them."""
        done: dict[str, Outcome] = {}
        for task in sorted(tasks, key=lambda task: isinstance(task, RunTask)):
            done[task.id] = attempt(task, None, context, lambda *signs: None)
            tell(done[task.id])
        return done


def trained(file: Path, out: Path) -> Path:
    """The folder of the run of a recipe, as `counterpoise run` makes it."""
    with patch.object(driver, "opened", lambda name, jobs: nullcontext(Here())):
        folder = run_recipe(file, out=out, device="cpu", progress="silent")
    said = RunRecord.read(folder / "report.json")
    assert said.status == "ok", said.error
    return folder


def opened(world: World, folder: Path, rounds: int) -> Site:
    """Train the first model, and have it classify what arrives."""
    base = loop_world.write_base(world, folder / "base")
    file = folder / "first.toml"
    file.write_text(RECIPE.format(data=json.dumps(str(base)), rounds=rounds), "utf-8")
    made = trained(file, folder / "first")
    export_onnx(Predictor.load(made / "predictor"), made / "onnx", features=True)
    model = ExportedModel.load(made / "onnx")
    engine = open_database(database_of(folder, ""))
    pictures = PictureStore((folder / "pictures").as_uri())
    with engine.begin() as connection:
        number = candidates.model_of(connection, model.digest, "first", model.classes, now())
        there = {
            int(camera): cameras.add(
                connection, CameraFields(name=f"camera {camera}", kind="push", url=""), now(), WHO
            )
            for camera in np.unique(world.stream.cameras)
        }
    stream, begun = world.stream, now()
    frames = [
        Frame(there[int(camera)], stream.png(i), begun + i)
        for i, camera in enumerate(stream.cameras)
    ]
    for start in range(0, len(frames), BATCH):
        some = list(analyse(model, frames[start : start + BATCH]))
        results = [_recorded(seen, number, pictures) for seen in some if isinstance(seen, Seen)]
        assert len(results) == len(some)
        with engine.begin() as connection:
            record(connection, Batch(results=results), now())
    with engine.connect() as connection:
        rows = connection.execute(select(Result.id, Result.at)).all()
    truth = {int(row.id): world.classes[stream.labels[row.at - begun]] for row in rows}
    return Site(world, folder, base, model, number, engine, pictures, truth, rounds)


def _recorded(seen: Seen, model: int, pictures: PictureStore) -> Analysed:
    frame = seen.frame
    return Analysed(
        frame.camera, model, frame.at, seen.label, seen.probability, seen.scores,
        pictures.put(frame.camera, frame.at, frame.content), seen.width, seen.height,
        len(frame.content),
    )  # fmt: skip


def labelled(site: Site, how: str, number: int, seed: int) -> dict[str, int]:
    """Label so many frames in one round; reason -> frames of the rare class among them."""
    random = np.random.default_rng([seed, number])
    rules = replace(Settings(folder=site.folder).label_rules, size=number, twice=0.0)
    with site.engine.begin() as connection:
        for table in (Label, LabelFrame):  # of the round before
            connection.execute(delete(table))
    if how == QUEUE:
        Filler(site.engine, site.pictures, lambda: site.model, rules, now, site.base).fill(random)
    else:
        with site.engine.begin() as connection:
            found = label_pool.drawn(connection, site.number, number, random)
            label_queue.put(
                connection,
                [
                    Queued(
                        one.id, one.camera, one.label, RANDOM, "", place % TENTH == 0, 1, 0.0
                    )
                    for place, one in enumerate(found)
                ],
                now(),
                WHO,
            )  # fmt: skip
    with site.engine.begin() as connection:
        rows = connection.execute(select(LabelFrame.result_id, LabelFrame.reason)).all()
        assert len(rows) == number, f"{len(rows)} frames could be asked about"
        for row in rows:
            labels.give(
                connection, row.result_id, WHO, Verdict(CLASS, site.truth[row.result_id]), 1
            )
    rare = site.world.classes[site.world.rare]
    return dict(Counter(row.reason for row in rows if site.truth[row.result_id] == rare))


def retrained(site: Site, place: Path, method: str, keeps: bool = True) -> Floats:
    """Recall of each class, (K,), after training again with the labels as the server does it.

    Args:
        site: the server's folder, with its labels.
        place: a new folder.
        method: of the training.
        keeps: whether it goes on with the head and the preprocessing of the running model; False
            draws a new head, as the server did up to November 2026.
    """
    place.mkdir()
    with site.engine.connect() as connection:
        settled = labels.settled(connection, random=False)
    written = write(place, settled, site.pictures, site.model, site.base)
    weights = weights_of(site.folder, site.folder / "retraining", site.model)
    assert weights is not None
    start = start_of(site.model.described, weights, written.classes) if keeps else Start(weights)
    assert start.keeps_head == keeps
    file = place / "retrained.toml"
    file.write_text(recipe(site.model.described, written.file, method, start, site.rounds), "utf-8")
    return recalls(Predictor.load(trained(file, place / "out") / "predictor"), site.world)


def recalls(model: ExportedModel | Predictor, world: World) -> Floats:
    """Recall of each class on held-out pictures, (K,)."""
    said = np.array(model.classes)[model.predict(world.held.pictures[:, None]).labels]
    true = np.array(world.classes)[world.held.labels]
    return np.array([(said[true == name] == name).mean() for name in world.classes])
