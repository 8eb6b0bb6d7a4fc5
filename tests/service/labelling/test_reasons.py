"""Shares of the queue."""

import pytest

from counterpoise.errors import ArgumentError
from counterpoise.service.labelling.reasons import shares_of


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (["uncertanty=1"], "did you mean 'uncertainty'"),
        (["uncertainty"], "is written uncertainty=0.4"),
        (["uncertainty=-1"], "is written uncertainty=0.4"),
        (["uncertainty=nan"], "is written uncertainty=0.4"),
        (["uncertainty=0"], "has a share above 0"),
        ([], "has a share above 0"),
    ],
)
def test_shares_that_are_none(given, said) -> None:
    with pytest.raises(ArgumentError, match=said):
        shares_of(given)
