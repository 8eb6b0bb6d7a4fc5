"""One stage trained by several processes, each with a device of its own."""

from __future__ import annotations

import multiprocessing as mp
import threading
from collections.abc import Callable
from multiprocessing.queues import SimpleQueue
from pathlib import Path
from typing import Any

import torch

from counterpoise.errors import CounterpoiseError, DataError
from counterpoise.experiments.tasks import Context, OnProgress, StageTask
from counterpoise.experiments.worker.signs import end_with_parent, sparingly
from counterpoise.train.ranks import Ranks, launch

Train = Callable[[StageTask, Context, Path, OnProgress, Ranks], object]
News = SimpleQueue[Any]  # signs of life; a text for why one of them gave up; None at the end


def train(
    task: StageTask, context: Context, folder: Path, on_progress: OnProgress, each: Train
) -> None:
    """Start the processes, pass on how far the first one is, and wait for all of them.

    Args:
        task: the stage.
        context: of the experiment; it says how many processes.
        folder: of the stage, which this process holds.
        on_progress: hears how far it is.
        each: a function of a module that trains the stage in each of them.

    Raises:
        DataError: one of them cannot train it.
    """
    news: News = mp.get_context("spawn").SimpleQueue()
    faults: list[str] = []

    def listen() -> None:
        while (said := news.get()) is not None:
            if isinstance(said, str):
                faults.append(said)
            else:
                on_progress(*said)

    listener = threading.Thread(target=listen, daemon=True)
    listener.start()
    kind, precision = context.device.partition(":")[0], task.recipe.train.precision
    try:
        launch(kind, context.devices, precision, _rank, task, context, folder, news, each)
    except Exception:
        news.put(None)
        listener.join()
        if faults:
            raise DataError(faults[0]) from None
        raise
    news.put(None)
    listener.join()


def _rank(
    fabric: Ranks, task: StageTask, context: Context, folder: Path, news: News, each: Train
) -> None:
    """What each process does."""
    threading.Thread(target=end_with_parent, daemon=True).start()
    torch.set_num_threads(context.threads)  # part of every stage's identity
    first = fabric.global_rank == 0
    tell = sparingly(lambda *signs: news.put(signs) if first else None)
    try:
        each(task, context, folder, tell, fabric)
    except CounterpoiseError as error:
        news.put(str(error))
        raise
