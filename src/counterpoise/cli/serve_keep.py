"""``counterpoise serve doctor|backup|restore``: for those who keep a server running."""

from contextlib import suppress
from pathlib import Path
from typing import Annotated

import typer

from counterpoise.cli.exits import USER, with_exit_code
from counterpoise.cli.serve_settings import FOLDER, settings_of
from counterpoise.cli.shared_options import AsJson
from counterpoise.errors import CounterpoiseError

Archive = Annotated[Path, typer.Argument(metavar="FILE.zip", show_default=False)]
MODEL = typer.Option(
    metavar="RUN", help="An exported folder, or a run that is exported.", show_default=False
)


@with_exit_code
def doctor(
    model: Annotated[Path | None, MODEL] = None,
    folder: Annotated[Path | None, FOLDER] = None,
    port: Annotated[
        int | None, typer.Option(metavar="N", help="Default: 8000.", show_default=False)
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Check folder, database, disk, model, port, clock and settings; change nothing.

    Exit code 2 when something is wrong.
    """
    given = {"model": model, "folder": folder, "port": port}
    settings = settings_of({name: value for name, value in given.items() if value is not None})
    from counterpoise.service.checkup import check_up

    findings = list(check_up(settings, _exported(settings.model)))
    problems = [finding for finding in findings if finding.problem]
    if as_json:
        import json

        typer.echo(json.dumps([vars(finding) for finding in findings], indent=1))
    else:
        width = max(len(finding.what) for finding in findings)
        for finding in findings:
            mark = "BAD" if finding.problem else "ok "
            typer.echo(f"{mark} {finding.what:<{width}}  {finding.value}")
            if finding.problem:
                typer.echo(f"    {'':<{width}}  {finding.problem}")
        typer.echo(f"{len(problems)} problem(s)" if problems else "no problem found")
    if problems:
        raise typer.Exit(USER)


@with_exit_code
def backup(
    file: Archive,
    pictures: Annotated[bool, typer.Option("--pictures", help="Pictures, too.")] = False,
    folder: Annotated[Path | None, FOLDER] = None,
) -> None:
    """Write the database, and pictures if wanted, to one file; the server may run meanwhile."""
    settings = settings_of({} if folder is None else {"folder": folder})
    from counterpoise.service.backup import back_up

    kept = back_up(settings.folder, settings.picture_store, file, pictures, settings.database)
    said = f"{kept.pictures} pictures" if pictures else "no pictures (--pictures adds them)"
    if kept.gone:
        said += f"; {kept.gone} that results name are not kept any more"
    typer.echo(f"{file}: {kept.bytes / 1e6:.1f} MB, the database, {kept.models} models and {said}")
    typer.echo(
        "It holds hashes of passwords and the key of those of cameras: keep it where nobody "
        "else reads it."
    )


@with_exit_code
def restore(
    file: Archive,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Put the folder that is there aside.")
    ] = False,
    folder: Annotated[Path | None, FOLDER] = None,
) -> None:
    """Make a folder of a backup, which is checked first; whole or not at all."""
    settings = settings_of({} if folder is None else {"folder": folder})
    from counterpoise.service.restoring import restore as restored

    kept, before = restored(file, settings.folder, settings.pictures, overwrite, settings.database)
    typer.echo(
        f"{settings.folder}: the database, {kept.models} models and {kept.pictures} pictures of "
        f"{file}"
    )
    if before is not None:
        typer.echo(f"What was there is in {before}; remove it when all is well.")
    typer.echo("Users log in again.")


def _exported(model: Path | None) -> Path | None:
    """The exported folder that a model stands for, if it is exported."""
    if model is None:
        return None
    from counterpoise.cli.saved import predictors
    from counterpoise.service.exporting import DESCRIPTION, folder_of_mean

    places = [model, model / "onnx"]
    with suppress(CounterpoiseError):
        runs, _ = predictors(model)
        places.append(folder_of_mean(model, runs) if len(runs) > 1 else runs[0].parent / "onnx")
    return next((place for place in reversed(places) if (place / DESCRIPTION).is_file()), model)
