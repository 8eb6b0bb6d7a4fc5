"""Names of the metrics, as options, tables and report.json spell them."""

from collections.abc import Iterable, Mapping

from counterpoise.errors import ArgumentError, near
from counterpoise.registry import members

# Those that are classes state their names, so that they need no line here.
_STATED = {m.key: m for m in members("metrics").values() if m.key is not None}
METRICS = {
    "accuracy": "Accuracy",
    "balanced_accuracy": "Balanced accuracy",
    "g_mean": "G-mean",
    "macro_f1": "Macro F1",
    "auc": "Macro AUC",
    "average_precision": "Average precision",
    "mcc": "MCC",
    "worst_recall": "Worst-class recall",
    "nll": "NLL",
    "ece": "ECE",
    **{key: member.title or key for key, member in _STATED.items()},
}
MEANINGS = {
    "accuracy": "share of samples that are predicted right",
    "balanced_accuracy": "mean of the classes' recalls; a recall is the share of a class found",
    "g_mean": "geometric mean of the classes' recalls; 0 if one class is never found",
    "macro_f1": "mean over classes of F1, the harmonic mean of precision and recall",
    "auc": "how often a sample of a class scores higher for it than one of the others; mean over "
    "classes",
    "average_precision": "precision, averaged over all levels of recall; mean over classes",
    "mcc": "correlation of true and predicted classes (Matthews), from -1 to 1",
    "worst_recall": "recall of the class that is found least",
    "nll": "mean negative logarithm of the probability that the true class was given",
    "ece": "mean gap between the probability of a prediction and how often it is right",
    **{key: member.summary.rstrip(".") for key, member in _STATED.items()},
}
EXPECTED_COST = "expected_cost"  # of comparisons that say what mistakes cost
TITLES = {EXPECTED_COST: "Expected cost", **METRICS}
MEANINGS[EXPECTED_COST] = "what a sample costs on average, by the costs of its prediction"
CONFUSION_METRICS = (
    "accuracy",
    "balanced_accuracy",
    "g_mean",
    "macro_f1",
    "mcc",
    "worst_recall",
    *_STATED,
)
# Of definitions that have changed: 2, two margins are ranked by their difference (before, the mean
# of what each column ranked by itself).
REVISIONS = {"auc": 2, "average_precision": 2}
OF_PROBABILITIES = frozenset({"nll", "ece"})  # which margins do not have
LOWER_IS_BETTER = frozenset(
    {
        "nll",
        "ece",
        EXPECTED_COST,
        *(key for key, member in _STATED.items() if member.lower_is_better),
    }
)


def metrics_of(*, with_costs: bool) -> Mapping[str, str]:
    """Name -> title of a comparison's metrics: the expected cost only where there are costs."""
    return TITLES if with_costs else METRICS


def require_metric(name: str, known: Iterable[str] = METRICS) -> str:
    """Return the name if it is a metric; hyphens may stand for underscores.

    Args:
        name: as it was written.
        known: those that there are; the expected cost is one of `TITLES` only.

    Raises:
        ArgumentError: there is no such metric; the near name is suggested.

    >>> require_metric("balanced-accuracy")
    'balanced_accuracy'
    """
    spelled = name.replace("-", "_")
    if spelled not in known:
        raise ArgumentError(f"no metric is called '{name}'{near(spelled, known)}")
    return spelled


def outdated(stored: Mapping[str, int], *, num_classes: int, margins: bool) -> tuple[str, ...]:
    """Metrics whose stored values were computed otherwise than they would be today.

    Args:
        stored: metric -> revision that a ledger's line names; 1 where it names none.
        num_classes: K.
        margins: whether the scores were margins, which alone revision 2 of AUC changed.

    >>> outdated({}, num_classes=2, margins=True), outdated({}, num_classes=3, margins=True)
    (('auc', 'average_precision'), ())
    """
    if not (margins and num_classes == 2):
        return ()
    return tuple(name for name, revision in REVISIONS.items() if stored.get(name, 1) < revision)


def in_sentence(name: str) -> str:
    """The title of a metric as it stands inside a sentence.

    >>> in_sentence("balanced_accuracy"), in_sentence("auc"), in_sentence("nll")
    ('balanced accuracy', 'macro AUC', 'NLL')
    """
    title = TITLES[name]
    is_name = title[1:2].isupper() or title[1:2] == "-"  # NLL, G-mean
    return title if is_name else title[0].lower() + title[1:]
