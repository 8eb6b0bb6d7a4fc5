"""Models travel: one machine's copies go into the store, from which each other machine takes them.

A graph is kept by its own digest, and what describes a model by the model's, so a correction of the
prior, which has the graph of its model, is small. Nothing is believed: whoever takes a model looks
whether its digest is the one that the database names.
"""

from __future__ import annotations

import hashlib
import logging
import shutil
import time
from collections.abc import Iterable, Set
from contextlib import suppress
from pathlib import Path

from counterpoise.atomic import write_folder
from counterpoise.errors import CheckpointError, CounterpoiseError, OutputError
from counterpoise.predict import ExportedModel
from counterpoise.predict.exported_model import DESCRIPTION, MODEL, digests_of
from counterpoise.records import ExportRecord
from counterpoise.service.pictures.objects import Objects
from counterpoise.service.promotion.keeping import (
    FOLDER,
    content_of,
    is_kept,
    is_of_the_disk,
    kept,
    not_written,
    place,
    share_graph,
    tidy,
)
from counterpoise.service.settings import Settings

GRAPH, DESCRIBED = ".onnx", ".json"  # of files in the store
AGAIN = 30.0  # seconds until a store that took no model is tried again

log = logging.getLogger(__name__)


class AbsentError(CheckpointError):
    """A model is in no place that this process reaches, and may be on its way."""


class UnreachableError(CheckpointError):
    """A model cannot be had now: the store does not answer, or the disk here does not work."""


class Copies:
    """Copies of models in a folder of this machine, and in the store where there is one.

    Args:
        folder: of the server, or of a worker.
        store: where the copies of all machines are; None where they share the folder.
    """

    def __init__(self, folder: Path, store: Objects | None) -> None:
        self.folder, self._store = folder, store
        self._sent: set[str] = set()  # digests of models that are in the store

    def get(self, digest: str) -> ExportedModel:
        """A model; one that this machine lacks, or has damaged, is taken from the store.

        Raises:
            AbsentError: it is neither here nor in the store.
            UnreachableError: it is not here, and the store does not answer; or the disk of this
                machine is full, or cannot be read.
            CheckpointError: its copy is damaged.
        """
        try:
            return kept(self.folder, digest)
        except CheckpointError as error:
            if self._store is None:
                if is_of_the_disk(error):
                    raise UnreachableError(str(error)) from None
                there = place(self.folder, digest)
                raise error if there.is_dir() else _absent(digest, str(there.parent)) from None
        try:
            files = _taken(self._store, digest)
        except OutputError as error:
            raise UnreachableError(f"model {digest[:12]} cannot be fetched: {error}") from None
        there = place(self.folder, digest)
        with suppress(CheckpointError):  # another process of this machine may have written it
            return kept(self.folder, digest)
        shutil.rmtree(there, ignore_errors=True)  # it is damaged
        try:
            write_folder(there, files)
            share_graph(self.folder, there, files[MODEL])
        except OutputError as error:
            with suppress(CheckpointError):  # as above
                return kept(self.folder, digest)
            raise UnreachableError(str(not_written(there, error))) from None
        return kept(self.folder, digest)

    def fetch(self, digests: Iterable[str]) -> None:
        """Take models that this machine lacks from the store, as far as it has them.

        So a server that was moved to another machine can promote and roll back as before.

        Raises:
            OutputError: the store does not answer, or the disk takes no more; `fetch` again later.
        """
        missing = [one for one in digests if not is_kept(self.folder, one)]
        if self._store is None or not missing:
            return
        there = self._store.sizes()
        later: list[str] = []
        for digest in missing:
            if digest + DESCRIBED not in there:  # a program, or one of which no copy was kept
                continue
            try:
                self.get(digest)
            except UnreachableError as error:
                later.append(str(error))
            except CheckpointError as error:
                log.warning("a model of this server is not here: %s", error)
        if later:
            raise OutputError(later[0])

    def may_come(self, error: CounterpoiseError) -> bool:
        """Whether a model that `get` did not give may come from the store later.

        A folder that is not mounted looks like a store without the model.
        """
        is_away = isinstance(error, AbsentError) and self._store is not None
        return is_away or isinstance(error, UnreachableError)

    def said(self, error: CounterpoiseError) -> str:
        """An error for pages that everybody sees: without paths and addresses of the server."""
        places = {str(self.folder): "the server's folder"}
        if self._store is not None:
            places[self._store.place] = "the store"
        text = str(error)
        for where, words in places.items():
            text = text.replace(where, words)
        return text

    def send(self, digests: Iterable[str]) -> None:
        """Have the store keep models, as far as this machine has copies and the store has none.

        Raises:
            OutputError: the store does not take them; `send` again later.
        """
        new = [digest for digest in digests if digest not in self._sent]
        if self._store is None or not new:
            return
        there = self._store.sizes()
        for digest in new:
            files = content_of(self.folder, digest)
            if files is None:  # a program, or one that came from elsewhere
                continue
            graph = hashlib.sha256(files[MODEL]).hexdigest()
            # What describes it comes last: whoever sees that finds the graph.
            for name, content in (
                (graph + GRAPH, files[MODEL]),
                (digest + DESCRIBED, files[DESCRIPTION]),
            ):
                if there.get(name) != len(content):
                    self._store.put(name, content)
                    there[name] = len(content)
            self._sent.add(digest)

    def tidy(self, needed: Set[str]) -> None:
        """Remove what no model needs, here and in the store; the one server of a store does.

        Raises:
            OutputError: the store does not answer.
        """
        tidy(self.folder, needed)
        if self._store is None:
            return
        names = self._store.sizes().keys()
        described = {name.removesuffix(DESCRIBED) for name in names if name.endswith(DESCRIBED)}
        graphs = {name.removesuffix(GRAPH) for name in names if name.endswith(GRAPH)}
        used = set()
        for digest in described & needed if graphs else ():
            text = self._store.get(digest + DESCRIBED) or b""
            with suppress(CounterpoiseError, UnicodeDecodeError, KeyError):
                used.add(ExportRecord.parse(text.decode(), digest).files[MODEL].sha256)
        for digest in described - needed:
            self._store.drop(digest + DESCRIBED)
            self._sent.discard(digest)
        for graph in graphs - used:
            self._store.drop(graph + GRAPH)


def copies_of(settings: Settings) -> Copies:
    """The copies of a process: in the store, too, where pictures have one of their own."""
    store = Objects(settings.pictures, FOLDER) if settings.pictures else None
    return Copies(settings.folder, store)


def waited_for(copies: Copies, digest: str, seconds: float) -> ExportedModel:
    """A model that may be on its way, as when the server was started just now.

    Raises:
        CheckpointError: it does not come, or is damaged.
    """
    end = time.monotonic() + seconds
    while True:
        try:
            return copies.get(digest)
        except AbsentError:
            if time.monotonic() >= end:
                raise
        time.sleep(0.5)


def _taken(store: Objects, digest: str) -> dict[str, bytes]:
    """The files of a model in the store, whose digest is what its name says."""
    name = digest + DESCRIBED
    text = store.get(name)
    if text is None:
        raise _absent(digest, store.place)
    try:
        described = ExportRecord.parse(text.decode(), f"{store.place}/{name}")
        graph = described.files[MODEL].sha256
    except (CounterpoiseError, UnicodeDecodeError, KeyError):
        raise _damaged(store, name) from None
    content = store.get(graph + GRAPH)
    if content is None:
        raise _absent(digest, store.place)
    if hashlib.sha256(content).hexdigest() != graph:
        raise _damaged(store, graph + GRAPH)
    if digest not in digests_of(described, content):
        raise _damaged(store, name)
    return {MODEL: content, DESCRIPTION: text}


def _absent(digest: str, where: str) -> AbsentError:
    return AbsentError(
        f"{where} has no copy of model {digest[:12]} (a server that runs it keeps one there; "
        "processes of several machines name the same store: --store)"
    )


def _damaged(store: Objects, name: str) -> CheckpointError:
    return CheckpointError(
        f"{store.place}/{name} is not what its name says, and is not used (remove it, and start "
        "the server again, which sends it)"
    )
