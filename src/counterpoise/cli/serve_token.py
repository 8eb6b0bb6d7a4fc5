"""``counterpoise serve token``: what programs send in place of a password."""

from pathlib import Path
from typing import Annotated

import typer

from counterpoise.cli.exits import with_exit_code
from counterpoise.cli.serve_settings import FOLDER, database_in

KNOWN = ("add", "list", "remove")


@with_exit_code
def token(
    what: Annotated[str, typer.Argument(metavar="add|list|remove")],
    user: Annotated[
        str,
        typer.Argument(
            metavar="[USER|NUMBER]",
            help="Whose: to add or list; or the number in the list, to remove.",
            show_default=False,
        ),
    ] = "",
    name: Annotated[
        str, typer.Option(metavar="NAME", help="Which program uses it.")
    ] = "command line",
    role: Annotated[
        str, typer.Option(metavar="ROLE", help="viewer to admin; never above the user's own.")
    ] = "viewer",
    folder: Annotated[Path | None, FOLDER] = None,
) -> None:
    """Add, list or remove tokens; a new one is printed once."""
    from counterpoise.errors import ArgumentError, near

    if what not in KNOWN:
        raise ArgumentError(f"token does not know '{what}'{near(what, KNOWN)}")
    with database_in(folder) as engine:
        from counterpoise.service.access.roles import require_own_role
        from counterpoise.service.database import people, tokens
        from counterpoise.service.runtime.clock import now
        from counterpoise.service.web.site import age

        by = "the command line"
        with engine.begin() as connection:
            whose = people.named(connection, user) if user and what != "remove" else None
            if what == "list":
                for one in tokens.listed(connection, whose.id if whose else None):
                    used = f"used {age(one.used)}"
                    typer.echo(f"{one.id}  {one.user}  {one.name}  {one.role}  {used}")
            elif what == "add":
                if whose is None:
                    raise ArgumentError("whose token? counterpoise serve token add USER")
                require_own_role(role, whose.role)
                secret = tokens.add_token(connection, whose.id, name, role, now(), by)
            else:
                if not user.isdecimal():
                    raise ArgumentError(
                        f"a token is removed by its number, which `token list` prints; got '{user}'"
                    )
                tokens.revoke(connection, int(user), None, now(), by)
    if what == "add":
        typer.echo(f"{secret}  (printed once)")
