"""What a retraining runs: TLC's two stages, or a comparison, from the weights of what runs."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path

from counterpoise.records import ExportRecord

TLC, HEAD = "tlc", "f1-driven"
METHODS = (TLC, HEAD, "oversampling", "baseline")
COMPARE = "compare"  # several methods on the same updates, of which the advised one is kept
COMPARED = ("baseline", "oversampling", "weighted", "focal", "la", "thresholding", HEAD)
_KEY = re.compile(r"[A-Za-z0-9_-]+")


def default_method(weights: Path | None) -> str:
    """TLC for a network that begins with weights, of which it freezes half; else its sampling."""
    return HEAD if weights is None else TLC


def begins_anew(described: ExportRecord) -> str:
    """Why a retraining does not begin with the weights of the running model; "" where it does."""
    if described.members:
        return "it is an ensemble, so one network begins anew"
    if described.frozen is not None:
        return "its backbone is fixed, and only the head on its features is trained, anew"
    return ""


def recipe(
    described: ExportRecord, data: Path, method: str, weights: Path | None, rounds: int
) -> str:
    """The TOML file that ``counterpoise run`` reads.

    Args:
        described: the model that runs.
        data: the CSV or .npz file.
        method: a name of `METHODS`.
        weights: that training begins with.
        rounds: 0 for as many as the library finds.
    """
    lines = [f"base = {_text(method)}", 'title = "Retrained with labels"', "", "[data]"]
    lines += [f"dataset = {_text(str(data))}", 'split = "seed-0"']
    decode = described.input.decode
    if decode is not None:
        lines.append(f"size = {_text(f'{decode.width}x{decode.height}')}")
    frozen = described.frozen
    if frozen is not None:
        name = str(frozen.model["name"])
        if name.startswith("first-half:"):
            lines.append("fine_tune = true")
        backbone = name.removeprefix("first-half:")
        lines += ["", "[data.features]", f"model = {_text(backbone)}", 'weights = "IMAGENET1K_V1"']
    else:
        spec = described.model
        lines += ["", "[model]", f"name = {_text(str(spec['name']))}"]
        options = spec.get("options")
        for key, value in (options if isinstance(options, Mapping) else {}).items():
            if _KEY.fullmatch(key) and isinstance(value, str | int | float | bool):
                lines.append(f"{key} = {json.dumps(value)}")
        if weights is not None:
            lines.append(f"weights = {_text(str(weights))}")
    if rounds:
        lines += ["", "[train]", f"rounds = {rounds}"]
    return "\n".join(lines) + "\n"


def comparison(
    described: ExportRecord, data: Path, weights: Path | None, rounds: int, out: Path
) -> list[str]:
    """The words of ``counterpoise compare`` on the same data, with the same network.

    Args:
        described: the model that runs.
        data: the CSV or .npz file.
        weights: that each training begins with; TLC is among the methods then.
        rounds: 0 for as many as the library finds.
        out: folder of the comparison.
    """
    methods = COMPARED if weights is None else (*COMPARED, TLC)
    words = ["compare", str(data), "--methods", ",".join(methods), "--seeds", "1"]
    words += ["--out", str(out)]
    decode, frozen = described.input.decode, described.frozen
    if decode is not None:
        words += ["--size", f"{decode.width}x{decode.height}"]
    if frozen is not None:
        name = str(frozen.model["name"])
        words += ["--fine-tune" if name.startswith("first-half:") else "--frozen"]
        words += ["--model", name.removeprefix("first-half:")]
    else:
        words += ["--scratch", "--model", str(described.model["name"])]
        options = described.model.get("options")
        for key, value in (options if isinstance(options, Mapping) else {}).items():
            if _KEY.fullmatch(key) and isinstance(value, str | int | float | bool):
                words += ["--set", f"model.{key}={json.dumps(value)}"]
        if weights is not None:
            words += ["--set", f"model.weights={json.dumps(str(weights))}"]
    return words + (["--rounds", str(rounds)] if rounds else [])


def _text(value: str) -> str:
    """A basic string of TOML, which escapes as JSON does.

    >>> print(_text('a"b'))
    "a\\"b"
    """
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
