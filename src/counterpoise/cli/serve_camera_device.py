"""``counterpoise serve camera password`` and ``try``: what is between a server and one device."""

import sys
from getpass import getpass
from typing import Annotated, Any

import typer

from counterpoise.cli.camera_words import checked_fields, given_of, row_of
from counterpoise.cli.exits import with_exit_code
from counterpoise.cli.serve_camera import BY, Folder
from counterpoise.cli.serve_settings import database_in, settings_of
from counterpoise.cli.shared_options import Number


@with_exit_code
def password(
    number: Number,
    user: Annotated[str, typer.Option(metavar="NAME", help="User name.")] = "",
    forget: Annotated[bool, typer.Option("--forget", help="Forget what is kept.")] = False,
    folder: Folder = None,
) -> None:
    """Keep the user name and password that a camera asks for; the password is read unseen."""
    from counterpoise.errors import ArgumentError
    from counterpoise.service.database import credentials
    from counterpoise.service.runtime.clock import now
    from counterpoise.service.system import vault

    if bool(user) == forget:
        raise ArgumentError("give --user NAME, and type the password; or --forget")
    keeper = vault(settings_of({} if folder is None else {"folder": folder}))
    with database_in(folder) as engine, engine.begin() as connection:
        row = row_of(connection, number)
        secret = None
        if not forget:
            unseen = getpass("password: ") if sys.stdin.isatty() else sys.stdin.readline()
            secret = keeper.seal((user, unseen.rstrip("\n")), row["url"])
        credentials.keep(connection, number, secret, now(), BY)
    typer.echo(f"camera {number}: password {'forgotten' if forget else 'kept'}")


@with_exit_code
def try_(
    what: Annotated[
        list[str],
        typer.Argument(metavar="NUMBER|FIELD=VALUE...", help="As kind=mjpeg url=https://..."),
    ],
    private_network: Annotated[
        list[str] | None,
        typer.Option(metavar="NET", help="As of counterpoise serve.", show_default=False),
    ] = None,
    folder: Folder = None,
) -> None:
    """Fetch one frame of a camera, and say in words what is wrong if none comes."""
    from counterpoise.errors import DataError
    from counterpoise.service.database import credentials
    from counterpoise.service.runtime.device import Source
    from counterpoise.service.runtime.failure import DeviceError
    from counterpoise.service.runtime.probe import probe
    from counterpoise.service.system import guard, vault

    given: dict[str, Any] = {} if folder is None else {"folder": folder}
    if private_network:
        given["private_networks"] = tuple(private_network)
    settings = settings_of(given)
    if len(what) == 1 and what[0].isdecimal():
        with database_in(folder) as engine, engine.connect() as connection:
            row = row_of(connection, int(what[0]))
            login = vault(settings).open(credentials.of(connection, row["id"]), row["url"])
    else:
        row, login = checked_fields({"name": "it"} | given_of(what), folder).model_dump(), None
    try:
        frame = probe(row["kind"], Source(row["url"], row["interval"], login), guard(settings))
    except DeviceError as error:
        raise DataError(str(error)) from None
    typer.echo(f"it works: a picture of {len(frame.content) / 1000:.0f} kB came")
