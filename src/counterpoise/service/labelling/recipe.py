"""What a retraining runs: TLC's sampling, another recipe or a comparison, from what runs."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from counterpoise.data.size import SHORT_SIDE, STRETCH, WHOLE
from counterpoise.recipes import toml
from counterpoise.records import ExportRecord
from counterpoise.service.labelling.held_out import SHARE
from counterpoise.service.labelling.start import Start

# TLC's sampling by F1 goes on with the network as it runs. The whole of TLC, which begins with the
# weights of another task, draws a new head, mirrors, and freezes half: docs/results/loop.md.
DEFAULT, TLC = "f1-driven", "tlc"
METHODS = (DEFAULT, "oversampling", "baseline", TLC)
COMPARE = "compare"  # several methods on the same updates, of which the advised one is kept
COMPARED = ("baseline", "oversampling", "weighted", "focal", "la", "thresholding", DEFAULT)
_KEY = re.compile(r"[A-Za-z0-9_-]+")


@dataclass(frozen=True)
class Plan:
    """What a retraining is to do.

    Args:
        method: of the recipe; "compare" for several, of which the advised one is offered.
        rounds: 0 for as many as the library finds.
        base: pictures that are trained on besides the labels; None for none.
    """

    method: str
    rounds: int = 0
    base: Path | None = None


def begins_anew(described: ExportRecord) -> str:
    """Why a retraining does not begin with the weights of the running model; "" where it does."""
    if described.members:
        return "it is an ensemble, so one network begins anew"
    if described.frozen is not None:
        return "its backbone is fixed, and only the head on its features is trained, anew"
    return ""


def recipe(described: ExportRecord, data: Path, method: str, start: Start, rounds: int) -> str:
    """The TOML file that ``counterpoise run`` reads.

    Args:
        described: the model that runs.
        data: the CSV or .npz file.
        method: a name of `METHODS`.
        start: what training begins with.
        rounds: 0 for as many as the library finds.
    """
    lines = [f"base = {_text(method)}", 'title = "Retrained with labels"', "", "[data]"]
    lines += [f"dataset = {_text(str(data))}", 'split = "seed-0"']
    decode = described.input.decode
    if decode is not None:
        lines.append(f"size = {_text(f'{decode.width}x{decode.height}')}")
        rule = _resize(decode.resize, start)
        lines += [] if rule == STRETCH else [f"resize = {_text(rule)}"]
    frozen = described.frozen
    # only heads on features choose by validation, namely how much their weights decay
    lines.append('validation = "none"' if frozen is None else f"validation_share = {SHARE}")
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
        if start.weights is not None:
            lines.append(f"weights = {_text(str(start.weights))}")
            lines += ["keep_head = true"] if start.keeps_head else []
    train = [f"{key} = {json.dumps(value)}" for key, value in start.train.items()]
    train += [f"rounds = {rounds}"] if rounds else []
    lines += ["", "[train]", *train] if train else []
    text = "\n".join(lines) + "\n"
    if start.augment and method != TLC:  # which has its own
        text += "\n" + toml.dumps({"stages": [{"augment": list(start.augment)}]}).lstrip()
    return text


def comparison(
    described: ExportRecord, data: Path, start: Start, rounds: int, out: Path
) -> list[str]:
    """The words of ``counterpoise compare`` on the same data, with the same network.

    Args:
        described: the model that runs.
        data: the CSV or .npz file.
        start: what each training begins with; TLC is among the methods where that is weights.
        rounds: 0 for as many as the library finds.
        out: folder of the comparison.
    """
    methods = COMPARED if start.weights is None else (*COMPARED, TLC)
    words = ["compare", str(data), "--methods", ",".join(methods), "--seeds", "1"]
    words += ["--validation-share", str(SHARE), "--out", str(out)]
    decode, frozen = described.input.decode, described.frozen
    if decode is not None:
        words += ["--size", f"{decode.width}x{decode.height}"]
        rule = _resize(decode.resize, start)
        words += [] if rule == STRETCH else ["--resize", rule]
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
        if start.weights is not None:
            words += ["--set", f"model.weights={json.dumps(str(start.weights))}"]
            words += ["--set", "model.keep_head=true"] if start.keeps_head else []
    for key, value in start.train.items():
        words += ["--set", f"train.{key}={json.dumps(value)}"]
    return words + (["--rounds", str(rounds)] if rounds else [])


def _resize(rule: str, start: Start) -> str:
    """By which the new model reads frames; those that it learns from have the size already."""
    return SHORT_SIDE if rule == WHOLE and "crop" not in start.train else rule


def _text(value: str) -> str:
    """A basic string of TOML, which escapes as JSON does.

    >>> print(_text('a"b'))
    "a\\"b"
    """
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
