"""How each of our own models is made: backbone, head, and the layers that give its output."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from torch import nn

from counterpoise.errors import ArgumentError
from counterpoise.models.all_cnn import AllCNN, MapHead
from counterpoise.models.classifier import HeadFactory, make_head
from counterpoise.models.densenet import LARGE, cifar_densenet, large_densenet
from counterpoise.models.efficientnet_lite import LITE, efficientnet_lite0
from counterpoise.models.hog import HOG, HiddenHead
from counterpoise.models.initialise import caffe_xavier, msra
from counterpoise.models.iwce_cnns import QuantilesCNN, WisdmCNN
from counterpoise.models.lenet5 import LeNet5
from counterpoise.models.mlp import MLP
from counterpoise.models.references import GradientBoostedTrees, LogisticRegression
from counterpoise.models.resnet10 import ResNet10
from counterpoise.models.six_layer_cnn import SixLayerCNN
from counterpoise.models.small_cnn import SmallCNN
from counterpoise.models.trees import BoostedTrees

_T = TypeVar("_T")
Made = tuple[nn.Module, nn.Module, tuple[str, ...]]  # backbone, head, output parameters


def _lenet5(
    shape: tuple[int, ...],
    num_classes: int,
    head: HeadFactory | None,
    options: Mapping[str, Any],
) -> Made:
    def build(*, output_layers: int = 1) -> Made:
        if output_layers not in (1, 2):
            raise ArgumentError(f"lenet5 has output_layers 1 or 2; got {output_layers}")
        backbone = LeNet5(shape)
        made = make_head(head or nn.Linear, backbone.num_features, num_classes)
        if head is None:
            caffe_xavier(made)
        return backbone, made, ("head.*",) if output_layers == 1 else ("backbone.fc.*", "head.*")

    return _call("lenet5", build, options)


def _all_cnn(
    shape: tuple[int, ...],
    num_classes: int,
    head: HeadFactory | None,
    options: Mapping[str, Any],
) -> Made:
    def build(*, final_relu: bool = True, input_dropout: float = 0.2, dropout: float = 0.5) -> Made:
        backbone = AllCNN(
            shape, pooled=head is not None, input_dropout=input_dropout, dropout=dropout
        )
        made = (
            MapHead(backbone.num_features, num_classes, final_relu=final_relu)
            if head is None
            else make_head(head, backbone.num_features, num_classes)
        )
        return backbone, made, ("backbone.conv8.*", "head.*")

    return _call("all-cnn", build, options)


def _hog(
    shape: tuple[int, ...],
    num_classes: int,
    head: HeadFactory | None,
    options: Mapping[str, Any],
) -> Made:
    def build(*, units: int = 100, **rest: Any) -> Made:
        backbone = HOG(shape, **rest)
        if head is not None:
            return backbone, make_head(head, backbone.num_features, num_classes), ("head.*",)
        made = HiddenHead(backbone.num_features, num_classes, units=units)
        return backbone, made, ("head.output.*",)

    return _call("hog", build, options)


def _fitted(name: str, model: Callable[..., nn.Module]) -> Callable[..., Made]:
    """Maker of a model that scikit-learn fits, on inputs as they are."""

    def make(
        shape: tuple[int, ...],
        num_classes: int,
        head: HeadFactory | None,
        options: Mapping[str, Any],
    ) -> Made:
        if head is not None:
            verb = "predict by themselves and take" if name == "trees" else "predicts and takes"
            raise ArgumentError(f"{name} {verb} no head (another model)")
        backbone = MLP(shape, hidden=())
        return backbone, _call(name, model, options, backbone.num_features, num_classes), ()

    return make


def _resnet10(
    shape: tuple[int, ...],
    num_classes: int,
    head: HeadFactory | None,
    options: Mapping[str, Any],
) -> Made:
    backbone = _call("resnet10", ResNet10, options, shape)
    made = make_head(head or nn.Linear, backbone.num_features, num_classes)
    if head is None:
        msra(made)
    return backbone, made, ("head.*",)


def _plain(name: str, backbone_class: Callable[..., nn.Module]) -> Callable[..., Made]:
    """Maker of a model whose backbone takes the options and whose own head is linear."""

    def make(
        shape: tuple[int, ...],
        num_classes: int,
        head: HeadFactory | None,
        options: Mapping[str, Any],
    ) -> Made:
        backbone = _call(name, backbone_class, options, shape)
        num_features = backbone.num_features
        assert isinstance(num_features, int)
        return backbone, make_head(head or nn.Linear, num_features, num_classes), ("head.*",)

    return make


def _large_densenet(name: str) -> Callable[..., Made]:
    def build(input_shape: tuple[int, ...], **options: Any) -> nn.Module:
        return large_densenet(name, input_shape, **options)

    return _plain(name, build)


def _efficientnet_lite0(
    shape: tuple[int, ...],
    num_classes: int,
    head: HeadFactory | None,
    options: Mapping[str, Any],
) -> Made:
    backbone, num_features = efficientnet_lite0(shape, options)
    return backbone, make_head(head or nn.Linear, num_features, num_classes), ("head.*",)


def _linear(input_shape: tuple[int, ...]) -> MLP:
    return MLP(input_shape, hidden=())


def _call(name: str, build: Callable[..., _T], options: Mapping[str, Any], *positional: Any) -> _T:
    """Call with options; one of a wrong type is the user's error."""
    try:
        return build(*positional, **options)
    except TypeError as error:
        raise ArgumentError(f"{name} cannot be built with {dict(options)}: {error}") from error


MAKERS: dict[str, Callable[..., Made]] = {
    "lenet5": _lenet5,
    "all-cnn": _all_cnn,
    "resnet10": _resnet10,
    "densenet-cifar": _plain("densenet-cifar", cifar_densenet),
    **{name: _large_densenet(name) for name in LARGE},
    LITE: _efficientnet_lite0,
    "small-cnn": _plain("small-cnn", SmallCNN),
    "six-layer-cnn": _plain("six-layer-cnn", SixLayerCNN),
    "iwce-quantiles": _plain("iwce-quantiles", QuantilesCNN),
    "iwce-wisdm": _plain("iwce-wisdm", WisdmCNN),
    "mlp": _plain("mlp", MLP),
    "linear": _plain("linear", _linear),
    "hog": _hog,
    "trees": _fitted("trees", BoostedTrees),
    "hist-gradient-boosting": _fitted("hist-gradient-boosting", GradientBoostedTrees),
    "logistic-regression": _fitted("logistic-regression", LogisticRegression),
}
