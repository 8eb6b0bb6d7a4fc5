"""LeNet-5, All-CNN, small-cnn, mlp, linear and hog: counts, shapes, limits."""

import math
from fnmatch import fnmatch

import pytest
import torch
from torch import nn

from counterpoise import models
from counterpoise.errors import ArgumentError
from counterpoise.models.all_cnn import MapHead
from counterpoise.models.catalog import MODELS
from counterpoise.models.classifier import Classifier


def tuned(model: Classifier) -> set[str]:
    return {
        name
        for name, _ in model.named_parameters()
        if any(fnmatch(name, glob) for glob in model.output_parameters)
    }


def size(model: nn.Module) -> int:
    return sum(parameter.numel() for parameter in model.parameters())


@pytest.mark.parametrize(
    ("name", "shape", "parameters"),
    [("lenet5", (1, 28, 28), 431_080), ("all-cnn", (3, 32, 32), 1_369_738)],
)
def test_parameter_counts_are_the_papers(
    name: str, shape: tuple[int, ...], parameters: int
) -> None:
    model = models.create(name, shape, 10)
    assert size(model) == parameters
    assert models.describe(model) == f"{name} ({parameters:,} parameters)".replace(",", " ")


@pytest.mark.parametrize(
    ("name", "shape"),
    [
        ("lenet5", (1, 28, 28)),
        ("lenet5", (3, 16, 16)),
        ("lenet5", (3, 33, 20)),
        ("all-cnn", (3, 32, 32)),
        ("all-cnn", (1, 9, 9)),
        ("small-cnn", (1, 4, 4)),
        ("small-cnn", (1, 8, 8)),
        ("small-cnn", (3, 17, 5)),
        ("small-cnn", (3, 48, 48)),
        ("small-cnn", (3, 64, 64)),
        ("small-cnn", (3, 80)),
        ("small-cnn", (6, 5)),
        ("six-layer-cnn", (3, 48, 48)),
        ("six-layer-cnn", (1, 16, 16)),
        ("iwce-quantiles", (10,)),
        ("iwce-quantiles", (1, 7)),
        ("iwce-wisdm", (3, 80)),
        ("iwce-wisdm", (1, 39)),
        ("mlp", (7,)),
        ("mlp", (3, 8, 8)),
        ("linear", (7,)),
        ("hog", (1, 18, 36)),
        ("hog", (3, 40, 40)),
    ],
)
def test_forward_is_the_head_on_the_features(name: str, shape: tuple[int, ...]) -> None:
    model = models.create(name, shape, 4).eval()
    inputs = torch.randn(3, *shape)
    features = model.features(inputs)
    assert torch.equal(model(inputs), model.classify(features))
    assert model(inputs).shape == (3, 4)
    if name != "all-cnn":
        assert features.shape == (3, model.backbone.num_features)


SHAPES = {"linear": (7,), "iwce-quantiles": (10,), "iwce-wisdm": (3, 80)}


@pytest.mark.parametrize(
    ("name", "shape", "classes", "parameters"),
    [("iwce-quantiles", (10,), 3, 47_491), ("iwce-wisdm", (3, 80), 6, 164_226)],
)
def test_parameter_counts_of_iwce(name, shape, classes: int, parameters: int) -> None:
    assert size(models.create(name, shape, classes)) == parameters


@pytest.mark.parametrize("name", models.NAMES)
def test_every_parameter_learns_from_one_step(name: str) -> None:
    shape = SHAPES.get(name, (3, 32, 32))
    model = models.create(name, shape, 4)
    model(torch.randn(8, *shape)).square().sum().backward()
    for parameter, value in model.named_parameters():
        assert value.grad is not None, parameter
        assert value.grad.abs().sum() > 0, parameter


@pytest.mark.parametrize("name", models.NAMES)
def test_models_build_and_run_without_values(name: str) -> None:
    shape = SHAPES.get(name, (3, 32, 32))
    with torch.device("meta"):
        model = models.create(name, shape, 4)
        assert model(torch.empty(2, *shape)).shape == (2, 4)


@pytest.mark.parametrize(
    ("name", "options", "expected"),
    [
        ("lenet5", {}, {"head.weight", "head.bias"}),
        (
            "lenet5",
            {"output_layers": 2},
            {"head.weight", "head.bias", "backbone.fc.weight", "backbone.fc.bias"},
        ),
        (
            "all-cnn",
            {},
            {
                "head.conv.weight",
                "head.conv.bias",
                "backbone.conv8.weight",
                "backbone.conv8.bias",
            },
        ),
        ("small-cnn", {}, {"head.weight", "head.bias"}),
    ],
)
def test_output_parameters_name_the_output_layers(
    name: str, options: dict[str, int], expected: set[str]
) -> None:
    model = models.create(name, (3, 28, 28), 4, head=None, weights=None, data_root=None, **options)
    assert tuned(model) == expected


def test_all_cnns_logits_are_never_negative_unless_the_last_relu_is_left_out() -> None:
    torch.manual_seed(0)
    inputs = torch.randn(16, 3, 32, 32)
    kept = models.create("all-cnn", (3, 32, 32), 10).eval()
    without = models.create("all-cnn", (3, 32, 32), 10, final_relu=False).eval()
    without.load_state_dict(kept.state_dict())
    assert (kept(inputs) >= 0).all()
    assert (without(inputs) < 0).any()


def test_all_cnns_own_head_averages_after_the_relu() -> None:
    head = MapHead(1, 2)
    nn.init.ones_(head.conv.weight)
    maps = torch.tensor([[[[-1.0, 3.0], [-5.0, 1.0]]]])  # ReLU first: mean 1; after: 0
    assert head(maps).tolist() == [[1.0, 1.0]]


def test_all_cnn_pools_its_maps_for_another_head() -> None:
    own = models.create("all-cnn", (3, 32, 32), 4).eval()
    other = models.create("all-cnn", (3, 32, 32), 4, head=nn.Linear).eval()
    other.backbone.load_state_dict(own.backbone.state_dict())
    inputs = torch.randn(2, 3, 32, 32)
    pooled = own.features(inputs).mean((2, 3))
    torch.testing.assert_close(other.features(inputs), pooled)
    assert pooled.shape == (2, 192)


def test_all_cnn_drops_input_and_maps_only_in_training() -> None:
    torch.manual_seed(0)
    model = models.create("all-cnn", (3, 32, 32), 4)
    inputs = torch.randn(2, 3, 32, 32)
    assert not torch.equal(model(inputs), model(inputs))
    still = models.create("all-cnn", (3, 32, 32), 4, input_dropout=0.0, dropout=0.0)
    assert torch.equal(still(inputs), still(inputs))


@pytest.mark.parametrize(("name", "shape"), [("lenet5", (1, 28, 28)), ("all-cnn", (3, 32, 32))])
def test_initial_values_are_caffes_xavier(name: str, shape: tuple[int, ...]) -> None:
    torch.manual_seed(0)
    model = models.create(name, shape, 10)
    for key, value in model.named_parameters():
        if key.endswith("bias"):
            assert value.abs().max() == 0
        else:
            bound = math.sqrt(3 / value[0].numel())
            assert value.abs().max() <= bound
            assert value.abs().max() > 0.95 * bound
            # variance 1 / fan_in; torch's xavier would give 2 / (fan_in + fan_out)
            assert value.var().item() * value[0].numel() == pytest.approx(1, rel=0.15), key


def test_lenet_has_one_relu() -> None:
    """Doubling an image doubles what its convolutions make of it, so no ReLU is among them."""
    backbone = models.create("lenet5", (1, 28, 28), 10).backbone
    image = torch.rand(1, 1, 28, 28)
    maps = backbone.conv2(backbone.pool(backbone.conv1(image)))
    assert (maps < 0).any()
    assert (backbone(image) >= 0).all()


def test_the_global_generator_alone_decides_initial_values() -> None:
    def build(seed: int) -> torch.Tensor:
        torch.manual_seed(seed)
        return models.create("small-cnn", (1, 8, 8), 3).head.weight

    assert torch.equal(build(1), build(1))
    assert not torch.equal(build(1), build(2))


def test_small_cnn_gives_the_same_in_either_memory_layout() -> None:
    model = models.create("small-cnn", (3, 32, 32), 4).eval()
    inputs = torch.randn(2, 3, 32, 32)
    expected = model(inputs)
    last = model.to(memory_format=torch.channels_last)
    actual = last(inputs.to(memory_format=torch.channels_last))
    torch.testing.assert_close(actual, expected, rtol=1e-4, atol=1e-5)


def test_mlp_without_hidden_layers_is_linear() -> None:
    mlp = models.create("mlp", (7,), 3, hidden=())
    linear = models.create("linear", (7,), 3)
    linear.load_state_dict(mlp.state_dict())
    inputs = torch.randn(2, 7)
    assert torch.equal(mlp(inputs), linear(inputs))
    assert size(linear) == 7 * 3 + 3


@pytest.mark.parametrize(
    ("name", "shape", "options", "words"),
    [
        ("lenet5", (1, 15, 28), {}, "at least 16x16"),
        ("six-layer-cnn", (1, 15, 28), {}, "at least 16x16"),
        ("iwce-quantiles", (1,), {}, "takes at least 2 numbers"),
        ("iwce-wisdm", (3, 38), {}, "at least 39 steps"),
        ("lenet5", (28,), {}, "takes images"),
        ("all-cnn", (3, 8, 8), {}, "at least 9x9"),
        ("small-cnn", (3, 3, 8), {}, "at least 4"),
        ("small-cnn", (8,), {}, "use mlp"),
        ("small-cnn", (1, 8, 8), {"width": 0}, "width >= 1"),
        ("small-cnn", (1, 8, 8), {"widht": 8}, "did you mean 'width'"),
        ("small-cnn", (1, 8, 8), {"width": "wide"}, "cannot be built with"),
        ("all-cnn", (3, 32, 32), {"dropout": 1.0}, "dropout in"),
        ("all-cnn", (3, 32, 32), {"final_rleu": 1}, "did you mean 'final_relu'"),
        ("lenet5", (1, 28, 28), {"output_layers": 3}, "1 or 2"),
        ("mlp", (4,), {"hidden": (4, 0)}, "hidden sizes >= 1"),
        ("mlp", (4,), {"dropout": 2.0}, "dropout"),
        ("linear", (4,), {"hidden": 3}, "it has none"),
        ("mlp", (), {}, "input shape"),
        ("mlp", (4, 0), {}, "input shape"),
    ],
)
def test_what_cannot_be_built_is_refused_in_words(
    name: str, shape: tuple[int, ...], options: dict[str, object], words: str
) -> None:
    with pytest.raises(ArgumentError, match=words):
        models.create(name, shape, 3, head=None, weights=None, data_root=None, **options)


def test_all_unknown_options_are_named_at_once() -> None:
    with pytest.raises(ArgumentError, match=r"'widht'.*'depth'"):
        models.create("small-cnn", (1, 8, 8), 3, widht=1, depth=2)


def test_one_class_is_refused() -> None:
    with pytest.raises(ArgumentError, match="at least 2 classes"):
        models.create("mlp", (4,), 1)


def test_every_listed_option_is_taken() -> None:
    given = {
        "output_layers": 2,
        "final_relu": False,
        "input_dropout": 0.1,
        "dropout": 0.1,
        "width": 4,
        "hidden": (3,),
        "cell": 4,
        "bins": 6,
        "sqrt": True,
        "units": 5,
        "growth": 2,
        "bottleneck": True,
        "reduction": 0.5,
        "memory": "naive",
        "members": 2,
        "leaves": 4,
        "balanced": True,
        "depth": 10,  # of trees, too
        "learning_rate": 0.5,
    }
    for name, entry in MODELS.items():
        chosen = {option: given[option] for option in entry.options or ()}
        model = models.create(name, SHAPES.get(name, (3, 32, 32)), 3, None, None, None, **chosen)
        assert model.spec is not None
        assert model.spec.options == chosen
