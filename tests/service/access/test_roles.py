"""Roles are ordered, and a mistyped one is named."""

import pytest

from counterpoise.errors import ArgumentError
from counterpoise.service.access.roles import (
    ROLES,
    lower,
    may,
    require_own_role,
    require_role,
    up_to,
)


def test_each_role_may_what_those_before_it_may() -> None:
    names = list(ROLES)
    for i, role in enumerate(names):
        assert [may(role, needed) for needed in names] == [j <= i for j in range(len(names))]


def test_the_lower_of_two_is_symmetric() -> None:
    assert lower("admin", "viewer") == lower("viewer", "admin") == "viewer"
    assert lower("operator", "operator") == "operator"


def test_a_role_that_is_none_is_refused() -> None:
    assert require_role("admin") == "admin"
    with pytest.raises(ArgumentError, match="did you mean 'operator'"):
        require_role("operater")


def test_a_token_may_no_more_than_whoever_makes_it() -> None:
    assert list(up_to("labeller")) == ["viewer", "labeller"]
    assert require_own_role("viewer", "operator") == "viewer"
    with pytest.raises(ArgumentError, match="up to operator; asked was admin"):
        require_own_role("admin", "operator")
