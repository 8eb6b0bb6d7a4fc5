"""What a program is told when a request of its is refused: one sentence, whatever the reason."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from pydantic import BaseModel, Field

STATUSES = {
    400: "the body is no JSON",
    401: "nobody is logged in, and no token was sent",
    403: "the role does not allow it",
    404: "there is no such thing",
    409: "it does not go together with what is there",
    413: "the body is too large",
    422: "a value breaks a rule",
    429: "more often than agreed",
    503: "it cannot be taken now",
}


class Refusal(BaseModel):
    """Why a request was refused."""

    detail: str = Field(
        description="What is wrong, and where.",
        examples=["latitude: Input should be less than or equal to 90 (got 91)"],
    )


REFUSALS: dict[int | str, dict[str, Any]] = {
    status: {"model": Refusal, "description": why} for status, why in STATUSES.items()
}
LONGEST = 80  # characters of what arrived that are repeated


def sentence(faults: Iterable[Mapping[str, Any]]) -> str:
    """The errors of pydantic as one line.

    >>> sentence([{"loc": ("query", "km"), "msg": "Input should be greater than 0", "input": "-1"}])
    'km: Input should be greater than 0 (got -1)'
    """
    return "; ".join(_said(fault) for fault in faults)


def _said(fault: Mapping[str, Any]) -> str:
    where = ".".join(str(part) for part in fault["loc"] if part not in ("query", "path", "body"))
    got = None if "password" in fault["loc"] else fault.get("input")
    arrived = f" (got {str(got)[:LONGEST]})" if isinstance(got, str | int | float) else ""
    return f"{where}: {fault['msg']}{arrived}" if where else f"{fault['msg']}{arrived}"
