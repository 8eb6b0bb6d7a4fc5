"""What the report of a run may say."""

import pytest

from counterpoise.errors import DataError
from counterpoise.records import RunRecord


def test_a_status_is_one_of_three() -> None:
    with pytest.raises(DataError, match="'status' should be 'ok', 'diverged' or 'failed'"):
        RunRecord.parse('{"method": "m", "title": "", "split": "s", "status": "fine"}', "here")
