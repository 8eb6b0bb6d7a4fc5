"""A predictor's folder is whole or refused, whatever happened to it."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
import torch

from counterpoise.atomic import ASIDE
from counterpoise.errors import CheckpointError, OutputError
from counterpoise.predict import artifact
from counterpoise.records import PredictorRecord

TENSORS = {"w": torch.arange(5.0)}


def described(weights: bytes, **changes: Any) -> PredictorRecord:
    """A description as short as one can be."""
    given: dict[str, Any] = {
        "classes": ("a", "b"),
        "model": {},
        "preprocess": {},
        "posthoc": (),
        "scores": "logits",
        "prior": None,
        "frozen": None,
        "metadata": {},
        "versions": {},
        "weights_sha256": artifact.digest(weights),
    }
    return PredictorRecord(**given | changes)


def write(folder: Path, tensors: dict[str, torch.Tensor] = TENSORS, **changes: Any) -> None:
    weights = artifact.packed(tensors)
    artifact.write(folder, described(weights, **changes), weights)


def test_what_is_written_is_read(tmp_path: Path) -> None:
    write(tmp_path / "new" / "folder", metadata={"x": [0.1, None]}, prior=(0.1, 0.9))
    found, tensors = artifact.read(tmp_path / "new" / "folder")
    assert found.metadata == {"x": [0.1, None]}
    assert found.prior == (0.1, 0.9)
    assert torch.equal(tensors["w"], TENSORS["w"])


def test_equal_content_is_written_as_equal_bytes(tmp_path: Path) -> None:
    for name in ("a", "b"):
        write(tmp_path / name)
    for file in ("weights.safetensors", "predictor.json"):
        assert (tmp_path / "a" / file).read_bytes() == (tmp_path / "b" / file).read_bytes()


@pytest.mark.parametrize("file", ["weights.safetensors", "predictor.json"])
def test_every_kind_of_damage_is_refused(tmp_path: Path, file: str) -> None:
    write(tmp_path)
    path = tmp_path / file
    whole = path.read_bytes()
    middle = len(whole) // 2
    flipped = whole[:middle] + bytes([whole[middle] ^ 1]) + whole[middle + 1 :]
    for damaged in (b"", whole[:-3], flipped, whole + b"0", b"\xff\xfe", b"[]", b"{}"):
        path.write_bytes(damaged)
        with pytest.raises(CheckpointError, match=file.replace(".", r"\.")):
            artifact.read(tmp_path)
    path.unlink()
    with pytest.raises(CheckpointError, match="no saved predictor"):
        artifact.read(tmp_path)


def test_an_edited_description_is_refused(tmp_path: Path) -> None:
    write(tmp_path)
    path = tmp_path / "predictor.json"
    path.write_text(path.read_text().replace('"a"', '"c"'))
    with pytest.raises(CheckpointError, match="checksum"):
        artifact.read(tmp_path)


def test_a_newer_schema_is_refused(tmp_path: Path) -> None:
    write(tmp_path)
    path = tmp_path / "predictor.json"
    table = json.loads(path.read_text()) | {"schema": 2}
    path.write_text(json.dumps(table))
    with pytest.raises(CheckpointError, match="schema 2; this version reads up to 1"):
        artifact.read(tmp_path)


def test_no_folder_and_a_file_in_its_place(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for path in (tmp_path / "nothing", tmp_path / "file"):
        with pytest.raises(CheckpointError, match="no saved predictor"):
            artifact.read(path)
        assert "\n" not in str(path)
    with pytest.raises(OutputError, match="cannot write"):
        write(tmp_path / "file")


def test_an_overwrite_that_is_interrupted_is_not_read_as_either(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path)

    def interrupt(*ignored: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(artifact, "write_text", interrupt)
    with pytest.raises(KeyboardInterrupt):
        write(tmp_path, {"w": torch.zeros(3)})
    with pytest.raises(CheckpointError, match="no saved predictor"):
        artifact.read(tmp_path)


WRITER = """
import itertools, sys, time, torch
from pathlib import Path
from counterpoise.predict import artifact
from counterpoise.records import PredictorRecord
given = dict(classes=("a", "b"), model={}, preprocess={}, posthoc=(), scores="logits", prior=None)
given |= dict(frozen=None, versions={})
print("ready", flush=True)
for i in itertools.count():
    weights = artifact.packed({"w": torch.full((200_000,), float(i))})
    sha256 = artifact.digest(weights)
    description = PredictorRecord(**given, metadata={"x": i}, weights_sha256=sha256)
    artifact.write(Path(sys.argv[1]), description, weights)
    time.sleep(0.004)
"""


def test_a_kill_at_any_moment_leaves_whole_or_nothing(tmp_path: Path) -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", WRITER, str(tmp_path)], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    outcomes = []
    try:
        for i in range(300):
            time.sleep(0.003 * (i % 7) + 0.001)
            os.kill(process.pid, signal.SIGSTOP)  # frozen there, as a kill would leave it
            try:
                found, tensors = artifact.read(tmp_path)
            except CheckpointError:
                outcomes.append("refused")
            else:
                outcomes.append("whole")
                assert (tensors["w"] == found.metadata["x"]).all()
            os.kill(process.pid, signal.SIGCONT)
            if i >= 24 and len(set(outcomes)) == 2:
                break
    finally:
        process.kill()
        process.wait()
        process.stdout.close()
    assert set(outcomes) == {"whole", "refused"}
    (tmp_path / f"0a.weights.safetensors{ASIDE}").touch()
    write(tmp_path, metadata={"x": -1})
    assert artifact.read(tmp_path)[0].metadata == {"x": -1}
    assert {path.name for path in tmp_path.iterdir()} == {"weights.safetensors", "predictor.json"}
