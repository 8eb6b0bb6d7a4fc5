"""Names and settings to a classifier: the one place that builds every model.

torchvision takes a second to import, so only the models and weights that need it do.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from torch import nn

from counterpoise.errors import ArgumentError
from counterpoise.models.catalog import FIRST_HALF, about, check, check_options, whole_of
from counterpoise.models.classifier import (
    Classifier,
    HeadFactory,
    ModelSpec,
    make_head,
    spec_of_head,
)
from counterpoise.models.densenet import DenseNet
from counterpoise.models.efficientnet_lite import LITE
from counterpoise.models.halves import SIDE, halves, place_to_cut
from counterpoise.models.makers import MAKERS


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
    if name in MAKERS:
        backbone, made_head, output = MAKERS[name](shape, num_classes, head, options)
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
