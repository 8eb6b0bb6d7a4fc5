"""A budget: refused where it is too little for one training, and kept while trainings go on."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import replace

from counterpoise.errors import ArgumentError, OutputError
from counterpoise.experiments.budget import RUN_SECONDS, seconds_per_update
from counterpoise.experiments.finished import stage_done
from counterpoise.experiments.identity import costs_in, digest
from counterpoise.experiments.options import Options
from counterpoise.experiments.plan import Work, first_split, plan
from counterpoise.experiments.race import FILE, race
from counterpoise.experiments.runner import complete
from counterpoise.experiments.search.method import Found
from counterpoise.experiments.search.rounds import lasting, usual_rounds
from counterpoise.experiments.setup import Setup
from counterpoise.experiments.tasks import Outcome
from counterpoise.recipes.schema import Recipe
from counterpoise.time_words import as_budget, at_least

OLD = "budget.json"  # of versions whose budget cut seeds and rounds before training


def question(options: Options, recipes: Sequence[Recipe]) -> str:
    """Digest of what is asked, whatever time is given for it."""
    asked = [options.seeds, options.folds, options.select, options.tune, options.only]
    costs = costs_in(options.select, options.cost).values()
    return digest([[recipe.as_dict() for recipe in recipes], *asked, *costs])


def require_new_rule(options: Options) -> None:
    """Refuse a folder whose budget cut seeds and rounds once, as earlier versions did.

    Raises:
        OutputError: it is such a folder, and a budget is given again.
    """
    old = options.out / OLD
    if options.budget is not None and old.exists():
        raise OutputError(
            f"{options.out} was begun by an earlier version, whose --budget cut seeds and rounds; "
            f"now it ends what is going on. Choose another --out, or delete {old}: runs of fewer "
            "rounds are then trained again"
        )


def require_time(setup: Setup, recipes: Sequence[Recipe]) -> None:
    """Refuse a budget without time for one training.

    Raises:
        ArgumentError: with the time that one training and what comes around it take.
    """
    budget = setup.clock.budget
    if budget is None:
        return
    first = next((one for one in recipes if one.name == "baseline"), recipes[0])
    rounds = usual_rounds(setup, first)  # more are tried only where there is time for them
    points = [] if first.search is None else first.search.points
    work = plan([lasting(replace(first, search=None), rounds)], first_split(setup.grid))
    done = [stage_done(setup.out / "stages" / stage.id) for stage in work.stages]
    if None not in done or any(setup.out.glob("runs/*/*/report.json")):
        return
    per_update = seconds_per_update(work.stages, setup)
    if per_update is None:
        return
    training = per_update * sum(stage.updates for stage in work.stages) + RUN_SECONDS
    trials = math.ceil(max(1, len(points)) / setup.jobs)
    around = setup.clock.used + setup.clock.reserve
    if trials > 1:
        around += scoring_seconds(setup, len(recipes))
    needed = around + trials * training
    runs = len(recipes) * len(setup.grid.seeds) + len(recipes) * max(0, len(points) - 1)
    setup.clock.expect(training * (trials + runs / setup.jobs))
    if needed > budget:
        more = "all that comes before it and the report"
        if trials > 1:
            more = f"{trials - 1} more to choose settings, {more}"
        used = ""
        if setup.clock.before:
            used = f", after {as_budget(setup.clock.before)} that earlier starts used"
        raise ArgumentError(
            f"a budget of {as_budget(budget)} is too little{used}: one training of {first.name} "
            f"takes about {as_budget(training)} here, and with {more} it is about "
            f"{as_budget(needed - setup.clock.before)} (give {as_budget(at_least(needed))} or more)"
        )


def scoring_seconds(setup: Setup, methods: int) -> float:
    """What is set aside for scoring one run of each method, when trials have ended."""
    return 2 * (RUN_SECONDS * methods / setup.jobs + 1.5)  # as the machine may be busy


def carry_out(
    setup: Setup, work: Work, found: Found, before_runs: Callable[[], None] | None
) -> dict[str, Outcome]:
    """Complete all runs: in a race, if one is asked for; within the budget, if there is one.

    Where the budget ended trials, only methods whose settings are chosen are scored.
    """
    if setup.clock.ended:
        first = next(iter(setup.grid.seeds))
        ready = [r for r in work.runs if r.split == first and r.recipe.name not in found.open]
        return complete(setup, work.needed(ready), before_runs)
    if races(setup.options):
        return race(setup, work, before_runs)
    if setup.options.only is None:  # else the comparison that the folder holds stays a race
        (setup.out / FILE).unlink(missing_ok=True)
    return complete(setup, work, before_runs)


def races(options: Options) -> bool:
    """Whether methods leave: by default where there is a budget."""
    default = options.budget is not None and options.validation != "none"
    asked = default if options.race is None else options.race
    return asked and options.only is None
