"""The papers that ship: ``recipes/papers/PAPER/paper.toml`` and one file for each entry."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fnmatch import fnmatch
from importlib import resources
from pathlib import Path

from counterpoise.data.sources.about import ABOUT as DATA_SETS
from counterpoise.data.sources.named import data_roots
from counterpoise.errors import ArgumentError, near
from counterpoise.reproduce.paper import Entry, Paper
from counterpoise.reproduce.parse import parse_entry, parse_paper

ABOUT = "paper.toml"
# of a named set -> files or folders below a data root, of which one is there; what is not here
# comes with the library
PLACES = {name: about.places for name, about in DATA_SETS.items() if about.places}


@dataclass(frozen=True)
class Known:
    """An entry, under its name: ``buda2018/fig3-mnist``."""

    name: str
    paper: Paper
    entry: Entry

    @property
    def runs(self) -> int:
        """Trainings and decisions in the whole of it, as the paper has it."""
        if self.entry.compute:
            return 0
        return len(self.entry.points) * len(self.entry.methods) * self.entry.seeds

    def rounds_at(self, scale: float) -> int:
        """Of each training, at such a share of the paper's length; at least one."""
        return scaled(self.entry.rounds, scale)

    @property
    def wanted(self) -> tuple[str, ...]:
        """Sets and files that it takes, each once."""
        return tuple(dict.fromkeys([*self.entry.data_sets, *self.entry.files]))

    def why_not(self, data_root: str | None = None) -> str:
        """Why it cannot be run here; empty when it can."""
        if self.entry.missing:
            return "; ".join(self.entry.missing)
        gone = [file for file in self.entry.files if not _is_there(file, data_root)]
        for name in self.entry.data_sets:
            places = PLACES.get(name, ())
            if places and not any(_is_there(place, data_root) for place in places):
                gone.append(places[0])
        return f"not below the data root: {', '.join(gone)}" if gone else ""


def scaled(length: int, scale: float) -> int:
    """Rounds or updates at such a share of their number; at least one."""
    return max(1, math.floor(length * scale + 0.5))


def _is_there(file: str, data_root: str | None) -> bool:
    return any(next(iter(root.glob(file)), None) is not None for root in data_roots(data_root))


def papers_folder() -> Path:
    """Where the papers lie in the package."""
    return Path(str(resources.files("counterpoise.recipes") / "papers"))


def read_papers(folder: Path | None = None) -> dict[str, Known]:
    """Every entry by name, paper by paper.

    Raises:
        PaperError: a file breaks a rule, with its line.
    """
    found = {}
    for about in sorted((folder or papers_folder()).glob(f"*/{ABOUT}")):
        paper = parse_paper(about, about.read_text("utf-8"))
        for path in sorted(about.parent.glob("*.toml")):
            if path.name != ABOUT:
                name = f"{about.parent.name}/{path.stem}"
                found[name] = Known(name, paper, parse_entry(path, path.read_text("utf-8")))
    return found


def find(name: str, known: dict[str, Known]) -> Sequence[Known]:
    """The entry of that name, or all of a paper, or those that a pattern like ``*/fig3*`` fits.

    Raises:
        ArgumentError: there is none.
    """
    if name in known:
        return [known[name]]
    fits = [one for key, one in known.items() if key.startswith(f"{name}/") or fnmatch(key, name)]
    if not fits:
        raise ArgumentError(f"no paper has an entry '{name}'{near(name, known)}")
    return fits
