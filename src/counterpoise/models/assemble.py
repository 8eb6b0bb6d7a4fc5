"""Names and settings to a classifier: the one place that knows every model.

torchvision takes a second to import, so only the models and weights that need it do.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

from torch import nn

from counterpoise.errors import ArgumentError
from counterpoise.models.all_cnn import AllCNN, MapHead
from counterpoise.models.catalog import FIRST_HALF, about, check, check_options, whole_of
from counterpoise.models.classifier import (
    Classifier,
    HeadFactory,
    ModelSpec,
    make_head,
    spec_of_head,
)
from counterpoise.models.densenet import LARGE, DenseNet, cifar_densenet, large_densenet
from counterpoise.models.efficientnet_lite import LITE, efficientnet_lite0
from counterpoise.models.halves import SIDE, halves, place_to_cut
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
_Made = tuple[nn.Module, nn.Module, tuple[str, ...]]  # backbone, head, output parameters


def create(
    name: str,
    input_shape: tuple[int, ...],
    num_classes: int,
    head: HeadFactory | None = None,
    weights: str | Path | None = None,
    data_root: str | None = None,
    **options: Any,
) -> Classifier:
    """Build a classifier by name, ready to train.

    Initial values come from torch's global generator, so seed that (or fork it) around the call.
    The model is on the current default device; under ``torch.device("meta")`` it has no values.

    Args:
        name: a name of `NAMES`, a torchvision classification model, "timm:" and a model of timm,
            or one of these behind "first-half:" or "last-half:".
        input_shape: shape of one sample: (C, H, W), (C, T) or (D,).
        num_classes: K, at least 2.
        head: class or ``functools.partial`` of a class, called with `num_features` and
            `num_classes`; the model's own head when None.
        weights: for the backbone: "none", a name of torchvision's weights such as "DEFAULT", or
            a file, .pth (a state dict) or .safetensors.
        data_root: folders to look for a weights file in, separated by ``os.pathsep``; the
            environment's COUNTERPOISE_DATA when None.
        **options: settings of the model, such as ``width`` of small-cnn.

    Raises:
        ArgumentError: unknown name or option, or an input the model cannot take.
        DataError: the weights file is not there.
        CheckpointError: the weights do not fit.

    >>> model = create("lenet5", (1, 28, 28), 10)
    >>> describe(model)
    'lenet5 (431 080 parameters)'
    """
    check(name)
    shape = tuple(int(size) for size in input_shape)
    if whole_of(name) != name:
        return _half(name, shape, num_classes, head, weights, data_root, options)
    check_options(name, options)
    if num_classes < 2:
        raise ArgumentError(f"a classifier needs at least 2 classes; got {num_classes}")
    if not shape or min(shape) < 1:
        raise ArgumentError(f"an input shape has sizes of at least 1; got {shape}")
    start = None if weights in (None, "none", "") else str(weights)
    if name in _MAKERS:
        backbone, made_head, output = _MAKERS[name](shape, num_classes, head, options)
        published = isinstance(backbone, DenseNet) or name == LITE
        cut: tuple[str, ...] | None = ("classifier",) if published else None
    elif about(name).source == "timm":
        from counterpoise.models import timm_backbone

        backbone, num_features, cut = timm_backbone.make_backbone(name, shape, options)
        made_head = make_head(head or nn.Linear, num_features, num_classes)
        output = ("head.*",)
    else:
        from counterpoise.models.torchvision_backbone import make_backbone, pretrained_options

        if start is not None:
            options = pretrained_options(name, options)
        backbone, num_features, layer = make_backbone(name, shape, options)
        cut = (layer,)
        made_head = make_head(head or nn.Linear, num_features, num_classes)
        output = ("head.*",)
    loaded = None
    if start is not None:
        from counterpoise.models.pretrained import load_weights

        loaded = load_weights(backbone, name, cut, start, data_root)
    return Classifier(
        backbone,
        made_head,
        output_parameters=output,
        spec=ModelSpec(
            name=name,
            input_shape=shape,
            num_classes=num_classes,
            options=dict(options),
            head=None if head is None else spec_of_head(head),
            weights=None if loaded is None else loaded.identity,
        ),
        dropped=() if loaded is None else loaded.dropped,
    )


def describe(model: nn.Module) -> str:
    """Name and number of parameters, head included: "lenet5 (431 080 parameters)"."""
    spec = getattr(model, "spec", None)
    name = spec.name if isinstance(spec, ModelSpec) else type(model).__name__
    count = sum(parameter.numel() for parameter in model.parameters())
    return f"{name} ({count:,} parameters)".replace(",", " ")


def _half(
    name: str,
    shape: tuple[int, ...],
    num_classes: int,
    head: HeadFactory | None,
    weights: str | Path | None,
    data_root: str | None,
    options: dict[str, Any],
) -> Classifier:
    """A part of another model; its `options` say where that is cut, once it is known."""
    whole_name, place = whole_of(name), options.pop("cut", "")
    whole = create(whole_name, (3, SIDE, SIDE), 2, None, weights, data_root, **options)
    if not isinstance(whole.head, nn.Linear):
        raise ArgumentError(f"{whole_name} cannot be cut in two: its head is not linear")
    place = str(place) or place_to_cut(whole.backbone, whole_name)
    first, last = halves(whole.backbone, place, whole_name)
    made: nn.Module = nn.Identity()
    if not name.startswith(FIRST_HALF):
        made = make_head(head or nn.Linear, whole.head.in_features, num_classes)
    assert whole.spec is not None
    return Classifier(
        first if name.startswith(FIRST_HALF) else last,
        made,
        spec=ModelSpec(
            name=name,
            input_shape=shape,
            num_classes=num_classes,
            options={**options, "cut": place},
            head=None if head is None else spec_of_head(head),
            weights=whole.spec.weights,
        ),
        dropped=whole.dropped,
    )


def _lenet5(
    shape: tuple[int, ...],
    num_classes: int,
    head: HeadFactory | None,
    options: Mapping[str, Any],
) -> _Made:
    def build(*, output_layers: int = 1) -> _Made:
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
) -> _Made:
    def build(
        *, final_relu: bool = True, input_dropout: float = 0.2, dropout: float = 0.5
    ) -> _Made:
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
) -> _Made:
    def build(*, units: int = 100, **rest: Any) -> _Made:
        backbone = HOG(shape, **rest)
        if head is not None:
            return backbone, make_head(head, backbone.num_features, num_classes), ("head.*",)
        made = HiddenHead(backbone.num_features, num_classes, units=units)
        return backbone, made, ("head.output.*",)

    return _call("hog", build, options)


def _fitted(name: str, model: Callable[..., nn.Module]) -> Callable[..., _Made]:
    """Maker of a model that scikit-learn fits, on inputs as they are."""

    def make(
        shape: tuple[int, ...],
        num_classes: int,
        head: HeadFactory | None,
        options: Mapping[str, Any],
    ) -> _Made:
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
) -> _Made:
    backbone = _call("resnet10", ResNet10, options, shape)
    made = make_head(head or nn.Linear, backbone.num_features, num_classes)
    if head is None:
        msra(made)
    return backbone, made, ("head.*",)


def _plain(name: str, backbone_class: Callable[..., nn.Module]) -> Callable[..., _Made]:
    """Maker of a model whose backbone takes the options and whose own head is linear."""

    def make(
        shape: tuple[int, ...],
        num_classes: int,
        head: HeadFactory | None,
        options: Mapping[str, Any],
    ) -> _Made:
        backbone = _call(name, backbone_class, options, shape)
        num_features = backbone.num_features
        assert isinstance(num_features, int)
        return backbone, make_head(head or nn.Linear, num_features, num_classes), ("head.*",)

    return make


def _large_densenet(name: str) -> Callable[..., _Made]:
    def build(input_shape: tuple[int, ...], **options: Any) -> nn.Module:
        return large_densenet(name, input_shape, **options)

    return _plain(name, build)


def _efficientnet_lite0(
    shape: tuple[int, ...],
    num_classes: int,
    head: HeadFactory | None,
    options: Mapping[str, Any],
) -> _Made:
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


_MAKERS: dict[str, Callable[..., _Made]] = {
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
