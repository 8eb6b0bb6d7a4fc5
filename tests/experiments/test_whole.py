"""Images that keep their lengths: training sees all of them, everything else the same middle."""

import io
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from counterpoise.counts import ClassCounts
from counterpoise.data import load
from counterpoise.data.cropping import centre
from counterpoise.data.decoder import Decoder
from counterpoise.data.held_images import HeldImages
from counterpoise.data.image_stream import ImageStream
from counterpoise.data.preprocess import Preprocess
from counterpoise.errors import ArgumentError, DataError, RecipeError
from counterpoise.experiments.decoded import bytes_of, store, streams
from counterpoise.experiments.driver import conduct
from counterpoise.experiments.engines.remote import Shared
from counterpoise.experiments.options import Options
from counterpoise.experiments.progress import display
from counterpoise.experiments.tasks import Context
from counterpoise.experiments.worker.read import read_data
from counterpoise.predict import Predictor, export_onnx
from counterpoise.predict.exported_model import ExportedModel
from counterpoise.recipes.load import load_methods
from counterpoise.recipes.resolve import resolve
from counterpoise.recipes.stage import Samples, set_up
from counterpoise.train.loop import Loop

SIDE, CUT = 24, 20


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """24 cats and 16 dogs, long pictures, of which only both ends tell which they are."""
    rng = np.random.default_rng(0)
    for name, number in (("cat", 24), ("dog", 16)):
        place = tmp_path / "pictures" / name
        place.mkdir(parents=True)
        for i in range(number):
            long = 120 + 4 * i
            pixels = rng.integers(80, 170, (32, long, 3))
            for ends in (slice(0, 40), slice(long - 40, long)):
                pixels[:, ends] = rng.integers(0, 90, (32, 40, 3)) + 150 * (name == "cat")
            upright = pixels.transpose(1, 0, 2) if i % 5 == 4 else pixels
            Image.fromarray(upright.astype(np.uint8)).save(place / f"{i}.png")
    return tmp_path / "pictures"


def question(data: Path, out: Path, **changes: object) -> Options:
    settings = changes.pop("settings", {})
    given = {
        "dataset": str(data), "methods": ("baseline",), "out": out, "seeds": 1, "rounds": 8,
        "size": SIDE, "resize": "whole", "jobs": 1, "scratch": True,
        "settings": {
            "model.name": "lenet5", "train.batch_size": 8, "train.crop": CUT,
            "train.mirror": True, **settings,
        },
    }  # fmt: skip
    return Options.of({**given, **changes})


def inputs(data: Path) -> tuple[HeldImages, ImageStream, np.ndarray]:
    """Held in memory, and decoded whenever they are drawn; and labels."""
    dataset = load(str(data), size=SIDE, resize="whole")
    images = list(dataset.inputs.wholes())  # type: ignore[attr-defined]
    sizes = np.array([image.shape[:2] for image in images])
    flat = np.concatenate([image.reshape(-1, 3) for image in images])
    stream = ImageStream(Decoder(dataset.inputs, 0, threads=2, sizes=sizes))  # type: ignore[arg-type]
    return HeldImages(flat, sizes, (SIDE, SIDE)), stream, dataset.labels


class Killed(BaseException):
    """Stands for kill -9."""


def ready(
    source: HeldImages | ImageStream,
    labels: np.ndarray,
    state: Path | None = None,
    killed_after: int | None = None,
    method: str = "oversampling",
) -> Loop:
    length = {"rounds": 3, "batch_size": 8, "updates_per_round": 4, "crop": CUT, "mirror": True}
    (recipe,) = load_methods([method], {"train": length, "model": {"name": "lenet5"}}, {})
    recipe = resolve(recipe, "image", (3, SIDE, SIDE), len(labels))
    preprocess = Preprocess.fit("unit", np.zeros((1, 3, SIDE, SIDE), dtype=np.uint8))
    samples = Samples(
        source, labels, np.arange(len(labels)), ClassCounts.from_labels(labels),
        replace(preprocess, crop=CUT, resize="whole"), {"validation": np.arange(0, 40, 3)},
    )  # fmt: skip

    def watch(loop: Loop) -> None:
        if loop.update == killed_after:
            raise Killed

    return set_up(
        recipe, 0, samples, seed=0, device="cpu", checkpoint=state, checkpoint_every=0.0,
        on_update=watch,
    ).loop  # fmt: skip


def test_training_sees_both_ends_and_evaluation_the_middle(folder: Path) -> None:
    held, _, labels = inputs(folder)
    loop = ready(held, labels)
    sums = torch.stack([loop.drawn(torch.arange(40)).inputs for _ in range(40)])
    means = sums.mean(dim=(2, 3, 4))  # (40, N) of each crop
    cats, dogs = (torch.from_numpy(labels == k) for k in (0, 1))
    assert means[:, cats].max() > 0.7, "an end of a cat is light"
    assert means[:, dogs].min() < 0.25, "and that of a dog dark"
    assert means[:, cats].min() > 0.4
    (evaluated,) = loop.evaluations["validation"].batches(40)
    middle = centre(held.read(np.arange(0, 40, 3)).transpose(0, 3, 1, 2), CUT)
    assert np.array_equal(evaluated.inputs.numpy(), (middle / np.float32(255)).astype(np.float32))
    assert (evaluated.inputs.mean(dim=(1, 2, 3)) - 0.49).abs().max() < 0.05, "no end is seen"


@pytest.mark.parametrize("method", ["oversampling", "cmo"])
def test_held_decoded_or_killed_it_trains_to_the_same_bits(
    folder: Path, tmp_path: Path, method: str
) -> None:
    held, stream, labels = inputs(folder)
    expected = ready(held, labels, method=method)
    history = expected.fit()
    loops = [ready(stream, labels, method=method)]
    for source, killed_after in ((held, 2), (stream, 7)):
        state = tmp_path / str(killed_after) / "state.pt"
        with pytest.raises(Killed):
            ready(source, labels, state, killed_after, method).fit()
        loops.append(ready(source, labels, state, method=method))
    for loop in loops:
        found = loop.fit()
        assert [r["train_loss"] for r in found] == [r["train_loss"] for r in history]
        for name, value in loop.raw_model.state_dict().items():
            assert torch.equal(value, expected.raw_model.state_dict()[name]), name


def test_whole_images_lie_end_to_end_on_the_disk(folder: Path, tmp_path: Path) -> None:
    held, _, _ = inputs(folder)
    dataset = load(str(folder), size=SIDE, resize="whole")
    needed = len(held.pixels) * 3
    assert bytes_of(dataset) == needed
    assert not streams(dataset, needed)
    assert streams(dataset, needed - 1)
    stored = store(dataset, tmp_path)
    assert stored.whole is not None
    assert stored.whole.form == (SIDE, SIDE)
    assert np.array_equal(np.load(stored.inputs, mmap_mode="r"), held.pixels)
    assert np.array_equal(np.load(stored.whole.sizes), held.sizes)
    before = stored.inputs.stat().st_mtime_ns
    assert store(dataset, tmp_path) == stored
    assert stored.inputs.stat().st_mtime_ns == before, "made once"
    streamed = store(dataset, tmp_path, memory=0).streamed
    assert streamed is not None
    assert streamed.sizes == stored.whole.sizes


def test_arrays_keep_their_length_too(tmp_path: Path) -> None:
    images = np.random.default_rng(0).integers(0, 256, (4, 16, 40), dtype=np.uint8)
    np.savez(tmp_path / "a.npz", x_train=images, y_train=np.array([0, 1, 0, 1]))
    dataset = load(str(tmp_path / "a.npz"), size=8, resize="whole", channels=3)
    stored = store(dataset, tmp_path)
    assert stored.whole is not None
    assert np.load(stored.whole.sizes).tolist() == [[8, 20]] * 4
    assert len(np.load(stored.inputs)) * 3 == bytes_of(dataset)
    held = HeldImages(np.load(stored.inputs), np.load(stored.whole.sizes), (8, 8))
    middles = held.read(np.arange(4)).transpose(0, 3, 1, 2)
    assert np.array_equal(middles, dataset.inputs.read())


def test_sizes_travel_with_the_images_to_other_machines(folder: Path, tmp_path: Path) -> None:
    dataset = load(str(folder), size=SIDE, resize="whole")
    stored = store(dataset, tmp_path)
    context = Context(
        out=tmp_path, inputs=stored.inputs, labels=stored.labels, kind="image",
        classes=dataset.classes, splits=tmp_path, device="cpu", threads=1, select="gmean",
        checkpoint_every=1e9, data_root=None, whole=stored.whole,
    )  # fmt: skip
    (tmp_path / "far").mkdir()
    there = Shared.of(context).unpacked(tmp_path / "far", "seed-0")
    stored.inputs.unlink()
    found, labels = read_data(there, "seed-0")
    assert isinstance(found, HeldImages)
    assert np.array_equal(found.read(np.arange(40)), inputs(folder)[0].read(np.arange(40)))
    assert np.array_equal(labels, dataset.labels)


@pytest.mark.system
def test_what_only_the_ends_say_is_learned_and_the_middle_is_one(
    folder: Path, tmp_path: Path
) -> None:
    asked = question(folder, tmp_path / "out")
    assert {o.status for o in conduct(asked, display("silent")).values()} == {"ok"}
    place = tmp_path / "out" / "runs" / "baseline" / "seed-0"
    predictor = Predictor.load(place / "predictor")
    assert (predictor.preprocess.crop, predictor.input_resize) == (CUT, "whole")
    assert predictor.input_shape == (3, SIDE, SIDE)
    assert 'resize = "whole"' in (place / "recipe.toml").read_text()
    assert (
        json.loads((place / "predictor" / "predictor.json").read_text())["preprocess"]["resize"]
        == "whole"
    )

    # The ends, given as images of their own, are known, though no middle shows them.
    dataset = load(str(folder), size=SIDE, resize="whole")
    images = [image.transpose(2, 0, 1) for image in dataset.inputs.wholes()]  # type: ignore[attr-defined]
    ends = np.stack([image[:, -SIDE:, -SIDE:] for image in images])
    assert (predictor.predict(ends).labels == dataset.labels).all()

    split = np.load(tmp_path / "out" / "splits" / "seed-0.npz")
    evaluated = np.load(place / "outputs.npz")["test_scores"]
    paths = [dataset.inputs.paths[i] for i in split["test"]]  # type: ignore[attr-defined]
    predicted = predictor.predict_files(paths)
    np.testing.assert_allclose(predicted.scores, evaluated, rtol=0, atol=1e-5)

    # Decoded while training, by other workers: the same.
    streamed = question(folder, tmp_path / "streamed", image_memory=0.0, jobs=2)
    conduct(streamed, display("silent"))
    other = tmp_path / "streamed" / "runs" / "baseline" / "seed-0"
    assert np.array_equal(np.load(other / "outputs.npz")["test_scores"], evaluated)
    said = [json.loads((run / "report.json").read_text()) for run in (place, other)]
    assert said[0]["identity"] == said[1]["identity"]

    pytest.importorskip("onnxscript", reason="needs the extra onnx: onnxscript")
    pytest.importorskip("onnxruntime", reason="needs the extra onnx: onnxruntime")
    export_onnx(predictor, tmp_path / "onnx")
    exported = ExportedModel.load(tmp_path / "onnx")
    samples = np.stack([exported.decode(io.BytesIO(p.read_bytes()).getvalue()) for p in paths])
    assert np.array_equal(samples, dataset.inputs.read(split["test"]))
    np.testing.assert_allclose(exported.predict(samples).scores, predicted.scores, atol=1e-5)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"settings": {"train.crop": 0, "train.mirror": False}}, r"one size.*train\.crop=21;"),
        ({"settings": {"train.crop": 25}}, "cuts 25 x 25 pixels out of images of 24 x 24"),
        ({"scratch": False, "frozen": True, "settings": {}}, "random parts of images"),
        ({"methods": ("smote",)}, "makes images for its stage"),
    ],
)
def test_what_cannot_be_is_refused_before_training(
    folder: Path, tmp_path: Path, changes: dict[str, object], words: str
) -> None:
    with pytest.raises((ArgumentError, RecipeError, DataError), match=words):
        conduct(question(folder, tmp_path / "out", **changes), display("silent"))
