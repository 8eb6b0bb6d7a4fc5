"""``counterpoise compare``: which remedy works on this data set?"""

import shlex
import sys
from pathlib import Path
from typing import Annotated

import typer

from counterpoise.cli.exits import with_exit_code
from counterpoise.cli.shared_options import (
    Data,
    DataRoot,
    Device,
    Drop,
    Jobs,
    Label,
    PlanOnly,
    Size,
    Stack,
)


@with_exit_code
def compare(
    data: Data,
    label: Label = None,
    group: Annotated[
        str | None,
        typer.Option(
            metavar="COLUMN", help="Of a table: rows of one value stay in one part of a split."
        ),
    ] = None,
    drop: Drop = None,
    categories: Annotated[
        str | None,
        typer.Option(metavar="A,B", help="Of a table: categories though they hold numbers."),
    ] = None,
    methods: Annotated[
        str | None,
        typer.Option(
            metavar="A,B",
            help="Methods to compare, or recipes of your own (mine.toml); default: the nine "
            "classic ones.",
        ),
    ] = None,
    profile: Annotated[
        str,
        typer.Option(
            metavar="P",
            help="Imbalance to impose: none, step:rho=50,mu=0.5[,minority=random|lowest|3+7], "
            "linear:rho=50, exp:ratio=100 or counts:5000,100,...",
        ),
    ] = "none",
    model: Annotated[
        str | None,
        typer.Option(metavar="M", help="Model name; default: what suits the input."),
    ] = None,
    seeds: Annotated[
        int | None,
        typer.Option(metavar="N", help="Repeat with N seeds.  [default: 3]", show_default=False),
    ] = None,
    folds: Annotated[
        int | None,
        typer.Option(metavar="K", help="K-fold cross-validation instead of seeds."),
    ] = None,
    rounds: Annotated[
        int | None,
        typer.Option(
            metavar="N",
            help="Rounds per training, the same number for every method.  [default: found on "
            "validation]",
            show_default=False,
        ),
    ] = None,
    select: Annotated[
        str | None,
        typer.Option(
            metavar="METRIC",
            help="Metric, on validation, that names the best.  [default: balanced_accuracy, with "
            "--cost expected_cost]",
            show_default=False,
        ),
    ] = None,
    cost: Annotated[
        str | None,
        typer.Option(
            metavar="COST",
            help="What mistakes cost: minority:10, or a matrix with class names, x.csv or x.json.",
        ),
    ] = None,
    tune: Annotated[
        int, typer.Option(metavar="N", help="Try the same N learning rates for each method.")
    ] = 1,
    budget: Annotated[
        str | None,
        typer.Option(
            metavar="TIME",
            help="90s, 30m or 1h30m: then trainings end, and what is done is ranked.",
        ),
    ] = None,
    race: Annotated[
        bool | None,
        typer.Option(
            "--race/--no-race",
            help="Methods below the best on validation leave after some splits; default: with "
            "--budget.",
            show_default=False,
        ),
    ] = None,
    frozen: Annotated[
        bool,
        typer.Option("--frozen", help="Train heads on cached features of a pretrained backbone."),
    ] = False,
    fine_tune: Annotated[
        bool,
        typer.Option(
            "--fine-tune",
            help="Train the head, then the last half of a pretrained backbone with it.",
        ),
    ] = False,
    scratch: Annotated[
        bool,
        typer.Option(
            "--scratch",
            help="Train whole networks where features are the default: on image files.",
        ),
    ] = False,
    ensemble: Annotated[
        bool,
        typer.Option("--ensemble", help="Rank all methods as one predictor, too: no training."),
    ] = False,
    out: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR",
            help="Output folder, which the same command resumes; default: one under "
            "counterpoise-out/ named after DATA and P.",
        ),
    ] = None,
    jobs: Jobs = None,
    device: Device = "auto",
    devices: Annotated[
        int, typer.Option(metavar="N", help="Devices that share each training's batches.")
    ] = 1,
    engine: Annotated[
        str,
        typer.Option(
            metavar="E",
            help="local, or ray[://HOST:PORT]: on a Ray cluster (docs: several machines).",
        ),
    ] = "local",
    stack: Stack = "off",
    data_root: DataRoot = None,
    settings: Annotated[
        list[str] | None,
        typer.Option(
            "--set",
            metavar="KEY=VALUE",
            help="A recipe's setting, such as oversampling.ratio=10 or model.weights=FILE; "
            "may be repeated.",
        ),
    ] = None,
    validation: Annotated[
        str,
        typer.Option(
            metavar="KIND",
            help="Where validation lies: profiled (carved from training), beside the profile's "
            "samples, balanced (both use extra labels), or none.",
        ),
    ] = "profiled",
    validation_share: Annotated[
        float,
        typer.Option(metavar="S", help="Validation samples, as a share of each class's training."),
    ] = 0.2,
    skip_corrupt: Annotated[
        bool,
        typer.Option("--skip-corrupt", help="Leave damaged images out; they are listed."),
    ] = False,
    size: Size = None,
    resize: Annotated[
        str,
        typer.Option(
            metavar="RULE",
            help="stretch; short-side keeps the aspect and cuts off what is longer; whole keeps "
            "all of it for random crops (--set train.crop=N).",
        ),
    ] = "stretch",
    image_memory: Annotated[
        float | None,
        typer.Option(
            metavar="GIB",
            help="Decoded images that each training holds; beyond it files are decoded again when "
            "they are drawn.  [default: a quarter of memory, at most 4]",
            show_default=False,
        ),
    ] = None,
    ledger: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="A runs.jsonl whose runs count as finished; new ones are added to it.",
        ),
    ] = None,
    sweep: Annotated[
        list[str] | None,
        typer.Option(
            metavar="AXIS=A,B",
            help="Compare at each of these values, as rho=10,100 mu=.2,.8: a grid with one report; "
            "AXIS is a part of the profile, model, rounds, or a setting such as optimizer.lr.",
        ),
    ] = None,
    plan: PlanOnly = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print report.json on stdout, progress on stderr.")
    ] = False,
) -> None:
    """Compare remedies for imbalance on DATA.

    Every method gets the same number of updates. The best is chosen on validation data.

    Exit code 1 when a run failed (a diverged run is a result, not a failure).
    """
    from counterpoise.cli.compared import compare_grid, compare_once
    from counterpoise.cli.settings import read_settings

    given, faults = read_settings(settings or [])
    asked: dict[str, object] = {
        "dataset": data,
        "label": label,
        "group": group,
        "drop": drop,
        "categories": categories,
        "methods": methods,
        "profile": profile,
        "model": model,
        "seeds": seeds,
        "folds": folds,
        "rounds": rounds,
        "select": select,
        "cost": cost,
        "tune": tune,
        "budget": budget,
        "race": race,
        "frozen": frozen,
        "fine_tune": fine_tune,
        "scratch": scratch,
        "ensemble": ensemble,
        "out": out,
        "jobs": jobs,
        "device": device,
        "devices": devices,
        "engine": engine,
        "stack": stack,
        "data_root": data_root,
        "settings": given,
        "validation": validation,
        "validation_share": validation_share,
        "skip_corrupt": skip_corrupt,
        "size": size,
        "resize": resize,
        "image_memory": image_memory,
        "ledger": ledger,
        "progress": "rich" if sys.stderr.isatty() else "plain",
        "command": shlex.join(["counterpoise", *sys.argv[1:]]),
    }
    if sweep or plan:
        compare_grid(sweep or [], asked, faults, plan=plan, as_json=as_json)
    else:
        compare_once(asked, faults, as_json=as_json)
