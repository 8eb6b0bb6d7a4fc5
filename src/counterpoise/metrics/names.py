"""Names of the metrics, as options, tables and report.json spell them."""

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
CONFUSION_METRICS = (
    "accuracy",
    "balanced_accuracy",
    "g_mean",
    "macro_f1",
    "mcc",
    "worst_recall",
    *_STATED,
)
OF_PROBABILITIES = frozenset({"nll", "ece"})  # which margins do not have
LOWER_IS_BETTER = frozenset(
    {"nll", "ece", *(key for key, member in _STATED.items() if member.lower_is_better)}
)


def require_metric(name: str) -> str:
    """Return the name if it is a metric; hyphens may stand for underscores.

    Raises:
        ArgumentError: there is no such metric; the near name is suggested.

    >>> require_metric("balanced-accuracy")
    'balanced_accuracy'
    """
    spelled = name.replace("-", "_")
    if spelled not in METRICS:
        raise ArgumentError(f"no metric is called '{name}'{near(spelled, METRICS)}")
    return spelled


def in_sentence(name: str) -> str:
    """The title of a metric as it stands inside a sentence.

    >>> in_sentence("balanced_accuracy"), in_sentence("auc"), in_sentence("nll")
    ('balanced accuracy', 'macro AUC', 'NLL')
    """
    title = METRICS[name]
    is_name = title[1:2].isupper() or title[1:2] == "-"  # NLL, G-mean
    return title if is_name else title[0].lower() + title[1:]
