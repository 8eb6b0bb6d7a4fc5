"""What a comparison asks, checked as far as it can be before data and torch are loaded."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from counterpoise.data.size import Size
from counterpoise.data.sources.named import NAMED
from counterpoise.errors import ArgumentError
from counterpoise.metrics.names import require_metric
from counterpoise.recipes.schema import Value


@dataclass(frozen=True)
class Question:
    """The arguments of ``counterpoise compare``, in their Python form."""

    data: str
    methods: tuple[str, ...]
    out: Path
    profile: str = "none"
    model: str | None = None
    seeds: int | None = None
    folds: int | None = None
    rounds: int | None = None
    select: str = "balanced_accuracy"
    tune: int = 1
    budget: float | None = None  # seconds
    frozen: bool = False
    jobs: int | None = None
    device: str = "auto"
    data_root: str | None = None
    settings: Mapping[str, str] = field(default_factory=dict)
    validation: Literal["profiled", "balanced"] = "profiled"
    skip_corrupt: bool = False
    size: Size | None = None
    image_memory: float | None = None  # GiB of decoded images for each training
    ledger: Path | None = None
    checkpoint_every: float = 20.0
    command: str = ""

    def __post_init__(self) -> None:
        require_metric(self.select)
        if self.seeds is not None and self.folds is not None:
            raise ArgumentError(
                f"a comparison repeats over seeds or over folds; got --seeds {self.seeds} and "
                f"--folds {self.folds} (leave one out)"
            )
        for name, least in (("seeds", 1), ("folds", 2), ("rounds", 1), ("tune", 1), ("jobs", 1)):
            value = getattr(self, name)
            if value is not None and value < least:
                raise ArgumentError(f"--{name} is at least {least}; got {value}")
        if self.image_memory is not None and not self.image_memory >= 0:
            raise ArgumentError(f"--image-memory is at least 0 GiB; got {self.image_memory}")
        if self.validation not in ("profiled", "balanced"):
            raise ArgumentError(
                f"--validation is 'profiled' or 'balanced'; got {self.validation!r}"
            )

    @property
    def overrides(self) -> dict[str, Value]:
        """Tables that replace keys of base.toml."""
        tables: dict[str, Value] = {}
        if self.frozen:
            tables["model"] = {"name": "linear"}
        elif self.model is not None:
            tables["model"] = {"name": self.model}
        if self.rounds is not None:
            tables["train"] = {"rounds": self.rounds}
        return tables


def parse_duration(text: str) -> float:
    """Seconds of "90s", "30m", "2h", "1h30m", or plain seconds.

    Raises:
        ArgumentError: none of these, or not above zero.

    >>> parse_duration("1h30m")
    5400.0
    """
    parts = re.fullmatch(r"(?:(\d+(?:\.\d+)?)h)?(?:(\d+(?:\.\d+)?)m)?(?:(\d+(?:\.\d+)?)s?)?", text)
    seconds = 0.0
    if parts is not None:
        seconds = sum(
            float(part) * unit
            for part, unit in zip(parts.groups(), (3600.0, 60.0, 1.0), strict=True)
            if part
        )
    if seconds <= 0:
        raise ArgumentError(f"a duration is such as 90s, 30m, 2h or 1h30m; got {text!r}")
    return seconds


def data_table(question: Question, split: str) -> dict[str, Value]:
    """The ``[data]`` table that lets `run` repeat one run of `question`."""
    table: dict[str, Value] = {
        "dataset": question.data if question.data in NAMED else str(Path(question.data).resolve()),
        "profile": question.profile,
        "split": split,
    }
    if question.folds is not None:
        table["folds"] = question.folds
    if question.validation != "profiled":
        table["validation"] = question.validation
    if question.skip_corrupt:
        table["skip_corrupt"] = True
    if question.size is not None:
        table["size"] = question.size
    if question.frozen:
        extractor = {
            key.removeprefix("model."): value
            for key, value in question.settings.items()
            if key.startswith("model.")
        }
        table["features"] = {"model": question.model or "mobilenet_v2", **extractor}
    return table
