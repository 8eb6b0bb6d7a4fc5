"""The user name and password of a camera, for programs: set and forgotten, never read."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Body, HTTPException
from pydantic import BaseModel, ConfigDict, Field, SecretStr

from counterpoise.errors import ArgumentError
from counterpoise.service.database import cameras, credentials
from counterpoise.service.runtime.clock import now
from counterpoise.service.web.site import Running
from counterpoise.service.web.visitor import MeantProgram, Number, Operator

router = APIRouter(prefix="/api")


class LoginIn(BaseModel):
    """What a camera asks for."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    user: str = Field(max_length=200, description="No colon.", examples=["viewer"])
    password: SecretStr = Field(max_length=200, description="Never shown again.")


@router.put("/cameras/{number}/password", status_code=204, dependencies=[MeantProgram])
def keep(
    system: Running, person: Operator, number: Number, login: Annotated[LoginIn, Body()]
) -> None:
    """Keep the user name and password that a camera asks for, for its host and no other."""
    with system.engine.begin() as connection:
        row = cameras.get(connection, number)
        if row is None:
            raise HTTPException(404, f"there is no camera {number}")
        try:
            told = (login.user, login.password.get_secret_value())
            secret = system.vault.seal(told, row["url"])
        except ArgumentError as error:
            raise HTTPException(422, str(error)) from None
        credentials.keep(connection, number, secret, now(), person.name)
    system.reassign()


@router.delete("/cameras/{number}/password", status_code=204, dependencies=[MeantProgram])
def forget(system: Running, person: Operator, number: Number) -> None:
    """Forget it."""
    with system.engine.begin() as connection:
        if cameras.get(connection, number) is None:
            raise HTTPException(404, f"there is no camera {number}")
        credentials.keep(connection, number, None, now(), person.name)
    system.reassign()
