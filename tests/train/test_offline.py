"""Off-line augmentation: copies made once, the same each time, as raw values."""

from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from torch import Tensor

from counterpoise import models
from counterpoise.augment import Affine, Flip
from counterpoise.criterion import Weighted
from counterpoise.data import FileInputs, Preprocess
from counterpoise.data.decoder import Decoder
from counterpoise.data.image_stream import ImageStream
from counterpoise.errors import DataError
from counterpoise.losses import CrossEntropy
from counterpoise.models.classifier import Classifier
from counterpoise.samplers import Shuffled
from counterpoise.steps import Plain
from counterpoise.train import offline
from counterpoise.train.boundary import Tail
from counterpoise.train.feed import Feed
from counterpoise.train.freeze import freeze_except
from counterpoise.train.frozen_features import HeadOnly, on_features
from counterpoise.train.loop import Pieces
from counterpoise.train.offline import Enlargement
from counterpoise.train.schedule import make

RNG = np.random.default_rng(0)
INPUTS = RNG.integers(0, 256, size=(300, 3, 8, 8)).astype(np.uint8)
LABELS = RNG.integers(0, 3, size=300)


def feed(mode: str = "standard") -> Feed:
    return Feed(INPUTS, LABELS, Preprocess.fit(mode, INPUTS), "cpu")


def stream(folder: Path) -> ImageStream:
    """The same images, of files."""
    paths = tuple(folder / f"{i}.png" for i in range(len(INPUTS)))
    for path, image in zip(paths, INPUTS, strict=True):
        Image.fromarray(image.transpose(1, 2, 0)).save(path)
    return ImageStream(Decoder(FileInputs(paths, tuple(p.name for p in paths), (8, 8), 3), 0))


def plain_pieces(model: Classifier) -> Pieces:
    return Pieces(
        model,
        Weighted(CrossEntropy()),
        Shuffled(LABELS, seed=0),
        Plain(),
        [],
        make("constant", {}),
    )


@pytest.mark.parametrize("mode", ["standard", "imagenet", "unit", "none"])
def test_a_flipped_copy_holds_the_very_bytes_of_its_original(mode: str) -> None:
    made = Enlargement(2, [Flip(seed=0, probability=1.0)]).whole(feed(mode))
    assert len(made) == 900
    assert made.inputs.dtype == torch.uint8
    assert np.array_equal(made.inputs[:300].numpy(), INPUTS)
    for start in (300, 600):
        copies = made.inputs[start : start + 300].numpy()
        assert np.array_equal(copies, INPUTS[..., ::-1])
    assert made.target.tolist() == 3 * LABELS.tolist()


def test_copies_differ_from_each_other_and_repeat_with_the_seed() -> None:
    first, again, other = (Enlargement(2, [Affine(seed=s)]) for s in (0, 0, 1))
    made = first.whole(feed())
    assert not torch.equal(made.inputs[300:600], made.inputs[600:])
    assert torch.equal(again.whole(feed()).inputs, made.inputs)
    other.whole(feed())
    assert first.checksum == again.checksum != other.checksum


def test_what_would_not_fit_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(offline, "MOST_BYTES", 1000)
    with pytest.raises(DataError, match=r"makes 900 samples.*fewer copies"):
        Enlargement(2, [Flip(seed=0)]).whole(feed())


@pytest.mark.parametrize("augmented", [False, True])
def test_a_frozen_backbone_computes_features_of_the_copies_too(augmented: bool) -> None:
    torch.manual_seed(0)
    model = models.create("small-cnn", (3, 8, 8), 3)
    freeze_except(model, ["head.*"])
    pieces = plain_pieces(model)
    pieces.augment = [Flip(seed=9)] if augmented else []
    enlargement, same = Enlargement(1, [Affine(seed=0)]), Enlargement(1, [Affine(seed=0)])
    whole = same.whole(feed())
    found = on_features(pieces, {"train": feed()}, enlargement)["train"]
    assert enlargement.checksum == same.checksum
    assert isinstance(pieces.model, HeadOnly) != augmented  # new images each time: no features
    if augmented:
        assert torch.equal(found.inputs, whole.inputs)
        return
    model.eval()
    with torch.no_grad():
        wanted = torch.cat([model.features(b.inputs) for b in whole.batches(256)])
    torch.testing.assert_close(found.inputs, wanted)


@pytest.mark.parametrize(("train", "frozen"), [("head.*", ()), ("*", ("@half",))])
def test_images_read_from_files_have_the_features_of_an_array(
    train: str, frozen: tuple[str, ...], tmp_path: Path
) -> None:
    def features(source: object) -> tuple[Tensor, str]:
        torch.manual_seed(0)
        pieces = plain_pieces(models.create("small-cnn", (3, 8, 8), 3))
        freeze_except(pieces.model, [train], frozen)
        enlargement = Enlargement(2, [Affine(seed=0), Flip(seed=1)])
        given = Feed(source, LABELS, Preprocess.fit("standard", INPUTS), "cpu")  # type: ignore[arg-type]
        made = on_features(pieces, {"train": given}, enlargement, cut=bool(frozen))["train"]
        assert isinstance(pieces.model, Tail if frozen else HeadOnly)
        assert made.target.tolist() == 3 * LABELS.tolist()
        return made.inputs, enlargement.checksum

    found, told = features(stream(tmp_path))
    wanted, checksum = features(INPUTS)
    assert torch.equal(found, wanted)
    assert told == checksum


def test_copies_of_images_read_from_files_are_refused_without_frozen_blocks(
    tmp_path: Path,
) -> None:
    preprocess = Preprocess.fit("standard", INPUTS)
    feeds = {"train": Feed(stream(tmp_path), LABELS, preprocess, "cpu")}
    pieces = plain_pieces(models.create("small-cnn", (3, 8, 8), 3))
    with pytest.raises(DataError, match=r"needs all images at once.*--image-memory"):
        on_features(pieces, feeds, Enlargement(2, [Flip(seed=0)]))
