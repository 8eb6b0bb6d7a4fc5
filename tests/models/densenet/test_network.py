"""Sizes of the papers, what is refused, torchvision's weights, two processes."""

import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

import pytest
import torch
import torch.distributed as dist
import torchvision

from counterpoise import models
from counterpoise.errors import ArgumentError, DataError


@pytest.mark.parametrize(
    ("options", "millions"),
    [
        ({"depth": 40}, 1.0),
        ({"depth": 100}, 7.0),
        ({"depth": 100, "growth": 24}, 27.2),
        ({"depth": 100, "bottleneck": True, "reduction": 0.5}, 0.8),
        ({"depth": 250, "growth": 24, "bottleneck": True, "reduction": 0.5}, 15.3),
        ({"depth": 190, "growth": 40, "bottleneck": True, "reduction": 0.5}, 25.6),
    ],
)
def test_sizes_are_those_of_huang_et_al_table_2(options: dict[str, Any], millions: float) -> None:
    with torch.device("meta"):
        model = models.create("densenet-cifar", (3, 32, 32), 10, **options)
    size = sum(parameter.numel() for parameter in model.parameters())
    assert round(size / 1e6, 1) == millions


@pytest.mark.parametrize("shape", [(1, 4, 4), (5, 9, 7), (3, 32, 32)])
def test_small_images_of_any_channels(shape: tuple[int, ...]) -> None:
    model = models.create("densenet-cifar", shape, 3, depth=7, growth=2)
    assert model(torch.randn(2, *shape)).shape == (2, 3)


def test_grey_images_are_repeated() -> None:
    torch.manual_seed(0)
    model = models.create("e-densenet121", (1, 32, 32), 3).eval()
    image = torch.randn(1, 1, 32, 32)
    backbone = model.backbone
    assert backbone.features.conv0.weight.shape[1] == 3
    repeated = models.create("e-densenet121", (3, 32, 32), 3).eval().backbone
    repeated.load_state_dict(backbone.state_dict())
    assert torch.equal(backbone(image), repeated(image.repeat(1, 3, 1, 1)))


@pytest.mark.parametrize(
    ("name", "shape", "options", "words"),
    [
        ("densenet-cifar", (3, 32, 32), {"depth": 41}, r"3 n \+ 4 without bottleneck; got 41"),
        ("densenet-cifar", (3, 32, 32), {"depth": 4}, r"got 4 \(such as 7 or 10\)"),
        ("densenet-cifar", (3, 32, 32), {"depth": 43, "bottleneck": True}, r"6 n \+ 4 with"),
        ("densenet-cifar", (3, 3, 8), {}, "at least 4x4"),
        ("densenet-cifar", (8,), {}, "takes images"),
        ("densenet-cifar", (3, 8, 8), {"memory": "lean"}, "'naive' or 'efficient'; got 'lean'"),
        ("densenet-cifar", (3, 8, 8), {"reduction": 0, "dropout": 1}, r"reduction.*dropout"),
        ("densenet-cifar", (3, 8, 8), {"growth": 0}, "growth and layers"),
        ("densenet-cifar", (3, 8, 8), {"dept": 40}, "did you mean 'depth'"),
        ("e-densenet121", (3, 31, 32), {}, "at least 32x32"),
        ("e-densenet121", (3, 32, 32), {"depth": 40}, "no option 'depth'"),
    ],
)
def test_what_cannot_be_built_is_refused_in_words(
    name: str, shape: tuple[int, ...], options: dict[str, Any], words: str
) -> None:
    with pytest.raises(ArgumentError, match=words):
        models.create(name, shape, 3, **options)


@pytest.fixture
def nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A data root of its own, and no network."""

    def refuse(*ignored: object, **also: object) -> None:
        raise urllib.error.URLError("no network in tests")

    monkeypatch.setenv("TORCH_HOME", str(tmp_path / "hub"))
    monkeypatch.setenv("COUNTERPOISE_DATA", str(tmp_path))
    monkeypatch.setattr(urllib.request, "urlopen", refuse)
    return tmp_path


@pytest.mark.parametrize("name", ["DEFAULT", "IMAGENET1K_V1"])
def test_torchvisions_weights_are_found_by_their_name(nowhere: Path, name: str) -> None:
    torch.manual_seed(0)
    state = torchvision.models.densenet121().state_dict()
    url = torchvision.models.DenseNet121_Weights.IMAGENET1K_V1.url
    torch.save(state, nowhere / url.rpartition("/")[2])
    model = models.create("e-densenet121", (3, 32, 32), 4, weights=name)
    assert model.dropped == ("classifier.weight", "classifier.bias")
    for key, value in model.backbone.state_dict().items():
        assert torch.equal(value, state[key]), key
    again = nowhere / "ours.pth"
    torch.save(model.state_dict(), again)
    other = models.create("e-densenet121", (3, 32, 32), 4, weights=again, memory="naive")
    assert other.dropped == ("head.weight", "head.bias")
    assert torch.equal(other.backbone.features.conv0.weight, state["features.conv0.weight"])


def test_a_missing_file_is_named(nowhere: Path) -> None:
    with pytest.raises(DataError, match=r"densenet169-\w+\.pth is not in .* cannot be downloaded"):
        models.create("e-densenet169", (3, 32, 32), 4, weights="DEFAULT")


def test_small_ones_have_no_weights_of_a_name(nowhere: Path) -> None:
    with pytest.raises(ArgumentError, match="no weights named 'DEFAULT'; give a file"):
        models.create("densenet-cifar", (3, 32, 32), 4, weights="DEFAULT")


PARALLEL = """
import sys
import torch
import torch.distributed as dist
from torch.nn.parallel import DistributedDataParallel
from counterpoise.models.densenet import cifar_densenet

rank, file = int(sys.argv[1]), sys.argv[2]
torch.set_num_threads(1)
dist.init_process_group("gloo", init_method=f"file://{file}", rank=rank, world_size=2)
inputs = torch.randn(2, 4, 3, 8, 8, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
made = {}
for memory in ("efficient", "naive"):
    torch.manual_seed(0)
    model = cifar_densenet((3, 8, 8), depth=10, growth=4, memory=memory).double()
    wrapped = DistributedDataParallel(model)
    for step in range(2):
        wrapped(inputs[rank] + step).square().sum().backward()
    made[memory] = model
pairs = zip(made["efficient"].parameters(), made["naive"].parameters())
for ours, theirs in pairs:
    torch.testing.assert_close(ours.grad, theirs.grad, rtol=1e-9, atol=1e-9)
for ours, theirs in zip(made["efficient"].buffers(), made["naive"].buffers()):
    torch.testing.assert_close(ours, theirs)
grad = next(made["efficient"].parameters()).grad.clone()
dist.broadcast(grad, 0)
assert torch.equal(grad, next(made["efficient"].parameters()).grad)
dist.destroy_process_group()
"""


@pytest.mark.system
@pytest.mark.skipif(not dist.is_gloo_available(), reason="this torch has no gloo")
def test_two_processes_share_their_gradients(tmp_path: Path) -> None:
    file = str(tmp_path / "rendezvous")
    ranks = [
        subprocess.Popen([sys.executable, "-c", PARALLEL, str(rank), file]) for rank in range(2)
    ]
    assert [rank.wait(timeout=120) for rank in ranks] == [0, 0]
