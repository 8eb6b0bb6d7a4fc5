"""What Python may give a comparison by name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Literal, TypedDict

from numpy.typing import ArrayLike

from counterpoise.data.size import Resize, Size
from counterpoise.data.splits.checks import ValidationKind

Style = Literal["rich", "plain", "silent"]


class CompareOptions(TypedDict, total=False):
    """What Python may give `counterpoise.compare` by name; `Options` says what each means."""

    label: str | None
    group: str | None
    drop: Sequence[str] | str | None
    categories: Sequence[str] | str | None
    methods: Sequence[str] | str | None
    profile: str
    model: str | None
    seeds: int | None
    folds: int | None
    rounds: int | None
    select: str | None
    cost: str | Path | Mapping[str, Mapping[str, float]] | ArrayLike | None
    tune: int
    budget: str | float | None
    race: bool | None
    frozen: bool
    fine_tune: bool
    scratch: bool
    ensemble: bool
    out: str | Path | None
    jobs: int | None
    device: str
    devices: int
    engine: str
    stack: int | str
    data_root: str | Path | None
    settings: Mapping[str, object] | None
    validation: ValidationKind
    validation_share: float
    skip_corrupt: bool
    size: Size | None
    resize: Resize
    image_memory: float | None
    ledger: str | Path | None
    progress: Style | None
    command: str | None
