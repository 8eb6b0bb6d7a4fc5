"""Model names and defaults, known without importing torch or torchvision."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal, NamedTuple

from counterpoise.errors import ArgumentError, near

TIMM = "timm:"  # begins the name of a model of timm, whose names are not all distinct from others
FIRST_HALF, LAST_HALF = "first-half:", "last-half:"  # begin the names of parts of another model


class Needed(NamedTuple):
    """A package that is not always installed."""

    module: str
    package: str
    extra: str  # that installs it


@dataclass(frozen=True)
class Entry:
    """What is known of a model before torch is loaded.

    Args:
        summary: one line.
        options: settings that it takes; None where only its library knows them.
        source: whose it is, as installers spell it.
        revision: version of its numbers, part of identities from 2 on.
        package: whose version its numbers depend on, and so its identities.
        needs: the package without which it cannot be had.
        needs_images: whether it takes (C, H, W) alone.
        learns_features: whether anything before its head learns.
        fitted_by: the package that fits it at once; None for a network, which updates train.
        twin: the torchvision model whose weights fit.
        stacks: whether several of it can be trained as one model; dropout of its settings is
            looked at elsewhere.
    """

    summary: str
    options: tuple[str, ...] | None = ()
    source: Literal["counterpoise", "torchvision", "timm"] = "counterpoise"
    revision: int = 1
    package: str | None = None
    needs: Needed | None = None
    needs_images: bool = False
    learns_features: bool = True
    fitted_by: str | None = None
    twin: str | None = None
    stacks: bool = False


def _large_densenet(depth: int) -> Entry:
    return Entry(
        f"DenseNet-{depth} in less memory: images from 32x32; torchvision's weights fit",
        ("dropout", "memory"),
        needs_images=True,
        twin=f"densenet{depth}",
    )


MODELS = {
    "lenet5": Entry(
        "LeNet-5 of Buda et al. 2018: grey or colour images from 16x16; 431 080 at 28x28x1",
        ("output_layers",),
        needs_images=True,
        stacks=True,
    ),
    "all-cnn": Entry(
        "All-CNN of Springenberg et al. 2015: images from 9x9; 1 369 738 parameters for RGB",
        ("final_relu", "input_dropout", "dropout"),
        needs_images=True,
    ),
    "resnet10": Entry(
        "ResNet-10 of Simon et al. 2016: images from 32x32; 5 417 070 for ImageNet",
        needs_images=True,
        revision=2,  # its head begins as its convolutions do
        stacks=True,
    ),
    "densenet-cifar": Entry(
        "DenseNet of Huang et al. 2017 for small images, from 4x4, of any depth",
        ("depth", "growth", "bottleneck", "reduction", "dropout", "memory"),
        needs_images=True,
    ),
    **{f"e-densenet{depth}": _large_densenet(depth) for depth in (121, 161, 169, 201)},
    "efficientnet-lite0": Entry(
        "EfficientNet-B0 of Tan and Le 2019 in its Lite form: images from 32x32",
        package="timm",
        needs=Needed("timm", "timm", "weights"),
        needs_images=True,
    ),
    "small-cnn": Entry(
        "compact BatchNorm network for small images and series; fast on a CPU",
        ("width", "dropout"),
        stacks=True,
    ),
    "six-layer-cnn": Entry(
        "the CNN under CNUSVM's machines, as read here: images from 16x16",
        needs_images=True,
        stacks=True,
    ),
    "iwce-quantiles": Entry("1-D CNN of IWCE 2023 for vectors; 47 491 parameters at 10 numbers"),
    "iwce-wisdm": Entry("1-D CNN of IWCE 2023 for series from 39 steps; 164 226 at (3, 80)"),
    "mlp": Entry(
        "fully connected ReLU network for feature vectors; flattens anything else",
        ("hidden", "dropout"),
        stacks=True,
    ),
    "linear": Entry(
        "no hidden layer: the head alone, on vectors or cached features",
        learns_features=False,
        stacks=True,
    ),
    "hog": Entry(
        "histograms of oriented gradients and one hidden layer (HOG + NN), for images",
        ("cell", "bins", "sqrt", "units"),
        needs=Needed("skimage", "scikit-image", "hog"),
        needs_images=True,
        learns_features=False,
    ),
    "trees": Entry(
        "decision trees",
        ("members", "depth", "learning_rate"),
        learns_features=False,
        fitted_by="scikit-learn",
    ),
    "hist-gradient-boosting": Entry(
        "gradient-boosted decision trees",
        ("members", "leaves", "learning_rate", "balanced"),
        learns_features=False,
        fitted_by="scikit-learn",
    ),
    "logistic-regression": Entry(
        "a logistic regression",
        ("balanced",),
        learns_features=False,
        fitted_by="scikit-learn",
    ),
}
_TORCHVISION = Entry("a torchvision classification model", None, "torchvision", needs_images=True)
_TIMM = Entry(
    "a timm model",
    None,
    "timm",
    package="timm",
    needs=Needed("timm", "timm", "timm"),
    needs_images=True,
)
NAMES = tuple(name for name, entry in MODELS.items() if entry.fitted_by is None)  # our networks


def about(name: str) -> Entry:
    """What is known of a model; a name that is neither ours nor timm's is taken as torchvision's.

    >>> about("trees").fitted_by, about("resnet18").source
    ('scikit-learn', 'torchvision')
    """
    name = whole_of(name)
    if name in MODELS:
        return MODELS[name]
    if name.startswith(TIMM):
        return _TIMM
    return _TORCHVISION


def whole_of(name: str) -> str:
    """The model that a half is one of; any other name stays as it is.

    >>> whole_of("last-half:mobilenet_v2"), whole_of("mobilenet_v2")
    ('mobilenet_v2', 'mobilenet_v2')
    """
    return name.removeprefix(FIRST_HALF).removeprefix(LAST_HALF)


@cache
def torchvision_names() -> frozenset[str]:
    """Classification models that the installed torchvision registers, read from its source.

    >>> "mobilenet_v2" in torchvision_names(), "fasterrcnn_resnet50_fpn" in torchvision_names()
    (True, False)
    """
    return _registered("torchvision", "@register_model(")


@cache
def timm_names() -> frozenset[str]:
    """Models that the installed timm registers, each as "timm:..."; none without timm."""
    return frozenset(f"{TIMM}{name}" for name in _registered("timm", "@register_model"))


def _registered(package: str, mark: str) -> frozenset[str]:
    """Functions marked in ``package/models``, read as text: importing takes seconds."""
    spec = importlib.util.find_spec(package)
    if spec is None or spec.origin is None:
        return frozenset()
    found = set()
    for path in sorted((Path(spec.origin).parent / "models").glob("*.py")):
        registered = False
        for line in path.read_text(encoding="utf-8").splitlines():
            if line.startswith(mark):
                registered = True
            elif registered and line.startswith("def "):
                found.add(line[4:].partition("(")[0])
                registered = False
    return frozenset(found)


def names() -> tuple[str, ...]:
    """Every name that `create` takes, ours first."""
    return (*NAMES, *sorted(torchvision_names()), *sorted(timm_names()))


def known(name: str) -> bool:
    """Whether `name` is one of our models, torchvision's for classification, timm's, or a half."""
    name = whole_of(name)
    return name in MODELS or name in torchvision_names() or name in timm_names()


def check(name: str) -> str:
    """Return `name`, or say which model was probably meant.

    Raises:
        ArgumentError: neither ours, nor torchvision's, nor that of an installed timm; or one
            whose package is missing.

    >>> check("lenet")
    Traceback (most recent call last):
    counterpoise.errors.ArgumentError: no model named 'lenet'; did you mean 'lenet5'?
    """
    require(name)
    if known(name):
        return name
    hint = near(name, timm_names() if name.startswith(TIMM) else (*NAMES, *torchvision_names()))
    if hint.startswith("; known"):
        hint = f"{near(name, NAMES)}, or a torchvision classification model such as mobilenet_v2"
        hint += f", or one of timm such as {TIMM}resnet18"
    raise ArgumentError(f"no model named '{name}'{hint}")


def require(name: str) -> None:
    """Say what to install, where the package that a model needs is missing.

    Raises:
        ArgumentError: it is.
    """
    needs = about(name).needs
    if needs is not None and importlib.util.find_spec(needs.module) is None:
        raise ArgumentError(
            f"model '{name}' needs {needs.package}, which is not installed "
            f"(pip install 'counterpoise[{needs.extra}]')"
        )


def check_options(name: str, options: Iterable[str]) -> None:
    """Say all settings that one of our models does not have; those of others are left to them.

    Raises:
        ArgumentError: an unknown setting, with the near one.

    >>> check_options("small-cnn", ["widht"])
    Traceback (most recent call last):
    counterpoise.errors.ArgumentError: small-cnn has no option 'widht'; did you mean 'width'?
    """
    legal = about(name).options
    if legal is None:
        return
    wrong = [option for option in options if option not in legal]
    if wrong:
        hint = {option: near(option, legal) if legal else "; it has none" for option in wrong}
        raise ArgumentError(
            "; ".join(f"{name} has no option '{option}'{hint[option]}" for option in wrong)
        )


def default_for(kind: str, input_shape: Sequence[int]) -> str:
    """The model that suits an input when the user names none.

    Args:
        kind: "image" (C, H, W), "series" (C, T), "vector" (D,), or "features" (D,), which are
            the cached outputs of a backbone and get a head alone.
        input_shape: shape of one sample.

    >>> default_for("image", (1, 28, 28)), default_for("image", (1, 8, 8))
    ('lenet5', 'small-cnn')
    """
    shape = tuple(input_shape)
    if kind == "features":
        return "linear"
    if kind == "vector" or min(shape[1:], default=0) < 4:
        return "mlp"
    return "lenet5" if shape == (1, 28, 28) else "small-cnn"
