"""A list of cameras and a list of prices, as files."""

from __future__ import annotations

import math
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from counterpoise.errors import ArgumentError
from counterpoise.service.exchange.formats import RawRow, rows
from counterpoise.service.planner.problem import Instance, Stream

SHOWN = 10  # refused rows that an error lists
MEGABIT = 0.008  # of a kilobyte

_Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]
_Number = Annotated[float, Field(ge=0, allow_inf_nan=False)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid")


class InstanceFields(_Strict):
    """A type of machine in a price list."""

    name: str = Field(min_length=1, max_length=200)
    price: _Positive = Field(description="An hour.")
    cpu: _Positive = Field(description="Cores.")
    memory: _Positive = Field(description="GiB.")
    network: _Positive = Field(description="Mbit/s.")
    gpu: _Number = Field(default=0.0, description="GPUs.")


class FrameFields(_Strict):
    """What a frame and a camera need, where the list of cameras does not say so."""

    cpu: _Number | None = Field(default=None, description="Seconds of a core a frame.")
    gpu: _Positive | None = Field(default=None, description="Seconds of a GPU a frame, if on one.")
    cpu_beside_gpu: _Number | None = Field(
        default=None, description="Seconds of a core a frame that a GPU classifies."
    )
    kilobytes: _Positive = Field(default=47.0, description="Of a frame.")
    memory: _Number = Field(default=2.0, description="MiB a camera.")


class PriceList(_Strict):
    """`prices.toml`."""

    instance: list[InstanceFields] = Field(min_length=1, max_length=500)
    frame: FrameFields = FrameFields()
    headroom: float = Field(
        default=0.1, ge=0, lt=1, description="Share of each machine that is left free."
    )
    server_memory: _Number = Field(
        default=0.3, description="GiB that a machine needs before its first camera."
    )


class CameraNeeds(BaseModel):
    """A row of the list of cameras; what else it says is not read."""

    model_config = ConfigDict(extra="ignore")

    name: str = Field(min_length=1)
    interval: Annotated[float, Field(gt=0, le=86400, allow_inf_nan=False)] | None = None
    frames_per_second: Annotated[float, Field(gt=0, le=1000, allow_inf_nan=False)] | None = None
    kilobytes: _Positive | None = None
    cpu: _Number | None = None
    gpu: _Positive | None = None
    memory: _Number | None = None
    is_active: bool = True


@dataclass(frozen=True)
class Prices:
    """What a price list says."""

    instances: tuple[Instance, ...]
    frame: FrameFields
    headroom: float


@dataclass(frozen=True)
class Cameras:
    """What a list of cameras asks for.

    Args:
        streams: one a camera.
        rate: frames a second of all.
        resting: cameras that are switched off, which need nothing.
    """

    streams: tuple[Stream, ...]
    rate: float
    resting: int


def read_prices(path: Path) -> Prices:
    """Instances of a price list, each with the headroom taken off.

    Raises:
        ArgumentError: the file is missing, is no TOML, or breaks a rule.
    """
    try:
        raw = tomllib.loads(_content(path).decode("utf-8"))
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ArgumentError(f"{path}: a price list is TOML in UTF-8: {error}") from None
    try:
        found = PriceList.model_validate(raw)
    except ValidationError as error:
        lines = "\n".join(f"  {_where(one['loc'])}: {one['msg']}" for one in error.errors()[:SHOWN])
        raise ArgumentError(f"{path} is no price list:\n{lines}\n{EXAMPLE}") from None
    names = [one.name for one in found.instance]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise ArgumentError(f"{path}: instance '{twice[0]}' is there twice (give each its name)")
    usable = 1 - found.headroom
    instances = []
    for one in found.instance:
        memory = one.memory * usable - found.server_memory
        if memory <= 0:
            raise ArgumentError(
                f"{path}: '{one.name}' has {one.memory:g} GiB; a server needs "
                f"{found.server_memory:g} beside a headroom of {found.headroom:.0%} (leave it out, "
                "or set server_memory)"
            )
        instances.append(
            Instance(
                one.name,
                one.price,
                (one.cpu * usable, memory, one.gpu * usable, one.network * usable),
            )
        )
    return Prices(tuple(instances), found.frame, found.headroom)


EXAMPLE = """(an example:
  [[instance]]
  name = "small"
  price = 0.10     # an hour
  cpu = 2          # cores
  memory = 4       # GiB
  network = 500    # Mbit/s)"""


def read_cameras(path: Path, frame: FrameFields) -> Cameras:
    """What each camera of a list needs: CSV, JSON or GeoJSON, as `serve camera export` writes it.

    Raises:
        ArgumentError: rows that break a rule, all of them; or nothing says what a frame costs.
        DataError: the file is none of the three formats.
    """
    streams, refused, rate, resting = [], [], 0.0, 0
    for row in rows(_content(path)):
        if not isinstance(row, RawRow):
            refused.append(str(row))
            continue
        try:
            given = {name: value for name, value in row.values.items() if value is not None}
            needs = CameraNeeds.model_validate(given)
        except ValidationError as error:
            one = error.errors()[0]
            refused.append(f"{row.where}: {_where(one['loc'])}: {one['msg']}")
            continue
        if not needs.is_active:
            resting += 1
            continue
        frames = needs.frames_per_second or (1 / needs.interval if needs.interval else None)
        if frames is None:
            refused.append(f"{row.where}: a camera has an interval or frames_per_second")
            continue
        streams.append(Stream(needs.name, _ways(needs, frame, frames)))
        rate += frames
    if refused:
        more = f"\n  and {len(refused) - SHOWN} more" if len(refused) > SHOWN else ""
        lines = "\n".join(f"  {line}" for line in refused[:SHOWN])
        raise ArgumentError(f"{path}: {len(refused)} rows cannot be read:\n{lines}{more}")
    if not streams:
        raise ArgumentError(f"{path} has no camera that is switched on")
    return Cameras(tuple(streams), rate, resting)


def _ways(needs: CameraNeeds, frame: FrameFields, rate: float) -> tuple[tuple[float, ...], ...]:
    cpu = frame.cpu if needs.cpu is None else needs.cpu
    gpu = frame.gpu if needs.gpu is None else needs.gpu
    if cpu is None and gpu is None:
        raise ArgumentError(
            "nothing says what a frame costs: measure it here (--model RUN), or give it "
            "(--cpu-per-frame 0.003, `cpu` under [frame] of the price list, or a column `cpu`)"
        )
    memory = (frame.memory if needs.memory is None else needs.memory) / 1024
    network = rate * (needs.kilobytes or frame.kilobytes) * MEGABIT
    ways = []
    if cpu is not None:
        ways.append((cpu * rate, memory, 0.0, network))
    if gpu is not None:
        beside = frame.cpu_beside_gpu or 0.0
        ways.append((beside * rate, memory, gpu * rate, network))
    return tuple(ways)


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise ArgumentError(f"cannot read {path}: {error.strerror}") from None


def _where(location: tuple[Any, ...]) -> str:
    found = ""
    for part in location:
        found += f" {part + 1}" if isinstance(part, int) else f"{'.' if found else ''}{part}"
    return found or "the file"


def priced(frame: FrameFields, changes: Mapping[str, float | None]) -> FrameFields:
    """The same with what the command line says."""
    given = {name: value for name, value in changes.items() if value is not None}
    for name, value in given.items():
        if not (math.isfinite(value) and value > 0):
            raise ArgumentError(f"--{name}-per-frame is seconds, above 0; got {value:g}")
    return frame.model_copy(update=given)
