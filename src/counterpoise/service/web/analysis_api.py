"""The analysis for programs: the same query as the page's, as JSON or as a file."""

from __future__ import annotations

import time
from typing import Annotated

from fastapi import APIRouter, HTTPException, Path, Query
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, Field

from counterpoise.errors import ArgumentError
from counterpoise.service.database.minutes import kept_since
from counterpoise.service.web.analysis import said
from counterpoise.service.web.analysis_answer import Answer, answer, chosen
from counterpoise.service.web.analysis_export import Form, What, download
from counterpoise.service.web.analysis_query import AnalysisQuery, Question, question
from counterpoise.service.web.site import Running
from counterpoise.service.web.visitor import Viewer

router = APIRouter(prefix="/api")

Asked = Annotated[AnalysisQuery, Query()]
SECONDS = "Seconds since 1970, UTC."


class ClassOut(BaseModel):
    """How often a class was seen, and how that differs from before."""

    label: str
    number: int
    share: float | None = Field(description="Of all results; null if there is none.")
    mean_probability: float | None = Field(description="Null for a model of margins.")
    before: int | None = Field(description="Results of the time that it is compared with.")
    difference: float | None = Field(description="Of the shares, now less before.")
    low: float | None = Field(description="Lower end of the interval of the difference.")
    high: float | None = Field(description="Upper end; all intervals together are of 95 %.")
    more_than_chance: bool | None = Field(description="Whether the interval leaves out zero.")


class GroupOut(BaseModel):
    """A place or a camera."""

    camera: int | None
    name: str
    country: str = ""
    state: str = ""
    city: str = ""
    number: int
    counts: dict[str, int]


class AnalysisOut(BaseModel):
    """Counts of the classes in a time, compared with another, over time and by place."""

    said: str = Field(description="What changed, in a sentence.")
    begin: int = Field(description=SECONDS)
    end: int = Field(description=SECONDS)
    before_begin: int | None = Field(description=SECONDS)
    before_end: int | None = Field(description=SECONDS)
    number: int = Field(description="Results.")
    cameras: int = Field(description="That gave them.")
    classes: list[ClassOut] = Field(description="The most frequent first.")
    times: list[int] = Field(description=f"Where each step begins. {SECONDS}")
    counts: dict[str, list[int]] = Field(description="Class -> results of each step.")
    groups: list[GroupOut] = Field(description="The largest first, 500 at most.")
    groups_left_out: int


MOST = 500


@router.get("/analysis")
def whole(system: Running, person: Viewer, asked: Asked) -> AnalysisOut:
    """Counts and shares of each class by time and place, and what changed since another time."""
    found_question = _question(asked, system)
    try:
        with system.engine.connect() as connection:
            found = answer(connection, found_question, system.places)
    except ArgumentError as error:
        raise HTTPException(422, str(error)) from None
    return _out(found_question, found)


@router.get(
    "/analysis/{what}.{form}",
    response_class=StreamingResponse,
    responses={200: {"content": {"text/csv": {}, "application/json": {}}}},
)
def file(
    system: Running,
    person: Viewer,
    what: Annotated[What, Path(description="Counts of each step and camera, or each result.")],
    form: Annotated[Form, Path(description="Of the file.")],
    asked: Asked,
) -> StreamingResponse:
    """The counts of each camera over time, or the results themselves, as a file of any length."""
    found = _question(asked, system)
    try:
        with system.engine.connect() as connection:
            some = chosen(connection, found, system.places)
    except ArgumentError as error:
        raise HTTPException(422, str(error)) from None
    return download(system.engine, found, what, form, some)


def _question(asked: AnalysisQuery, system: Running) -> Question:
    try:
        with system.engine.connect() as connection:
            return question(asked, int(time.time()), kept_since(connection))
    except ArgumentError as error:
        raise HTTPException(422, str(error)) from None


def _out(asked: Question, found: Answer) -> AnalysisOut:
    now, before = found.now, found.before
    apart = {one.label: one for one in found.differences}
    column = {label: k for k, label in enumerate(now.labels)}
    classes = []
    for label in found.labels:
        k, one = column.get(label), apart.get(label)
        number = 0 if k is None else int(now.counts[:, k].sum())
        known = k is not None and now.probability is not None
        classes.append(
            ClassOut(
                label=label,
                number=number,
                share=number / now.number if now.number else None,
                mean_probability=now.probability[k] / number if known else None,  # type: ignore[index]
                before=None if before is None else int(before.of([label]).sum()),
                difference=None if one is None else one.difference,
                low=None if one is None else one.low,
                high=None if one is None else one.high,
                more_than_chance=None if one is None else one.is_more_than_chance,
            )
        )
    return AnalysisOut(
        said=said(asked, found),
        begin=asked.span.begin,
        end=asked.span.end,
        before_begin=None if asked.before is None else asked.before.begin,
        before_end=None if asked.before is None else asked.before.end,
        number=now.number,
        cameras=found.cameras,
        classes=classes,
        times=list(now.times[:-1]),
        counts={label: now.counts[:, k].tolist() for label, k in column.items()},
        groups=[
            GroupOut(
                camera=group.camera, name=group.name, number=group.number,
                counts=dict(group.counts), **group.place,
            )
            for group in found.groups[:MOST]
        ],
        groups_left_out=max(0, len(found.groups) - MOST),
    )  # fmt: skip
