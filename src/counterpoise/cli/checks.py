"""What the user typed after ``compare``, checked before torch is imported, all faults at once."""

import os
import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Literal, TypedDict

from counterpoise.data import NAMED
from counterpoise.data import parse as parse_profile
from counterpoise.data.size import Size, sides
from counterpoise.errors import ArgumentError, CounterpoiseError, near
from counterpoise.experiments.ledger import read as read_ledger
from counterpoise.experiments.options import parse_duration
from counterpoise.metrics import require_metric
from counterpoise.models import catalog
from counterpoise.recipes.load import expand, load_methods

DEVICE = re.compile(r"auto|cpu|cuda(:\d+)?|mps")
LEAST = {"seeds": 1, "folds": 2, "rounds": 1, "tune": 1, "jobs": 1}
FORMATS = (".npz", ".csv")


class Options(TypedDict):
    """The keyword arguments of `counterpoise.compare`."""

    dataset: str
    methods: str | None
    profile: str
    model: str | None
    seeds: int | None
    folds: int | None
    rounds: int | None
    select: str
    tune: int
    budget: str | None
    frozen: bool
    out: str | None
    jobs: int | None
    device: str
    data_root: str | None
    settings: Mapping[str, str]
    validation: Literal["profiled", "balanced"]
    skip_corrupt: bool
    size: Size | None
    image_memory: float | None
    ledger: str | None


def read_settings(lines: Sequence[str]) -> tuple[dict[str, str], list[str]]:
    """``["oversampling.ratio=10"]`` -> settings, and a fault for each line that is none."""
    found: dict[str, str] = {}
    faults = []
    for line in lines:
        key, equals, value = line.partition("=")
        if not equals or not key.strip() or not value.strip():
            faults.append(f"--set takes KEY=VALUE, such as oversampling.ratio=10; got '{line}'")
        elif key.strip() in found:
            faults.append(f"--set {key.strip()} is given twice")
        else:
            found[key.strip()] = value.strip()
    return found, faults


def check(options: Options, faults: Sequence[str] = ()) -> None:
    """Raise for everything that can be known to be wrong without data or torch.

    Raises:
        ArgumentError: one line for each fault, those passed in first.
    """
    found = [*faults, *_data_faults(options["dataset"]), *_number_faults(options)]
    found += _fault_of(lambda: parse_profile(options["profile"]))
    found += _fault_of(lambda: require_metric(options["select"]))
    if not DEVICE.fullmatch(options["device"]):
        found.append(f"--device is auto, cpu, cuda, cuda:N or mps; got '{options['device']}'")
    budget = options["budget"]
    if budget is not None:
        found += _fault_of(lambda: parse_duration(budget))
    ledger = options["ledger"]
    if ledger is not None:
        found += _fault_of(lambda: read_ledger(Path(ledger)))
    model = options["model"]
    if model is not None:
        found += _fault_of(lambda: catalog.check(model))
    found += _fault_of(lambda: load_methods(expand(options["methods"]), {}, options["settings"]))
    found += _out_faults(options["out"])
    if found:
        raise ArgumentError("\n".join(found))


def _fault_of(attempt: Callable[[], object]) -> list[str]:
    try:
        attempt()
    except CounterpoiseError as error:
        return str(error).splitlines()
    return []


def _data_faults(dataset: str) -> list[str]:
    path = Path(dataset).expanduser()
    if dataset in NAMED:
        return []
    if not path.exists():
        return [f"no data set named '{dataset}' and no such path{near(dataset, NAMED)}"]
    if path.is_file() and path.suffix.lower() not in FORMATS:
        return [f"'{dataset}' is neither a folder of class folders nor {' or '.join(FORMATS)}"]
    return []


def _number_faults(options: Options) -> list[str]:
    given = {
        "seeds": options["seeds"],
        "folds": options["folds"],
        "rounds": options["rounds"],
        "tune": options["tune"],
        "jobs": options["jobs"],
    }
    faults = [
        f"--{name} is at least {LEAST[name]}; got {value}"
        for name, value in given.items()
        if value is not None and value < LEAST[name]
    ]
    if options["size"] is not None:
        try:
            sides(options["size"], least=8, name="--size")
        except ArgumentError as error:
            faults.append(str(error))
    memory = options["image_memory"]
    if memory is not None and not memory >= 0:
        faults.append(f"--image-memory is at least 0 GiB; got {memory:g}")
    if options["seeds"] is not None and options["folds"] is not None:
        faults.append("--seeds and --folds exclude each other; give one of them")
    return faults


def _out_faults(out: str | None) -> list[str]:
    if out is None:
        return []
    path = Path(out).absolute()
    while not path.exists() and path != path.parent:
        path = path.parent
    if not path.is_dir():
        return [f"--out {out}: {path} is a file, not a folder"]
    if not os.access(path, os.W_OK | os.X_OK):
        return [f"--out {out}: no permission to write in {path}"]
    return []
