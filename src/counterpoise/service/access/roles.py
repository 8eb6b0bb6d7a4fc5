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
