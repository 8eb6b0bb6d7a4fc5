"""What an operator may set: by flag, by environment (COUNTERPOISE_SERVE_PORT), or by file."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, Field
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from counterpoise.errors import ArgumentError
from counterpoise.service.labelling.reasons import Rules, shares_of

PREFIX = "COUNTERPOISE_SERVE_"
ENGINE = r"local|ray(://\S+:\d+)?"


def _list(value: object) -> object:
    """A list may be written with commas."""
    if isinstance(value, str):
        return [part.strip() for part in value.split(",") if part.strip()]
    return value


def _none_or_a_day(days: float) -> float:
    """Alerts and pages ask for minutes of the last day."""
    if 0 < days < 1:
        raise ValueError("0 for ever, or at least 1: alerts and pages ask for the last day")
    return days


def _shares(given: tuple[str, ...]) -> tuple[str, ...]:
    """Refused at the start, and not when somebody labels."""
    try:
        shares_of(given)
    except ArgumentError as error:
        raise ValueError(str(error)) from None
    return given


def _engine(name: str) -> str:
    """Whether the address answers, it says when it begins."""
    if not re.fullmatch(ENGINE, name):
        raise ValueError(f"local, ray, or ray://HOST:PORT of a Ray cluster; got '{name}'")
    return name


Names = Annotated[tuple[str, ...], NoDecode, BeforeValidator(_list)]


class Settings(BaseSettings):
    """Every setting of the server, with its default. docs/serve-operations.md is written of it."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, extra="forbid", frozen=True)

    role: Literal["all", "web", "worker"] = Field(
        default="all",
        description="What this process does: all; web (pages, alerts, labels, what devices push); "
        "or worker (fetches and analyses its share of the cameras).",
    )
    engine: Annotated[str, AfterValidator(_engine)] = Field(
        default="local",
        description="Where the work is done: local; or ray or ray://HOST:PORT, by workers on each "
        "machine of a Ray cluster, and here the pages alone.",
    )
    workers: int = Field(
        default=1, ge=1, le=256, description="Workers on each machine of a Ray cluster."
    )
    keep_workers: bool = Field(
        default=False,
        description="Whether workers on a Ray cluster go on when this process ends.",
    )
    folder: Path = Field(
        default=Path("counterpoise-serve"),
        description="Where the database and the pictures are, if no other setting says so.",
    )
    database: str = Field(
        default="",
        repr=False,  # it may hold a password
        description="An address of PostgreSQL, such as postgresql://counterpoise@db/counterpoise; "
        "empty for a file in the folder.",
    )
    model: Path | None = Field(
        default=None, description="An exported folder, a run, or an output folder of compare."
    )
    program: Path | None = Field(
        default=None,
        description="A Python file with analyse(frame) -> dict, in place of a model.",
    )
    program_seconds: float = Field(
        default=10.0, gt=0, le=3600, description="Seconds that the program has for one frame."
    )
    host: str = Field(default="127.0.0.1", description="Address that the server listens on.")
    port: int = Field(default=8000, ge=0, le=65535, description="Port; 0 for any that is free.")
    names: Names = Field(
        default=(), description="Host names under which browsers reach it, besides its own address."
    )
    https: bool = Field(
        default=False,
        description="Whether browsers reach it by https, through a proxy in front of it.",
    )
    pictures: str = Field(
        default="", description="Where pictures are kept, as a URL of fsspec; empty for the folder."
    )
    private_networks: Names = Field(
        default=(), description="Private networks that cameras may be in, such as 10.20.0.0/16."
    )
    ports: Names = Field(
        default=(),
        description="Ports of cameras besides 80, 443, 554, 8000, 8080, 8081, 8443, 8554, 8888.",
    )
    host_rate: float = Field(
        default=100.0, gt=0, description="Requests a second that one host is asked, at most."
    )
    host_rates: Names = Field(
        default=(), description="The same for some hosts, such as cameras.example.org=2."
    )
    key_file: Path | None = Field(
        default=None,
        description="The key of cameras' passwords; the file camera-key in the folder, if not set.",
    )
    replay_folders: Names = Field(
        default=(), description="Folders of pictures that devices of kind replay may play."
    )
    downloads: int = Field(
        default=256, ge=16, description="Bytes of all pictures that are arriving, at most, in MiB."
    )
    silent: float = Field(
        default=300.0,
        gt=0,
        description="Seconds after which a device that sends by itself, and does not, is offline.",
    )
    threads: int = Field(default=1, ge=1, le=64, description="Threads that decode and classify.")
    waiting: int = Field(
        default=64, ge=1, description="Frames that wait to be analysed, at most, in MiB."
    )
    shadow_share: float = Field(
        default=0.25,
        gt=0,
        le=1,
        description="Share of a processor for a candidate that sees the frames of the model.",
    )
    keep_picture_days: float = Field(
        default=0, ge=0, description="Days that pictures are kept; 0 for ever."
    )
    keep_picture_gb: float = Field(
        default=0,
        ge=0,
        description="GB of pictures that are kept, shared equally over classes; 0 without bound.",
    )
    keep_result_days: float = Field(
        default=0, ge=0, description="Days that results are kept, totals longer; 0 for ever."
    )
    keep_minute_days: Annotated[float, AfterValidator(_none_or_a_day)] = Field(
        default=7,
        ge=0,
        description="Days that totals by minute are kept, those by hour and day for ever; 0 for "
        "ever, else at least 1.",
    )
    label_queue: int = Field(
        default=200, ge=10, le=100_000, description="Frames that wait to be labelled."
    )
    label_pool: int = Field(
        default=1000,
        ge=10,
        le=100_000,
        description="Frames drawn at random that those to be labelled are chosen from, besides "
        "the newest of each class.",
    )
    label_shares: Annotated[Names, AfterValidator(_shares)] = Field(
        default=("uncertainty=0.4", "deficit=0.4", "diversity=0.2"),
        description="Why frames are asked about, besides the tenth that is drawn at random.",
    )
    label_twice: float = Field(
        default=0.1,
        ge=0,
        le=1,
        description="Share of frames on which two people have to agree.",
    )
    retrain_with: Path | None = Field(
        default=None,
        description="What a retraining trains on besides labels: a folder of class folders, or a "
        "CSV file with path and label.",
    )
    log_format: Literal["text", "json"] = Field(
        default="text", description="Lines of the log: text for people, or json."
    )
    log_level: Literal["info", "warning", "error"] = Field(
        default="warning", description="The least that is logged; info has a line a request."
    )

    @property
    def label_rules(self) -> Rules:
        """How the queue of frames to be labelled is filled."""
        shares = shares_of(self.label_shares)
        return Rules(self.label_queue, self.label_pool, shares, self.label_twice)

    @property
    def picture_store(self) -> str:
        """Where pictures are kept, as a URL."""
        return self.pictures or (self.folder / "pictures").absolute().as_uri()
