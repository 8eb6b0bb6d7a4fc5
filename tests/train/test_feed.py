"""A feed of files decoded in passing trains bit for bit as one of an array in memory."""

from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from torch import nn

from counterpoise import samplers
from counterpoise.criterion import Weighted
from counterpoise.data import FileInputs, Preprocess
from counterpoise.data.decoder import Decoder
from counterpoise.data.image_stream import ImageStream
from counterpoise.errors import DataError
from counterpoise.losses import CrossEntropy
from counterpoise.protocols import Sampler
from counterpoise.steps import Plain
from counterpoise.train.device import fabric
from counterpoise.train.feed import Feed
from counterpoise.train.loop import Loop, Pieces, Regime
from counterpoise.train.resampled import resample
from counterpoise.train.schedule import make

LABELS = np.array([0] * 30 + [1] * 6, dtype=np.int64)


class Killed(BaseException):
    """Stands for kill -9."""


def files(folder: Path, channels: int) -> FileInputs:
    rng = np.random.default_rng(0)
    paths = tuple(folder / f"{i}.png" for i in range(len(LABELS)))
    for path, label in zip(paths, LABELS, strict=True):
        pixels = rng.integers(40 * label, 200 + 40 * label, (20, 24, 3), dtype=np.uint8)
        Image.fromarray(pixels).save(path)
    return FileInputs(paths, tuple(path.name for path in paths), (12, 12), channels)


def loop(
    images: FileInputs, kept: int | None, folder: Path, killed_after: int | None = None
) -> Loop:
    """`kept` images in memory; None: an array."""
    array = images.read()
    preprocess = Preprocess.fit("standard", array)
    item = array[0].nbytes

    def feed(positions: np.ndarray) -> Feed:
        source = array if kept is None else stream
        return Feed(source[positions], LABELS[positions], preprocess, "cpu")

    stream = ImageStream(Decoder(images, (kept or 0) * item, threads=2))
    torch.manual_seed(0)
    model = nn.Sequential(
        nn.Conv2d(images.channels, 4, 3), nn.ReLU(), nn.Dropout(0.3), nn.Flatten(),
        nn.Linear(400, 2),
    ).to(memory_format=torch.channels_last)  # fmt: skip
    train = np.arange(0, 36, 1)[np.arange(36) % 5 > 0]
    pieces = Pieces(
        model=model,
        criterion=Weighted(CrossEntropy()),
        sampler=samplers.RandomOver(LABELS[train], seed=3),
        step=Plain(),
        optimizers=[torch.optim.SGD(model.parameters(), lr=0.05, momentum=0.9)],
        schedule=make("cosine", {}),
    )

    def watch(update: int, updates: int) -> None:
        if update == killed_after:
            raise Killed

    regime = Regime("a", 3, 4, 7, checkpoint_every=0.0)
    return Loop(
        pieces, regime, feed(train), {"validation": feed(np.arange(0, 36, 5))}, fabric("cpu"),
        folder / "state.pt", watch,
    )  # fmt: skip


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("kept", [0, 11, 36])
def test_training_is_bit_for_bit_that_of_an_array(tmp_path: Path, channels: int, kept: int) -> None:
    images = files(tmp_path, channels)
    whole = loop(images, None, tmp_path / "a")
    history = [whole.fit()]
    streamed = loop(images, kept, tmp_path / "b")
    history.append(streamed.fit())
    for first, second in zip(*history, strict=True):
        assert first["train_loss"] == second["train_loss"]
        assert first["validation"] == second["validation"]
    expected = whole.raw_model.state_dict()
    for name, value in streamed.raw_model.state_dict().items():
        assert torch.equal(value, expected[name]), name


@pytest.mark.parametrize("killed_after", [1, 3, 4, 6, 11])
def test_killed_it_resumes_bit_for_bit(tmp_path: Path, killed_after: int) -> None:
    images = files(tmp_path, 3)
    whole = loop(images, None, tmp_path / "a")
    whole.fit()
    with pytest.raises(Killed):
        loop(images, 5, tmp_path / "b", killed_after).fit()
    resumed = loop(images, 0, tmp_path / "b")
    resumed.fit()
    for name, value in resumed.raw_model.state_dict().items():
        assert torch.equal(value, whole.raw_model.state_dict()[name]), name


@pytest.mark.parametrize("name", samplers.__all__)
def test_looking_ahead_leaves_a_sampler_where_it_is(tmp_path: Path, name: str) -> None:
    more = {
        "EveryClass": {"batch_size": 7},
        "F1Driven": {"batch_size": 7},
        "Progressive": {"rounds": 3},
    }

    def started() -> Sampler:
        sampler: Sampler = getattr(samplers, name)(LABELS, seed=0, **more.get(name, {}))
        sampler.set_epoch(0)
        sampler.take(7)
        return sampler

    trained = loop(files(tmp_path, 1), 0, tmp_path)
    trained.pieces.sampler = started()
    coming = trained._upcoming(4)
    other = started()
    steps = [other.take(7) for _ in range(6)]
    assert torch.equal(coming, torch.cat(steps[:4]))
    assert torch.equal(
        torch.cat([trained.pieces.sampler.take(7) for _ in range(6)]), torch.cat(steps)
    )


def test_what_needs_all_images_says_so(tmp_path: Path) -> None:
    feed = loop(files(tmp_path, 3), 0, tmp_path).training
    with pytest.raises(DataError, match=r"needs all images at once.*--image-memory"):
        resample(feed, None)  # type: ignore[arg-type]


@pytest.mark.parametrize("shape", [(5,), (1, 4, 4), (3, 4, 4)])
@pytest.mark.parametrize("dtype", [torch.uint8, torch.float32])
@pytest.mark.parametrize("layout", [torch.contiguous_format, torch.channels_last])
def test_a_batch_is_laid_out_as_what_indexing_gives(
    shape: tuple[int, ...], dtype: torch.dtype, layout: torch.memory_format
) -> None:
    """The fast copy of rows changes neither values nor strides, which convolutions go by."""
    inputs = torch.randint(0, 255, (36, *shape)).to(dtype)
    inputs = inputs.contiguous(memory_format=layout) if inputs.ndim == 4 else inputs
    index = torch.tensor([35, 0, 7, 7, 2])
    made, usual = Feed(inputs, LABELS, None, "cpu")._raw(index), inputs[index]
    assert torch.equal(made, usual)
    assert made.stride() == usual.stride()


@pytest.mark.gpu
@pytest.mark.parametrize("channels", [1, 3])
def test_batches_of_a_stream_come_to_a_gpu(tmp_path: Path, channels: int) -> None:
    images = files(tmp_path, channels)
    preprocess = Preprocess.fit("standard", images.read())
    index = torch.tensor([3, 30, 0])
    here, there = (
        Feed(ImageStream(Decoder(images, 0, threads=2)), LABELS, preprocess, device).batch(index)
        for device in ("cpu", "cuda")
    )
    assert there.inputs.is_cuda
    assert there.target.is_cuda
    torch.testing.assert_close(there.inputs.cpu(), here.inputs)
