"""The advice where a model that is no network is better than every network."""

from __future__ import annotations

from collections.abc import Sequence

from counterpoise.metrics.names import in_sentence
from counterpoise.report.advice.command import option
from counterpoise.report.advice.next_step import MORE_ROUNDS
from counterpoise.report.number_format import shorter
from counterpoise.report.references import beats_networks
from counterpoise.report.results import MethodResult, Results

# how scikit-learn fits the references of these names
FITTED_BY = {
    "hist-gradient-boosting": "HistGradientBoostingClassifier(early_stopping=False)",
    "hist-gradient-boosting-balanced": (
        "HistGradientBoostingClassifier(class_weight='balanced', early_stopping=False)"
    ),
    "logistic-regression": "LogisticRegression(max_iter=1000)",
    "logistic-regression-balanced": "LogisticRegression(class_weight='balanced', max_iter=1000)",
}
RECOMMENDS = ("Use ", "Keep ")  # how the entry on what to use begins


def beaten(results: Results, best: MethodResult) -> str:
    """The verdict, and what to do about it; the command line's next steps take a network."""
    name, e = results.beaten_by, results.experiment
    assert name is not None
    reached = next(m.metrics[e.select].mean for m in results.methods if m.name == name)
    model = f"`{FITTED_BY[name]}`" if name in FITTED_BY else name
    rounds = f" (`{option(e, 'rounds', str(MORE_ROUNDS * e.rounds))}`)" if e.rounds else ""
    return (
        f"{beats_networks(name)}: {in_sentence(e.select)} {shorter(reached)} on test, "
        f"{shorter(best.metrics[e.select].mean)} with {best.name}. Use scikit-learn's {model}, or "
        f"train longer{rounds}; `predict` and `export` take the network."
    )


def of_networks(sentences: Sequence[str]) -> tuple[str, ...]:
    """The advice as one on networks alone.

    >>> of_networks(["Use weighted: accuracy .9 on test.", "Sure: it gains."])
    ('Of the networks, use weighted: accuracy .9 on test.', 'Sure: it gains.')
    """
    return tuple(
        f"Of the networks, {said[0].lower()}{said[1:]}" if said.startswith(RECOMMENDS) else said
        for said in sentences
    )
