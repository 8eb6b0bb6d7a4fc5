"""A claim that cannot be read sends the user to another folder, never to delete this one."""

import pytest

from counterpoise.errors import DataError
from counterpoise.records import ClaimRecord


def test_a_damaged_claim_asks_for_another_folder() -> None:
    with pytest.raises(DataError, match=r"'dataset' is missing.*choose another --out\)$"):
        ClaimRecord.parse("{}", "claim.json")
