"""The threads that analyse what waits, and tell the recorder what comes of it."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Sequence

from counterpoise.predict import ExportedModel
from counterpoise.service.analyzer.analysis import analyse
from counterpoise.service.analyzer.frame import Failed, Frame, Seen, Unusable
from counterpoise.service.analyzer.pace import Pace
from counterpoise.service.analyzer.program import Program
from counterpoise.service.database.batch import Analysed
from counterpoise.service.database.recorder import Recorder
from counterpoise.service.pictures.store import PictureStore
from counterpoise.service.resources.shadowing import SHARE, Offered, Shadowing
from counterpoise.service.resources.waiting import WaitingFrames

BATCH = 16  # frames that the model sees at a time, at most
BEHIND = 0.1  # seconds until an analysis looks again whether the recorder has room
DEFECT = "analysis failed"

Verdict = tuple[int, str, str]  # camera, reason or "", detail


class Analysing:
    """Analyses until the frames that wait are closed and empty.

    Args:
        model: that analyses, or a program that does.
        model_id: its number in the database.
        waiting: where frames come from.
        recorder: hears of each.
        pictures: where they are kept.
        threads: how many.
        judged: is told what became of cameras' frames, from those threads.
        log: takes a line for an operator.
        shadow_share: of a processor, for a candidate that sees the same frames.
    """

    def __init__(
        self,
        model: ExportedModel | Program,
        model_id: int,
        waiting: WaitingFrames,
        recorder: Recorder,
        pictures: PictureStore,
        threads: int,
        judged: Callable[[list[Verdict]], None],
        log: Callable[[str], None],
        shadow_share: float = SHARE,
    ) -> None:
        self._using = (model, model_id)
        self._waiting, self._recorder, self._pictures = waiting, recorder, pictures
        self._judged, self._log = judged, log
        self.pace = Pace(threads)
        self.shadowing = Shadowing(lambda: len(waiting) > BATCH or recorder.is_full, shadow_share)
        self._threads = [
            threading.Thread(target=self._analyse, name=f"analyse-{n}", daemon=True)
            for n in range(threads)
        ]

    def start(self) -> None:
        """Begin."""
        for thread in self._threads:
            thread.start()

    def join(self) -> None:
        """Wait until all is analysed."""
        for thread in self._threads:
            thread.join()

    def use(self, model: ExportedModel | Program, model_id: int) -> None:
        """Analyse by another model from the next batch on; from any thread."""
        self._using = (model, model_id)

    def takes(self) -> str:
        """The kind of samples that the model reads; "any" for a program."""
        return self._using[0].kind

    def _take(self) -> list[Frame]:
        while self._recorder.is_full and not self._waiting.is_closed:
            time.sleep(BEHIND)
        return self._waiting.take(BATCH)

    def _analyse(self) -> None:
        while frames := self._take():
            begun = time.monotonic()
            model, number = self._using
            left = {id(frame): frame for frame in frames}
            looked: list[Seen] = []
            unusable: list[Unusable] = []
            failed: list[Failed] = []
            try:
                for found in analyse(model, frames):
                    if isinstance(found, Unusable):
                        unusable.append(found)
                    elif isinstance(found, Failed):
                        failed.append(found)
                    else:
                        looked.append(found)
                        continue
                    del left[id(found.frame)]
            except Exception as error:  # a defect of ours: these frames are dropped, and it shows
                self._log(f"analysis: {type(error).__name__}: {error}")
            seen: list[Offered] = []
            try:
                seen = self._offered(looked, number)
            except Exception as error:  # as above
                self._log(f"pictures: {type(error).__name__}: {error}")
            for frame, _ in seen:
                del left[id(frame)]
            self.pace.add(len(frames), time.monotonic() - begun)
            results = [result for _, result in seen]
            self._recorder.analysed(results)
            self.shadowing.offer(seen)
            lost = [(one.frame.camera, one.reason) for one in unusable]
            lost += [(one.frame.camera, one.reason) for one in failed]
            lost += [(frame.camera, DEFECT) for frame in left.values()]
            for camera, reason in lost:
                self._recorder.dropped(camera, reason)
            verdicts = [(one.frame.camera, one.reason, one.detail) for one in unusable]
            self._judged(verdicts + [(result.camera, "", "") for result in results])
            self._waiting.done(frames)

    def _offered(self, looked: Sequence[Seen], model: int) -> list[Offered]:
        """The rows of frames, whose pictures are stored before their results say so."""
        stored = [one.frame for one in looked if one.frame.stores]
        keys = self._pictures.put_all([(one.camera, one.at, one.content) for one in stored])
        kept = {id(frame): key for frame, key in zip(stored, keys, strict=True)}
        return [(one.frame, _result(one, model, kept.get(id(one.frame)))) for one in looked]


def _result(seen: Seen, model: int, key: str | None) -> Analysed:
    frame = seen.frame
    return Analysed(
        camera=frame.camera,
        model=model,
        at=frame.at,
        label=seen.label,
        probability=seen.probability,
        scores=seen.scores,
        picture=key,
        width=seen.width,
        height=seen.height,
        size=len(frame.content),
        values=json.dumps(seen.values) if seen.values else None,
        position=frame.position,
    )
