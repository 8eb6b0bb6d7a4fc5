"""Model names and defaults, known without importing torch or torchvision."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterable, Sequence
from functools import cache
from pathlib import Path

from counterpoise.errors import ArgumentError, near

DESCRIPTIONS = {
    "lenet5": "LeNet-5 of Buda et al. 2018: grey or colour images from 16x16; 431 080 at 28x28x1",
    "all-cnn": "All-CNN of Springenberg et al. 2015: images from 9x9; 1 369 738 parameters for RGB",
    "resnet10": "ResNet-10 of Simon et al. 2016: images from 32x32; 5 417 070 for ImageNet",
    "densenet-cifar": "DenseNet of Huang et al. 2017 for small images, from 4x4, of any depth",
    "e-densenet121": "DenseNet-121 in less memory: images from 32x32; torchvision's weights fit",
    "e-densenet161": "DenseNet-161 in less memory: images from 32x32; torchvision's weights fit",
    "e-densenet169": "DenseNet-169 in less memory: images from 32x32; torchvision's weights fit",
    "e-densenet201": "DenseNet-201 in less memory: images from 32x32; torchvision's weights fit",
    "small-cnn": "compact BatchNorm network for small images and series; fast on a CPU",
    "mlp": "fully connected ReLU network for feature vectors; flattens anything else",
    "linear": "no hidden layer: the head alone, on vectors or cached features",
    "hog": "histograms of oriented gradients and one hidden layer (HOG + NN), for images",
}
NAMES = tuple(DESCRIPTIONS)
OPTIONS: dict[str, tuple[str, ...]] = {
    "lenet5": ("output_layers",),
    "all-cnn": ("final_relu", "input_dropout", "dropout"),
    "resnet10": (),
    "densenet-cifar": ("depth", "growth", "bottleneck", "reduction", "dropout", "memory"),
    "e-densenet121": ("dropout", "memory"),
    "e-densenet161": ("dropout", "memory"),
    "e-densenet169": ("dropout", "memory"),
    "e-densenet201": ("dropout", "memory"),
    "small-cnn": ("width", "dropout"),
    "mlp": ("hidden", "dropout"),
    "linear": (),
    "hog": ("cell", "bins", "sqrt", "units"),
    "trees": ("members", "depth", "learning_rate"),
}
TREES = "trees"  # no network: boosted decision trees, which scikit-learn fits


TWINS = {  # ours to torchvision's, for its weights
    f"e-densenet{depth}": f"densenet{depth}" for depth in (121, 161, 169, 201)
}
TIMM = "timm:"  # begins the name of a model of timm, whose names are not all distinct from others


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
    """Whether `name` is one of our models, torchvision's for classification, or timm's."""
    ours = name in DESCRIPTIONS or name == TREES
    return ours or name in torchvision_names() or name in timm_names()


def check(name: str) -> str:
    """Return `name`, or say which model was probably meant.

    Raises:
        ArgumentError: neither ours, nor torchvision's, nor that of an installed timm; or hog
            without scikit-image.

    >>> check("lenet")
    Traceback (most recent call last):
    counterpoise.errors.ArgumentError: no model named 'lenet'; did you mean 'lenet5'?
    """
    if name == "hog":
        require_hog()
    if known(name):
        return name
    if name.startswith(TIMM) and not timm_names():
        raise ArgumentError(
            f"model '{name}' needs timm, which is not installed (pip install 'counterpoise[timm]')"
        )
    hint = near(name, timm_names() if name.startswith(TIMM) else (*NAMES, *torchvision_names()))
    if hint.startswith("; known"):
        hint = f"{near(name, NAMES)}, or a torchvision classification model such as mobilenet_v2"
        hint += f", or one of timm such as {TIMM}resnet18"
    raise ArgumentError(f"no model named '{name}'{hint}")


def require_hog() -> None:
    """Say what to install, where scikit-image is missing.

    Raises:
        ArgumentError: it is.
    """
    if importlib.util.find_spec("skimage") is None:
        raise ArgumentError(
            "model 'hog' needs scikit-image, which is not installed "
            "(pip install 'counterpoise[hog]')"
        )


def check_options(name: str, options: Iterable[str]) -> None:
    """Say all settings that one of our models does not have; those of others are left to them.

    Raises:
        ArgumentError: an unknown setting, with the near one.

    >>> check_options("small-cnn", ["widht"])
    Traceback (most recent call last):
    counterpoise.errors.ArgumentError: small-cnn has no option 'widht'; did you mean 'width'?
    """
    if name not in OPTIONS:
        return
    legal = OPTIONS[name]
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
