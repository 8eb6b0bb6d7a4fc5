"""An exported folder as a function: what Predictor says, without torch, or why it cannot."""

import io
import json
import shutil
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
import torch
from PIL import Image

from counterpoise import heads, posthoc
from counterpoise.counts import ClassCounts
from counterpoise.data.decode import decode
from counterpoise.errors import ArgumentError, CheckpointError, DataError
from counterpoise.predict import ExportedModel, Predictor, export_onnx
from counterpoise.predict.exported_model import DESCRIPTION, MODEL

pytest.importorskip("onnxscript", reason="needs the extra onnx: onnxscript")
pytest.importorskip("onnxruntime", reason="needs the extra onnx: onnxruntime")


@pytest.fixture(scope="module")
def made() -> dict[str, tuple[Predictor, Path]]:
    """What is exported once: an export takes a second."""
    return {}


@pytest.fixture
def exported(digits, tuned, made, tmp_path_factory) -> tuple[Predictor, Path]:
    """A model of small images and its folder."""
    if "image" not in made:
        made["image"] = tuned("small-cnn", digits(200, 1, 16)), tmp_path_factory.mktemp("image")
        export_onnx(*made["image"])
    return made["image"]


@pytest.fixture
def of_vectors(digits, tuned, made, tmp_path_factory) -> tuple[Path, npt.NDArray[np.float32]]:
    """The folder of a model of vectors, and some of them."""
    samples = digits(50, 1, 8).reshape(50, -1).astype(np.float32)
    if "vector" not in made:
        made["vector"] = tuned("mlp", samples), tmp_path_factory.mktemp("vector")
        export_onnx(*made["vector"])
    return made["vector"][1], samples


def test_its_digest_covers_the_names_of_its_classes_and_its_correction(exported, tmp_path) -> None:
    folder = shutil.copytree(exported[1], tmp_path / "other")
    first = ExportedModel.load(folder)
    said = json.loads((folder / DESCRIPTION).read_text())
    other = said | {"classes": said["classes"][::-1]}
    corrected = other | {"correction": [2.0] * len(said["classes"])}
    found = [first]
    for one in (other, corrected):
        (folder / DESCRIPTION).write_text(json.dumps(one))
        found.append(ExportedModel.load(folder))
    assert len({one.digest for one in found}) == 3
    before = [one.digests[1] for one in found]  # by which earlier versions knew them
    assert before[0] == before[1] == said["files"][MODEL]["sha256"] != before[2]
    first.call(before[0])
    assert first.digest == before[0]
    with pytest.raises(CheckpointError, match=f"and not {found[1].digest[:12]}"):
        first.call(found[1].digest)


def test_features_are_what_the_head_reads(digits, tuned, tmp_path) -> None:
    samples = digits(200, 1, 16)
    predictor = tuned("small-cnn", samples)
    export_onnx(predictor, tmp_path / "x", features=True)
    model = ExportedModel.load(tmp_path / "x")
    with torch.no_grad():
        inputs = torch.from_numpy(predictor.preprocess.apply(samples))
        expected = predictor.classifier.features(inputs).flatten(1).numpy()
    assert model.has_features
    assert model.described.outputs["features"].shape == ("batch", expected.shape[1])
    found = model.features(samples)
    np.testing.assert_allclose(found, expected, atol=1e-4)
    np.testing.assert_array_equal(model.predict(samples).labels, predictor.predict(samples).labels)
    with pytest.raises(ArgumentError, match="samples are uint8"):
        model.features(samples.astype(np.float32))


def test_without_features_there_are_none(exported, digits) -> None:
    model = ExportedModel.load(exported[1])
    assert not model.has_features
    assert model.features(digits(5, 1, 16)) is None
    assert model.folder == exported[1]


def test_it_says_what_the_predictor_says(exported, digits) -> None:
    predictor, folder = exported
    model, samples = ExportedModel.load(folder), digits(200, 1, 16)
    expected, found = predictor.predict(samples), model.predict(samples)
    assert len(set(expected.labels.tolist())) > 5
    np.testing.assert_array_equal(found.labels, expected.labels)
    np.testing.assert_allclose(found.probabilities, expected.probabilities, atol=1e-5)
    np.testing.assert_allclose(found.scores, expected.scores, atol=1e-5)
    assert found.names == expected.names
    assert model.classes == predictor.classes
    assert (model.kind, model.shape, model.dtype) == ("image", (1, 16, 16), np.uint8)
    one = model.predict(samples[:1])
    np.testing.assert_allclose(one.scores, expected.scores[:1], atol=1e-5)


def test_its_decision_rule_is_applied(digits, tuned, tmp_path) -> None:
    samples, counts = digits(200, 1, 16), ClassCounts(tuple(range(10, 110, 10)))
    predictor = tuned("small-cnn", samples, posthoc=[posthoc.LogitAdjustment(counts)])
    export_onnx(predictor, tmp_path / "x")
    found = ExportedModel.load(tmp_path / "x").predict(samples)
    np.testing.assert_array_equal(found.labels, predictor.predict(samples).labels)
    assert (found.labels != tuned("small-cnn", samples).predict(samples).labels).any()


def test_margins_are_no_probabilities(digits, tuned, tmp_path) -> None:
    samples = digits(50, 1, 16).reshape(50, -1).astype(np.float32)
    predictor = tuned("linear", samples, head=heads.OneVsRestSVM, scores="margins")
    export_onnx(predictor, tmp_path / "x")
    found = ExportedModel.load(tmp_path / "x").predict(samples)
    assert found.probabilities is None
    np.testing.assert_allclose(
        found.scores, predictor.predict(samples).scores, rtol=1e-4, atol=1e-5
    )


def test_an_image_file_is_decoded_as_those_of_the_training_were(exported, tmp_path) -> None:
    _, folder = exported
    model = ExportedModel.load(folder)
    pixels = np.random.default_rng(0).integers(0, 256, (90, 120, 3), dtype=np.uint8)
    for suffix in ("jpg", "png", "webp"):
        path = tmp_path / f"a.{suffix}"
        Image.fromarray(pixels).save(path)
        sample = model.decode(path.read_bytes())
        np.testing.assert_array_equal(sample, decode(path, (16, 16), 1))
        assert model.predict(sample[None]).labels.shape == (1,)
    with pytest.raises(DataError, match="cannot read the image"):
        model.decode(b"<html>")
    stream = io.BytesIO()
    Image.fromarray(pixels).save(stream, "JPEG")
    with pytest.raises(DataError):
        model.decode(stream.getvalue()[:1000])


def test_a_model_of_vectors_reads_no_image_file(of_vectors) -> None:
    with pytest.raises(ArgumentError, match="reads vectors of float32"):
        ExportedModel.load(of_vectors[0]).decode(b"")


@pytest.mark.parametrize(
    "samples",
    [
        np.zeros((2, 1, 16, 17), np.uint8),
        np.zeros((2, 3, 16, 16), np.uint8),
        np.zeros((1, 16, 16), np.uint8),
        np.zeros((2, 1, 16, 16), np.float32),
        np.zeros((2, 1, 16, 16), np.int64),
    ],
)
def test_another_shape_or_type_is_refused(exported, samples) -> None:
    with pytest.raises(ArgumentError, match=r"samples are uint8 \(N, 1, 16, 16\); got"):
        ExportedModel.load(exported[1]).predict(samples)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_numbers_that_are_not_finite_are_refused(of_vectors, value) -> None:
    folder, samples = of_vectors
    samples[3, 5] = value
    with pytest.raises(ArgumentError, match="finite"):
        ExportedModel.load(folder).predict(samples)


def cut(folder: Path) -> None:
    path = folder / MODEL
    path.write_bytes(path.read_bytes()[:-100])


def flip(folder: Path) -> None:
    path = folder / MODEL
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def replace_by_rubbish(folder: Path) -> None:
    """With the right digest, so that the runtime itself has to refuse it."""
    import hashlib

    (folder / MODEL).write_bytes(b"no graph")
    described = json.loads((folder / DESCRIPTION).read_text())
    described["files"][MODEL]["sha256"] = hashlib.sha256(b"no graph").hexdigest()
    (folder / DESCRIPTION).write_text(json.dumps(described))


DAMAGE = {
    "no description": (lambda folder: (folder / DESCRIPTION).unlink(), "export.json"),
    "no model": (lambda folder: (folder / MODEL).unlink(), "cannot read .*model.onnx"),
    "cut": (cut, "does not have the digest"),
    "one bit": (flip, "does not have the digest"),
    "no JSON": (lambda folder: (folder / DESCRIPTION).write_text("{"), "export.json"),
    "no graph": (replace_by_rubbish, "cannot be run"),
}


@pytest.mark.parametrize("case", DAMAGE)
def test_a_damaged_folder_is_refused(exported, tmp_path, case) -> None:
    damage, words = DAMAGE[case]
    shutil.copytree(exported[1], tmp_path / "y")
    damage(tmp_path / "y")
    with pytest.raises(CheckpointError, match=words):
        ExportedModel.load(tmp_path / "y")


def test_threads_may_share_it(exported, digits) -> None:
    _, folder = exported
    model, samples = ExportedModel.load(folder), digits(200, 1, 16)
    expected, wrong = model.predict(samples).labels, []

    def work(start: int) -> None:
        for n in range(start, start + 20):
            if not np.array_equal(model.predict(samples[n : n + 5]).labels, expected[n : n + 5]):
                wrong.append(n)

    threads = [threading.Thread(target=work, args=(40 * n,)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


def test_no_torch_is_loaded_to_predict(exported, tmp_path) -> None:
    script = (
        "import sys\n"
        "import numpy as np\n"
        "from counterpoise.predict import ExportedModel\n"
        "model = ExportedModel.load(sys.argv[1])\n"
        "sample = model.decode(open(sys.argv[2], 'rb').read())\n"
        "print(model.predict(np.stack([sample])).names)\n"
        "heavy = ('torch', 'torchvision', 'lightning_fabric', 'sklearn', 'scipy', 'matplotlib')\n"
        "print([name for name in heavy if name in sys.modules])\n"
    )
    Image.new("L", (30, 20)).save(tmp_path / "a.jpg")
    command = [sys.executable, "-c", script, str(exported[1]), str(tmp_path / "a.jpg")]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    names, heavy = done.stdout.splitlines()
    assert names.startswith("['c")
    assert heavy == "[]"


def test_without_onnxruntime_it_says_what_to_install(exported, monkeypatch) -> None:
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    with pytest.raises(ArgumentError, match=r"pip install 'counterpoise\[serve\]'"):
        ExportedModel.load(exported[1])
