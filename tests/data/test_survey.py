"""One look at every file before training."""

import pytest

from counterpoise.data import FileInputs
from counterpoise.data.survey import survey
from counterpoise.errors import DataError


def test_a_survey_names_damaged_files(files: FileInputs) -> None:
    for i in (4, 8):
        files.paths[i].write_bytes(b"x")
    with pytest.raises(DataError, match=r"4\.png.*2 damaged files in all.*--skip-corrupt"):
        list(survey(files, threads=2))
