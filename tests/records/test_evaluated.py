"""evaluation.json names what is missing."""

import pytest

from counterpoise.errors import DataError
from counterpoise.records import EvaluatedRecord


def test_a_cut_file_names_what_is_missing() -> None:
    with pytest.raises(DataError, match=r"evaluation\.json is damaged: 'dataset' is missing"):
        EvaluatedRecord.parse("{}", "evaluation.json")
