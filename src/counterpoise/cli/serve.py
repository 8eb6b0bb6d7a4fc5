"""``counterpoise serve``: cameras on a map, what the model sees in them, and who may look."""

from pathlib import Path
from typing import Annotated, Any

import typer

from counterpoise.cli.exits import with_exit_code
from counterpoise.cli.saved import exported_model
from counterpoise.cli.serve_camera import camera
from counterpoise.cli.serve_camera_device import password, try_
from counterpoise.cli.serve_keep import backup, doctor, restore
from counterpoise.cli.serve_label import label
from counterpoise.cli.serve_model import model as models
from counterpoise.cli.serve_settings import FOLDER, database_in, settings_of
from counterpoise.cli.serve_token import token

serve = typer.Typer(
    help="Serve cameras: a map, live results, and an account of every frame.",
    invoke_without_command=True,
    rich_markup_mode=None,
)


@serve.callback()
@with_exit_code
def _serve(
    context: typer.Context,
    model: Annotated[
        Path | None,
        typer.Option(
            metavar="RUN",
            help="An exported folder, a run folder, or an output folder of compare.",
            show_default=False,
        ),
    ] = None,
    program: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="A Python file with analyse(frame) -> dict, in place of a model.",
            show_default=False,
        ),
    ] = None,
    demo: Annotated[
        bool, typer.Option("--demo", help="Twelve emulated cameras and a small model.")
    ] = False,
    role: Annotated[
        str | None,
        typer.Option(
            metavar="ROLE",
            help="all, or one half of it: web (pages), worker (fetches and analyses).",
            show_default=False,
        ),
    ] = None,
    engine: Annotated[
        str | None,
        typer.Option(
            metavar="E",
            help="local; or ray or ray://HOST:PORT: workers on each machine of a Ray cluster.",
            show_default=False,
        ),
    ] = None,
    keep_workers: Annotated[
        bool | None,
        typer.Option(
            "--keep-workers",
            help="With --engine ray: they go on when this ends.",
            show_default=False,
        ),
    ] = None,
    folder: Annotated[Path | None, FOLDER] = None,
    database: Annotated[
        str | None,
        typer.Option(
            metavar="URL",
            help="postgresql://USER@HOST/NAME; default: a file in the folder.",
            show_default=False,
        ),
    ] = None,
    store: Annotated[
        str | None,
        typer.Option(
            metavar="URL",
            help="Where pictures are kept, such as s3://BUCKET/PREFIX; default: the folder.",
            show_default=False,
        ),
    ] = None,
    host: Annotated[
        str | None, typer.Option(metavar="H", help="Default: 127.0.0.1.", show_default=False)
    ] = None,
    port: Annotated[
        int | None,
        typer.Option(metavar="N", help="Default: 8000; 0: any.", show_default=False),
    ] = None,
    private_network: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NET",
            help="A private network that cameras may be in, such as 10.20.0.0/16.",
            show_default=False,
        ),
    ] = None,
) -> None:
    """Serve until Ctrl-C. Every option may be set as COUNTERPOISE_SERVE_..., too."""
    if context.invoked_subcommand is not None:
        _hand_on(context)
        return
    given = {
        "model": model,
        "program": program,
        "role": role,
        "engine": engine,
        "keep_workers": keep_workers,
        "folder": folder,
        "database": database,
        "pictures": store,
        "host": host,
        "port": port,
        "private_networks": tuple(private_network or ()) or None,
    }
    settings = settings_of({name: value for name, value in given.items() if value is not None})
    from counterpoise.errors import ArgumentError
    from counterpoise.service.serving import serve, work

    begin = work if settings.role == "worker" else serve
    if settings.model is not None and settings.program is not None:
        raise ArgumentError(
            f"one of them analyses: the model {settings.model}, or the program "
            f"{settings.program}, which may run a model itself (docs/serve.md)"
        )
    if demo and settings.engine != "local":
        raise ArgumentError(
            f"the demo is one process, which alone reaches its cameras: leave --engine "
            f"{settings.engine} out"
        )
    if demo and settings.role != "all":
        raise ArgumentError(
            f"the demo is one process, which alone reaches its cameras: leave --role "
            f"{settings.role} out"
        )
    if demo:
        _demo(settings)
    elif settings.program is not None or (settings.model is None and settings.role == "worker"):
        begin(settings, None, typer.echo)  # a worker runs what its server runs
    elif settings.model is None:
        raise ArgumentError(
            "a server needs a model: --model RUN (a run, an output folder of compare, or an "
            "exported folder), --program FILE, or --demo to see how it looks"
        )
    else:
        begin(settings, exported_model(settings.model), typer.echo)


@serve.command("user")
@with_exit_code
def user(
    what: Annotated[str, typer.Argument(metavar="add|password|remove|list")],
    name: Annotated[str, typer.Argument(show_default=False)] = "",
    role: Annotated[str, typer.Option(metavar="ROLE", help="viewer to admin.")] = "viewer",
    folder: Annotated[Path | None, FOLDER] = None,
) -> None:
    """Add, list or remove users, or give one a new password, which is printed."""
    from counterpoise.errors import ArgumentError, near

    known = ("add", "password", "remove", "list")
    if what not in known:
        raise ArgumentError(f"user does not know '{what}'{near(what, known)}")
    with database_in(folder) as engine:
        from counterpoise.service.access.passwords import hashed, random_password
        from counterpoise.service.access.roles import require_role
        from counterpoise.service.database import people
        from counterpoise.service.runtime.clock import now

        password, by = random_password(), "the command line"
        with engine.begin() as connection:
            if what == "add":
                people.add_user(connection, name, hashed(password), require_role(role), now(), by)
            elif what == "password":
                people.set_password(connection, name, hashed(password), now(), by)
            elif what == "remove":
                people.remove_user(connection, name, now(), by)
            else:
                for one, its_role in people.users(connection):
                    typer.echo(f"{one}  {its_role}")
    if what in ("add", "password"):
        typer.echo(f"user {name}, password {password} (printed once)")


serve.add_typer(camera, name="camera")
serve.add_typer(label, name="label")
serve.add_typer(models, name="model")
camera.command()(password)
camera.command("try")(try_)
for _verb in (token, doctor, backup, restore):
    serve.command(_verb.__name__)(_verb)


def _hand_on(context: typer.Context) -> None:
    """Have ``serve --folder DIR VERB`` mean ``serve VERB --folder DIR``; refuse other options.

    Raises:
        ArgumentError: an option that only the server itself has stands before a verb.
    """
    from counterpoise.errors import ArgumentError

    given = {
        name: value
        for name, value in context.params.items()
        if getattr(context.get_parameter_source(name), "name", "") == "COMMANDLINE"
    }
    folder = given.pop("folder", None)
    if given:
        options = ", ".join("--" + name.replace("_", "-") for name in sorted(given))
        raise ArgumentError(
            f"{options}: before '{context.invoked_subcommand}' only --folder has a meaning; put "
            "its own options behind it"
        )
    if folder is not None:
        context.default_map = _for_each(context.command, folder)


def _for_each(command: Any, folder: Path) -> dict[str, Any]:
    """The folder as the default of every verb, and of verbs of verbs."""
    if not hasattr(command, "commands"):
        return {"folder": folder}
    return {name: _for_each(verb, folder) for name, verb in command.commands.items()}


def _demo(settings: Any) -> None:
    from counterpoise.service import demo
    from counterpoise.service.serving import serve
    from counterpoise.service.system import DEMO

    folder = settings.folder / DEMO
    folder.mkdir(parents=True, exist_ok=True)
    train, replay = demo.pictures(folder)
    model = None
    if settings.model is not None:
        model = exported_model(settings.model)
    elif settings.program is None:
        if not (folder / demo.MODEL).is_dir():
            typer.echo("training a small model on scikit-learn's digits, under a minute ...")
        model = demo.model(folder, train)
    typer.echo(f"the demo is kept in {folder}; other commands find it with --folder {folder}")
    base = settings.retrain_with or (train if settings.model is None else None)
    with demo.emulator(replay) as address:
        own = settings.model_copy(update={"folder": folder, "retrain_with": base})
        serve(
            own,
            model,
            typer.echo,
            demo.place(address),
            lambda system: demo.add_cameras(system, address),
        )
