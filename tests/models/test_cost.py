"""Costs are those counted by hand, for every model that there is, without a value."""

import pytest
import torch
from torch import nn

from counterpoise import models
from counterpoise.errors import ArgumentError
from counterpoise.models import Classifier, catalog, cost_counters
from counterpoise.models.cost import REST, cost, of_classifier


def require_sums(found) -> None:
    for field in ("parameters", "macs", "saved"):
        parts = [getattr(block, field) for block in found.blocks]
        assert sum(parts) == getattr(found.total, field), field


def test_lenet5_by_hand() -> None:
    found = cost("lenet5", (1, 28, 28), 10, {})
    macs = {block.name: block.macs for block in found.blocks if block.macs}
    assert macs == {
        "backbone.conv1": 24 * 24 * 20 * 25,
        "backbone.conv2": 8 * 8 * 50 * 20 * 25,
        "backbone.fc": 800 * 500,
        "head": 500 * 10,
    }
    assert found.total.parameters == 431_080
    first, second = 20 * 24 * 24, 50 * 8 * 8
    saved = {block.name: block.saved for block in found.blocks if block.saved}
    assert saved == {
        "backbone.conv1": 4 * 28 * 28,
        "backbone.conv2": 4 * first // 4,
        "backbone.pool": (4 + 8 / 4) * (first + second),  # inputs, and an int64 for each output
        "backbone.fc": 4 * second // 4,
        "backbone.relu": 4 * 500,
    }
    # the image, the first maps, and what pooling makes of them with its indices
    assert found.peak == 4 * 28 * 28 + 4 * first + (4 + 8) * first // 4
    require_sums(found)


@pytest.mark.parametrize(
    ("name", "parameters", "macs"),
    [
        ("resnet18", 11_689_512, 1.814e9),
        pytest.param("mobilenet_v2", 3_504_872, 0.301e9, marks=pytest.mark.slow),
        pytest.param("densenet121", 7_978_856, 2.834e9, marks=pytest.mark.slow),
        pytest.param("vgg16", 138_357_544, 15.47e9, marks=pytest.mark.slow),
    ],
)
def test_published_numbers(name, parameters, macs) -> None:
    found = cost(name, (3, 224, 224), 1000, {})
    assert found.total.parameters == parameters
    assert found.total.macs == pytest.approx(macs, rel=1e-3)
    require_sums(found)


@pytest.mark.parametrize(
    ("name", "shape", "options"),
    [
        ("small-cnn", (3, 40), {"width": 8}),
        ("small-cnn", (1, 8, 8), {}),
        ("mlp", (20,), {"hidden": [16, 8]}),
        ("linear", (20,), {}),
        ("all-cnn", (3, 32, 32), {}),
        ("resnet10", (3, 32, 32), {}),
    ],
)
def test_saved_bytes_are_those_of_a_step_on_the_cpu(name, shape, options) -> None:
    """The meta device is believed only where the same count with values agrees."""
    model = models.create(name, shape, 10, **options).train()
    counted = []
    for batch in (2, 4):
        own = {t.untyped_storage().data_ptr() for t in (*model.parameters(), *model.buffers())}
        kept: dict[int, torch.UntypedStorage] = {}

        def pack(tensor, own=own, kept=kept):
            storage = tensor.untyped_storage()
            if storage.data_ptr() not in own and storage.nbytes():
                kept[storage.data_ptr()] = storage
            return tensor

        with torch.autograd.graph.saved_tensors_hooks(pack, lambda tensor: tensor):
            scores = model(torch.zeros(batch, *shape))
        counted.append(sum(storage.nbytes() for storage in kept.values()))
        del scores
    found = cost(name, shape, 10, options)
    assert found.total.saved == (counted[1] - counted[0]) // 2
    assert found.total.parameters == sum(p.numel() for p in model.parameters())
    require_sums(found)


class Twice(nn.Module):
    """Has a parameter of its own, works between its parts, and runs one of them twice."""

    def __init__(self) -> None:
        super().__init__()
        self.offset = nn.Parameter(torch.zeros(4))
        self.first = nn.Linear(4, 4)
        self.second = nn.Linear(4, 4)

    def forward(self, inputs):
        return self.second(self.first(self.first(inputs)) + self.offset) @ torch.empty(
            4, 4, device=inputs.device
        )


def test_what_is_outside_of_the_parts_has_a_row() -> None:
    with torch.device("meta"):
        model = Classifier(Twice(), nn.Linear(4, 2))
    found = of_classifier(model, (4,))
    rows = {block.name: (block.parameters, block.macs) for block in found.blocks}
    assert rows == {
        "backbone.first": (20, 32),
        "backbone.second": (20, 16),
        "head": (10, 8),
        REST: (4, 16),
    }
    require_sums(found)
    assert not model._forward_hooks
    assert not model.backbone.first._forward_hooks


def test_peak_is_what_is_alive_at_once() -> None:
    with torch.device("meta"):
        deep = nn.Sequential(*(nn.Conv2d(1, 1, 1) for _ in range(9)))
        wide = nn.Sequential(nn.Conv2d(1, 7, 1), nn.ReLU())
    assert cost_counters.peak(deep, 1, (1, 8, 8)) == 3 * 4 * 64  # the caller holds the image
    assert cost_counters.peak(wide, 2, (1, 8, 8)) == 2 * (1 + 7 + 7) * 4 * 64


def test_nothing_that_is_no_model_is_counted() -> None:
    with pytest.raises(ArgumentError, match="no model named 'lenet'"):
        cost("lenet", (1, 28, 28), 10, {})
    with pytest.raises(ArgumentError, match="at least 16x16"):
        cost("lenet5", (1, 8, 8), 10, {})


FAMILIES = [
    "alexnet",
    "convnext_tiny",
    "efficientnet_b0",
    "efficientnet_v2_s",
    "googlenet",
    "inception_v3",
    "maxvit_t",
    "mnasnet0_5",
    "mobilenet_v3_small",
    "regnet_x_400mf",
    "regnet_y_400mf",
    "resnext50_32x4d",
    "shufflenet_v2_x0_5",
    "squeezenet1_0",
    "swin_t",
    "swin_v2_t",
    "vit_b_16",
    "wide_resnet50_2",
]


@pytest.mark.slow
@pytest.mark.parametrize("name", FAMILIES)
def test_families_of_torchvision(name) -> None:
    found = cost(name, (3, 224, 224), 10, {})
    assert min(found.total.macs, found.total.saved, found.peak, found.total.parameters) > 0
    require_sums(found)


@pytest.mark.slow
@pytest.mark.parametrize(
    "name",
    [
        "resnet18",
        "vit_tiny_patch16_224",
        "convnext_atto",
        "efficientnet_b0",
        "swin_tiny_patch4_window7_224",
    ],
)
def test_models_of_timm(name) -> None:
    pytest.importorskip("timm", reason="needs the extra timm")
    found = cost(f"timm:{name}", (3, 224, 224), 10, {})
    assert min(found.total.macs, found.total.saved, found.peak) > 0
    require_sums(found)


OWN = [
    pytest.param(name, marks=[pytest.mark.slow] if name.startswith("e-") else [])
    for name in catalog.NAMES
]


@pytest.mark.parametrize("name", OWN)
def test_every_model_of_ours(name) -> None:
    if name == "hog":
        pytest.importorskip("skimage", reason="needs the extra hog")
    vectors = (
        "mlp", "linear", "trees", "iwce-quantiles", "hist-gradient-boosting",
        "logistic-regression",
    )  # fmt: skip
    shape = (20,) if name in vectors else (3, 80) if name == "iwce-wisdm" else (3, 64, 64)
    found = cost(name, shape, 10, {})
    assert found.total.parameters == sum(
        p.numel() for p in models.create(name, shape, 10).parameters()
    )
    require_sums(found)
