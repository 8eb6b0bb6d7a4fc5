"""Which folder is which: an experiment of compare, or one run in it."""

from pathlib import Path

from counterpoise.errors import ArgumentError, CheckpointError

UNTRAINED = (
    "as the comparison was interrupted before its methods were trained; run its compare command "
    "again"
)


def is_experiment(folder: Path) -> bool:
    """Whether compare wrote it."""
    return (folder / "experiment.json").is_file()


def is_sweep(folder: Path) -> bool:
    """Whether ``compare --sweep`` wrote it."""
    return (folder / "sweep.json").is_file()


def require_experiment(folder: Path) -> None:
    """Raise unless compare wrote the folder."""
    if not folder.is_dir():
        raise ArgumentError(f"{folder}: no such folder")
    if not is_experiment(folder):
        if _is_claimed(folder):
            raise ArgumentError(f"{folder}: nothing to report yet, {UNTRAINED}")
        raise ArgumentError(
            f"{folder} is not an output folder of compare: it has no experiment.json"
        )


def _is_claimed(folder: Path) -> bool:
    return (folder / "claim.json").is_file()


def _remedy(folder: Path) -> str:
    """What finishes an interrupted comparison, as its report says it."""
    from counterpoise.records import ExperimentRecord
    from counterpoise.report.unfinished import remedy

    experiment = ExperimentRecord.read(folder / "experiment.json")
    return f"runs of its comparison are not finished; {remedy(experiment)}"


def predictors(folder: Path) -> tuple[list[Path], str]:
    """Saved predictors for a run or a report folder, and which they are, in words.

    A report folder gives the predictors of the method that it advises, one for each seed or fold;
    where it recommends none, of the best on validation.

    Raises:
        ArgumentError: the folder is neither, or its report is not made yet.
        CheckpointError: a predictor is missing.
    """
    from counterpoise.records import ReportRecord

    if not folder.is_dir():
        raise ArgumentError(f"{folder}: no such folder")
    if (folder / "predictor").is_dir():
        return [folder / "predictor"], f"the run {folder}"
    if not is_experiment(folder):
        if _is_claimed(folder):
            raise ArgumentError(f"{folder}: no model yet, {UNTRAINED}")
        raise ArgumentError(
            f"{folder} is a sweep; name a comparison in it, or a run"
            if is_sweep(folder)
            else f"{folder} is neither a run folder (predictor/) nor an output folder of compare "
            "(experiment.json)"
        )
    report = ReportRecord.read_if_there(folder / "report.json")
    if report is None:
        raise ArgumentError(f"{folder} has no report.json yet: {_remedy(folder)}")
    best = report.advised or report.best
    if best is None:
        done = [method.name for method in report.methods if method.status == "ok"]
        if done and report.validation == "none":
            raise ArgumentError(
                f"{folder} has no validation, so no method was chosen; name the one to use, as in "
                f"{folder / 'runs' / done[0]}/{report.splits[0]}"
            )
        raise ArgumentError(f"{folder}: no method finished, so there is no best one")
    found = sorted((folder / "runs" / best).glob("*/predictor"))
    if not found:
        raise CheckpointError(
            f"{folder} keeps no predictor of its method '{best}': runs accepted from a ledger "
            "have none (compare without --ledger into another --out)"
        )
    runs = "1 run" if len(found) == 1 else f"{len(found)} runs averaged"
    if report.advised:
        return found, f"{best}, as the report of {folder} advises ({runs})"
    doubt = ", though its report recommends no method" if report.advice else ""
    return found, f"{best}, the best of {folder} on validation ({runs}){doubt}"


def exported_model(model: Path) -> Path:
    """The exported folder that --model of a server stands for, exported first if need be.

    It is an exported folder itself, a run, or an output folder of compare: then the model that its
    report advises, which is the mean of its runs where there are several.

    Raises:
        ArgumentError: it is none of these, or cannot be exported.
        CheckpointError: a predictor is missing.
    """
    from counterpoise.service.exporting import DESCRIPTION, exported, exported_mean

    if (model / DESCRIPTION).is_file():
        return model
    folders, _ = predictors(model)
    return exported_mean(model, folders) if len(folders) > 1 else exported(folders[0])
