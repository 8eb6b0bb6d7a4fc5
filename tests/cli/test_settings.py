"""Lines of ``--set``: text becomes values here, and nowhere else."""

from counterpoise.cli.settings import read_settings


def test_values_have_the_type_that_toml_gives_them() -> None:
    lines = [
        "a.number=0.5", "a.whole = 3", "a.truth=true", "a.list=[1, 2]", "a.word=cosine",
        'a.text="3"', "a.path=x=y.pt",
    ]  # fmt: skip
    found, faults = read_settings(lines)
    assert faults == []
    assert found == {
        "a.number": 0.5, "a.whole": 3, "a.truth": True, "a.list": [1, 2], "a.word": "cosine",
        "a.text": "3", "a.path": "x=y.pt",
    }  # fmt: skip


def test_every_line_that_is_none_is_said() -> None:
    found, faults = read_settings(["a.b=1", "a.b", "=2", "a.c=", "a.b=1"])
    assert found == {"a.b": 1}
    assert [fault.partition(";")[2] for fault in faults[:3]] == [
        " got 'a.b'", " got '=2'", " got 'a.c='",
    ]  # fmt: skip
    assert faults[3:] == ["--set a.b is given twice"]
