"""`inspect` prints what data.inspect found, for people and as JSON."""

import json

import numpy as np
from PIL import Image


def test_digits(command) -> None:
    answer = command("inspect", "digits")
    assert answer.code == 0, answer.err
    assert answer.out.startswith("digits: 1797 image samples, 10 classes")
    assert "exact duplicates: none" in answer.out


def test_json_is_the_whole_report(command) -> None:
    said = json.loads(command("inspect", "digits", "--json").out)
    assert sum(said["counts"]) == 1797
    assert said["skipped"] == []


def test_damaged_images_are_listed(command, tmp_path) -> None:
    for name in ("cat/1.png", "cat/2.png", "dog/1.png"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        pixels = np.random.default_rng(len(name)).integers(0, 255, (9, 9), dtype=np.uint8)
        Image.fromarray(pixels).save(tmp_path / name)
    (tmp_path / "dog/2.png").write_bytes(b"no picture")
    answer = command("inspect", str(tmp_path), "--skip-corrupt")
    assert answer.code == 0, answer.err
    (skipped,) = [line for line in answer.out.splitlines() if line.startswith("skipped: ")]
    assert "dog/2.png" in skipped


def test_user_errors(command, tmp_path) -> None:
    answer = command("inspect", "digts")
    assert answer.code == 2
    assert "did you mean 'digits'?" in answer.err
    assert command("inspect", str(tmp_path)).code == 2
