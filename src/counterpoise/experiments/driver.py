"""Conduct a comparison: data, splits, plan, estimate, training, and a folder of finished runs."""

from __future__ import annotations

import shutil
from dataclasses import replace
from functools import partial

from counterpoise.data.labelled import LabelledSet
from counterpoise.data.load import load
from counterpoise.errors import ArgumentError
from counterpoise.experiments import ensemble, ledger
from counterpoise.experiments.budget import announce
from counterpoise.experiments.check import require_sound
from counterpoise.experiments.claim import claimed
from counterpoise.experiments.clock import Clock, TimeUpError
from counterpoise.experiments.engines.engine import Engine, opened
from counterpoise.experiments.engines.stacking import StackingEngine
from counterpoise.experiments.experiment_json import about_data, write_experiment
from counterpoise.experiments.finished import discard_reports, outdated, trained_again
from counterpoise.experiments.limit import (
    carry_out,
    question,
    require_new_rule,
    require_time,
    scoring_seconds,
)
from counterpoise.experiments.options import Options
from counterpoise.experiments.plan import plan
from counterpoise.experiments.progress import Display
from counterpoise.experiments.report_time import SAFETY, report_seconds
from counterpoise.experiments.runner import expect
from counterpoise.experiments.search.learning_rate import choose_rates
from counterpoise.experiments.search.method import Found, choose_settings
from counterpoise.experiments.search.rounds import with_rounds
from counterpoise.experiments.setup import Setup, draw_splits, set_up
from counterpoise.experiments.shared import offer
from counterpoise.experiments.space import needed_space, require_space
from counterpoise.experiments.stacks import most_of, remark
from counterpoise.experiments.suited import suited
from counterpoise.experiments.tasks import Outcome
from counterpoise.recipes.schema import Recipe
from counterpoise.time_words import as_budget, larger


def conduct(
    options: Options,
    display: Display,
    begun: float | None = None,
    engine: Engine | None = None,
) -> dict[str, Outcome]:
    """Do everything that was asked and is not finished yet.

    Args:
        options: what was asked.
        display: where progress is shown.
        begun: when the command began, by the monotonic clock, for its budget; now by default.
        engine: what runs the tasks, where it is open already; by default that of the options.

    Returns:
        How each run that was unfinished ended; finished ones are not among them.

    Raises:
        CounterpoiseError: anything that the user has to change, before training starts.
    """
    require_new_rule(options)
    clock = Clock(options.budget, begun)
    if engine is not None:
        return _conduct(options, display, clock, engine)
    with opened(options.engine, options.jobs) as own:
        return _conduct(options, display, clock, own)


def load_data(options: Options) -> LabelledSet:
    """The data set, as the options say how to read it."""
    return load(
        options.dataset,
        data_root=options.data_root,
        size=options.size,
        resize=options.resize,
        skip_corrupt=options.skip_corrupt,
        ignore=options.out,
        table=options.table,
    )


def _conduct(
    options: Options, display: Display, clock: Clock, engine: Engine
) -> dict[str, Outcome]:
    dataset = load_data(options)
    asked = suited(options, dataset, display)
    options, recipes = asked.options, asked.recipes
    reasons, left_out = asked.reasons, asked.left_out
    device = engine.device(options.device)
    most = most_of(options.stack, device, options.engine, options.devices)
    if most > 1:
        engine = StackingEngine(engine, most, display.say)
    told = remark(options.stack, device, options.engine, options.devices)
    if told:
        display.say(told)
    splits = draw_splits(options, dataset, recipes)
    if options.cost is not None:
        options.cost.require_minority([split.counts.values for split in splits["profile"]])
    require_space(options.out, needed_space(options, dataset, recipes, splits))
    for note in [*left_out, *about_data(dataset)]:
        display.say(note)
    with claimed(options, dataset):
        clock.go_on(options.out, question(options, recipes))
        if options.budget is not None:
            classes = len(dataset.classes)
            clock.reserve = SAFETY * report_seconds(splits["profile"], classes, len(recipes))
        if options.ledger is None and not (options.out / "experiment.json").exists():
            engine.warm_up()  # a new comparison trains; of another, all may be finished
        setup = set_up(options, dataset, splits, device, display, clock, engine)
        require_sound(setup, recipes)
        require_time(setup, recipes)
        with display:
            found, length = _settled(setup, recipes)
            work = plan(found.recipes, setup.grid)
            notes = [*reasons, *left_out]
            describe = partial(
                write_experiment,
                *(
                    setup,
                    dataset,
                    found.recipes,
                    work,
                    notes,
                    found.records,
                    length,
                ),
            )
            is_own = options.only is None or not (options.out / "experiment.json").exists()

            def begin() -> None:
                discard_reports(work.runs, options.out)
                if is_own:
                    describe()  # so that an interrupted comparison can be reported

            old = outdated(work.runs, options.out)
            if old:
                display.say(trained_again(len(old)))
            waits = bool(old) and options.ledger is None  # which writes reports at once
            if not waits:
                begin()
            # Else what the folder reports stays until something new takes its place.
            expect(setup, work)
            outcomes = carry_out(setup, work, found, begin if waits else None)
        if is_own:
            more: list[str] = []
            if options.ensemble:
                made, note = ensemble.combine(setup, work)
                more, notes[len(notes) :] = [ensemble.NAME] * made, [note] * bool(note)
            describe(more)  # again, as the predictors now say what the model is
        ledger.append(options.ledger, found.trials, options.out)
        ledger.append(options.ledger, work, options.out)
        offer(options.shelf, work.runs, options.out)
        shutil.rmtree(options.out / "cache", ignore_errors=True)
        clock.note()
    return outcomes


def _settled(setup: Setup, recipes: tuple[Recipe, ...]) -> tuple[Found, str | None]:
    """The recipes with their rounds and settings, as far as a budget lets them be found.

    And how the rounds were found, if they were.

    Raises:
        ArgumentError: it ended before any could.
    """
    open_: frozenset[str] = frozenset()
    try:
        with setup.clock.saving(scoring_seconds(setup, len(recipes))):
            length = with_rounds(setup, recipes)
            recipes = length.recipes
            if setup.options.tune > 1:
                recipes, open_ = choose_rates(setup, recipes)
            announce(setup, recipes)
            found = choose_settings(setup, recipes)
    except TimeUpError:
        budget = setup.clock.budget or 0.0
        raise ArgumentError(
            f"the budget of {as_budget(budget)} ended while it was found out "
            "how long to train, so there is nothing to rank; what is trained is kept, and the same "
            f"command with a budget of {larger(budget, setup.clock.enough)} goes on"
        ) from None
    return replace(found, open=found.open | open_), length.words
