"""A worker with a database, which the test kills: ``killed_script.py FOLDER PORT CAMERAS``."""

import sys
import time
from pathlib import Path

import numpy as np
from sqlalchemy import insert, select

from counterpoise.data.decode import decode_bytes
from counterpoise.predict import Prediction
from counterpoise.service.database.engine import open_database
from counterpoise.service.database.recorder import Recorder
from counterpoise.service.database.tables import Camera
from counterpoise.service.pictures.store import PictureStore
from counterpoise.service.resources.worker import Assigned, Worker
from counterpoise.service.runtime.clock import now
from counterpoise.service.runtime.device import Source
from counterpoise.service.runtime.egress import EgressGuard


class Model:
    """Sees the same in everything."""

    classes = ("some", "other")
    kind = "image"

    def decode(self, content):
        return decode_bytes(content, (8, 8), 1)

    def predict(self, samples):
        scores = np.tile([0.75, 0.25], (len(samples), 1))
        return Prediction(scores.argmax(axis=1), self.classes, scores, scores)


def main(folder: Path, port: int, cameras: int) -> None:
    engine = open_database(folder / "database.sqlite")
    assigned = {}
    with engine.begin() as connection:
        known = set(connection.scalars(select(Camera.id)))
        for number in range(1, cameras + 1):
            kind, form = ("mjpeg", "stream") if number % 4 == 0 else ("snapshot", "snapshot")
            url = f"http://127.0.0.1:{port}/{number}/good/{form}"
            assigned[number] = Assigned(kind, Source(url, 0.05))
            if number not in known:
                row = {"id": number, "name": "", "kind": kind, "url": url, "interval": 0.05}
                connection.execute(insert(Camera).values(row))
    recorder = Recorder(engine, now)
    recorder.start()
    worker = Worker(
        Model(),
        recorder.model("0" * 64, "stand-in", Model.classes),
        recorder,
        PictureStore((folder / "pictures").as_uri()),
        EgressGuard(emulator=("127.0.0.1", port)),
    )
    worker.start()
    worker.assign(assigned)
    print("ready", flush=True)
    if sys.stdin.readline():  # told to stop, or killed
        worker.stop()
        recorder.stop()
        print("stopped", flush=True)
    time.sleep(60)


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
