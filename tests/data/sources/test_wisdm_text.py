"""Lines of WISDM's text: good ones, two in one line, and broken ones."""

import numpy as np
import pytest

from counterpoise.data.sources.wisdm_text import joined, read_text, said_of
from counterpoise.errors import DataError

NAMES = {"Walking": 0, "Jogging": 1}


def written(tmp_path, *lines: str):
    path = tmp_path / "raw.txt"
    path.write_text("\n".join(lines))
    return path


def test_every_form_of_a_good_record(tmp_path) -> None:
    path = written(
        tmp_path,
        "33,Jogging,49105962326000,-0.6946377,12.680544,0.50395286;",
        "33,Walking,49106062271000,5.012288,11.264028,0.95342433;"
        "33,Walking,49106112167000,4.903325,10.882658,-0.08172209;",
        "",
        "34,Jogging,0,1,2,3,;",
        "34,Jogging,0,1.5e0,2,3",
    )
    found = read_text(path, NAMES, frozenset())
    assert found.user.tolist() == [33, 33, 33, 34, 34]
    assert found.activity.tolist() == [1, 0, 0, 1, 1]
    np.testing.assert_allclose(found.xyz[1], [5.012288, 11.264028, 0.95342433])
    assert (found.broken, said_of(found)) == (0, ())


@pytest.mark.parametrize(
    "line",
    [
        "11,Walking,1867172313000,4.4,4.4,;",
        "11,Walking,1867172313000;",
        "11,Dancing,1,1,2,3;",
        "x,Walking,1,1,2,3;",
        "11,Walking,1,nan,2,3;",
        "11,Walking,1,1,2,3,4;",
    ],
)
def test_broken_records_are_counted_and_the_first_is_shown(tmp_path, line) -> None:
    path = written(tmp_path, "1,Walking,1,1,2,3;", line, line)
    found = read_text(path, NAMES, frozenset())
    assert len(found.xyz) == 1
    assert found.broken == 2
    (note,) = said_of(found)
    assert "2 records that are no reading" in note
    assert f"line 2: '{line.removesuffix(';')}'" in note


def test_other_activities_are_no_fault(tmp_path) -> None:
    found = read_text(
        written(tmp_path, "1,Walking,1,1,2,3;", "1,Z,1,1,2,3;"), NAMES, frozenset("Z")
    )
    assert (len(found.xyz), found.broken) == (1, 0)
    both = joined([found, found._replace(broken=3, example="line 9: 'x'")])
    assert (len(both.xyz), both.broken, both.example) == (2, 3, "line 9: 'x'")


def test_another_file_is_said(tmp_path) -> None:
    with pytest.raises(DataError, match=r"holds no reading.*line 1: 'a page'"):
        read_text(written(tmp_path, "a page"), NAMES, frozenset())
    with pytest.raises(DataError, match="the file is empty"):
        read_text(written(tmp_path, ""), NAMES, frozenset())
    with pytest.raises(DataError, match="cannot read"):
        read_text(tmp_path / "none", NAMES, frozenset())
