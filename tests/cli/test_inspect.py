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


def test_what_a_comparison_would_train_on_is_counted_by_class(command) -> None:
    profile = ("--profile", "step:rho=10,minority=3+7,n_max=100")
    answer = command("inspect", "digits", *profile, "--validation", "beside")
    assert answer.code == 0, answer.err
    _, _, table = answer.out.partition("divided as by compare ")
    assert table.startswith("--profile step:rho=10,minority=3+7,n_max=100 --validation beside")
    rows = {row.split()[0]: row.split()[1:] for row in table.splitlines()[1:]}
    assert rows["class"] == ["train", "validation", "test"]
    assert (rows["0"][:2], rows["3"][:2]) == (["100", "20"], ["10", "2"])
    assert rows["all"] == ["820", "164", "359"]
    none = json.loads(command("inspect", "digits", *profile, "--validation", "none", "--json").out)
    assert (none["split"]["train"][3], sum(none["split"]["validation"])) == (10, 0)
    carved = json.loads(command("inspect", "digits", *profile, "--json").out)
    assert (carved["split"]["train"][0], carved["split"]["validation"][0]) == (80, 20)
    assert "split" not in json.loads(command("inspect", "digits", "--json").out)


def test_what_cannot_be_divided_so_is_said(command) -> None:
    for words, said in (
        (("--validation", "besides"), "got 'besides'; did you mean 'beside'?"),
        (("--validation-share", "1.5"), "--validation-share lies between 0 and 1; got 1.5"),
        (("--validation", "none", "--validation-share", "0.1"), "is a share of nothing"),
        (("--profile", "step:roh=5"), "did you mean 'rho'?"),
    ):
        answer = command("inspect", "digits", *words)
        assert answer.code == 2
        assert said in answer.err


def test_deep_decodes_every_image_and_names_the_damaged(command, tmp_path) -> None:
    for name in ("cat/1.png", "cat/2.png", "dog/1.png", "dog/2.png"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        pixels = np.random.default_rng(len(name)).integers(0, 255, (40, 40), dtype=np.uint8)
        Image.fromarray(pixels).save(tmp_path / name)
    whole = (tmp_path / "dog/2.png").read_bytes()
    (tmp_path / "dog/2.png").write_bytes(whole[: len(whole) // 2])  # its header is sound
    shallow = command("inspect", str(tmp_path))
    assert "dog/2.png" not in shallow.out
    answer = command("inspect", str(tmp_path), "--deep")
    assert answer.code == 0, answer.err
    assert "decoded: 4 images, 1 damaged" in answer.out
    (line,) = [line for line in answer.out.splitlines() if line.startswith("damaged: ")]
    assert line.startswith("damaged: dog/2.png: ")
    said = json.loads(command("inspect", str(tmp_path), "--deep", "--json").out)
    assert [fault.split(":")[0] for fault in said["damaged"]] == ["dog/2.png"]
    assert (
        "nothing, as the samples are no image files" in command("inspect", "digits", "--deep").out
    )
