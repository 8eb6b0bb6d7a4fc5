"""A claim that cannot be read sends the user to another folder, never to delete this one."""

import pytest

from counterpoise.errors import DataError
from counterpoise.records import BudgetRecord, ClaimRecord


def test_a_damaged_claim_asks_for_another_folder() -> None:
    with pytest.raises(DataError, match=r"'dataset' is missing.*choose another --out\)$"):
        ClaimRecord.parse("{}", "claim.json")


def test_a_budget_is_compared_by_all_that_it_was_asked_for() -> None:
    asked = {"budget": 60, "methods": ["a"], "seeds": ["seed-0"], "rounds": 9}
    first = BudgetRecord.model_validate({"asked": asked, "seeds": ["seed-0"], "rounds": 3})
    assert BudgetRecord.parse(first.text(), "budget.json").asked == first.asked
    for key, value in {"budget": 61, "methods": ["b"], "seeds": [], "rounds": 8}.items():
        other = BudgetRecord.model_validate({**first.as_json(), "asked": {**asked, key: value}})
        assert other.asked != first.asked
