"""Cameras as a file, which an import takes back. A file holds no password."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from counterpoise.errors import ArgumentError, near
from counterpoise.service.exchange.checking import FIELDS, TOLD
from counterpoise.service.exchange.formats import FORMATS
from counterpoise.service.exchange.spreadsheet import defused

TYPES = {
    "csv": "text/csv; charset=utf-8",
    "json": "application/json",
    "geojson": "application/geo+json",
}


def exported(rows: Iterable[Mapping[str, Any]], form: str) -> bytes:
    """A file of cameras.

    Args:
        rows: as the database gives them.
        form: one of `FORMATS`.

    Raises:
        ArgumentError: no such format.
    """
    if form not in FORMATS:
        raise ArgumentError(f"no format '{form}'{near(form, FORMATS)}")
    cameras = (_camera(row) for row in rows)
    if form == "csv":
        return _csv(cameras)
    if form == "json":
        return json.dumps(
            {"cameras": list(cameras)}, ensure_ascii=False, separators=(",", ":")
        ).encode()
    features = [
        {
            "type": "Feature",
            "geometry": _point(camera),
            "properties": {
                name: value
                for name, value in camera.items()
                if name not in ("latitude", "longitude")
            },
        }
        for camera in cameras
    ]
    collection = {"type": "FeatureCollection", "features": features}
    return json.dumps(collection, ensure_ascii=False, separators=(",", ":")).encode()


def _camera(row: Mapping[str, Any]) -> dict[str, Any]:
    camera = {name: row[name] for name in (*FIELDS, *TOLD)}
    if camera["last_frame"] is not None:
        at = datetime.fromtimestamp(camera["last_frame"] / 1e6, UTC)
        camera["last_frame"] = at.isoformat(timespec="milliseconds")
    return camera


def _csv(cameras: Iterable[Mapping[str, Any]]) -> bytes:
    stream = io.StringIO(newline="")
    writer = csv.DictWriter(stream, (*FIELDS, *TOLD), lineterminator="\r\n")
    writer.writeheader()
    for camera in cameras:
        writer.writerow({name: _cell(value) for name, value in camera.items()})
    return stream.getvalue().encode()


def _cell(value: object) -> object:
    if isinstance(value, bool):
        return "true" if value else "false"
    return defused(value) if isinstance(value, str) else value


def _point(camera: Mapping[str, Any]) -> dict[str, Any] | None:
    if camera["latitude"] is None:
        return None
    return {"type": "Point", "coordinates": [camera["longitude"], camera["latitude"]]}
