"""What a person may do; each role may do what those before it may."""

from __future__ import annotations

from counterpoise.errors import ArgumentError, near

ROLES = {
    "viewer": "sees cameras, pictures and results",
    "labeller": "labels pictures, too",
    "operator": "adds and changes cameras, too",
    "admin": "manages users, too, and sees the audit log",
}
_RANKS = {role: rank for rank, role in enumerate(ROLES)}


def require_role(role: str) -> str:
    """`role`, if it is one.

    Raises:
        ArgumentError: it is none.
    """
    if role not in ROLES:
        raise ArgumentError(f"no role '{role}'{near(role, ROLES)}")
    return role


def may(role: str, needed: str) -> bool:
    """Whether `role` may do what `needed` may."""
    return _RANKS[role] >= _RANKS[needed]


def lower(one: str, other: str) -> str:
    """The role of the two that may do less."""
    return min(one, other, key=_RANKS.__getitem__)


def up_to(role: str) -> dict[str, str]:
    """The roles that may do no more than `role`, with what they may."""
    return {name: words for name, words in ROLES.items() if may(role, name)}


def require_own_role(role: str, own: str) -> str:
    """`role`, if it may do no more than one's own.

    Raises:
        ArgumentError: it may do more, or is none.
    """
    if not may(own, require_role(role)):
        raise ArgumentError(f"a token may do no more than you: up to {own}; asked was {role}")
    return role
