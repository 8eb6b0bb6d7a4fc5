"""What completes the place of a camera; a gazetteer does, where there is one."""

from __future__ import annotations

from collections.abc import Sequence, Set
from typing import Any, Protocol


class Places(Protocol):
    """Knows towns and where they are."""

    def complete(self, cameras: Sequence[dict[str, Any]], given: Sequence[Set[str]]) -> int:
        """Fill in what is empty of each place, and change nothing else; how many were completed.

        Args:
            cameras: fields by name; changed in place.
            given: names of the fields that each camera's file mentions.
        """
        ...


class NoPlaces:
    """Completes nothing."""

    def complete(self, cameras: Sequence[dict[str, Any]], given: Sequence[Set[str]]) -> int:
        """None."""
        return 0
