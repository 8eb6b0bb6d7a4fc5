"""What is said of a model: a class that is never found first, what to do last."""

from dataclasses import replace

import numpy as np
import pytest

from counterpoise.report.evaluation import judge
from counterpoise.report.evaluation.sentences import advice, text


def model(confusion):
    """A model with these predictions, rows true."""
    table = np.asarray(confusion)
    pairs = [
        (t, p) for t in range(len(table)) for p in range(len(table)) for _ in range(table[t, p])
    ]
    labels = np.array([t for t, _ in pairs])
    scores = np.full((len(pairs), len(table)), 0.05)
    scores[np.arange(len(pairs)), [p for _, p in pairs]] = 0.9
    classes = tuple(f"class {k}" for k in range(len(table)))
    names = [str(n) for n in range(len(pairs))]
    return judge("set", "m", classes, labels, names, scores, None)


def test_never_found_comes_first_and_the_next_worst_is_named() -> None:
    said = advice(model([[90, 10, 0], [30, 70, 0], [4, 0, 0]]))
    assert said[0] == "Never found: 'class 2' (0 of 4)."
    assert said[1].startswith("Balanced accuracy .533 [")
    assert said[1].endswith("on 204 samples; 44 predictions are wrong.")
    assert said[2].startswith("Lowest recall of the others: 'class 1', .70 [.60, .78], n = 100")
    assert "most often taken for 'class 0' (30)" in said[2]
    assert "label more samples of 'class 2': with 4" in said[-1]


@pytest.mark.parametrize(
    ("confusion", "words"),
    [
        ([[100, 0], [0, 100]], "Next: use it; no prediction is wrong."),
        ([[100, 0], [0, 3]], "Next: label more samples of 'class 1': with 3"),
        ([[90, 10], [0, 100]], "Next: `predictions.csv`, beside the report, lists the errors"),
    ],
)
def test_the_next_step_is_the_one_that_helps(confusion, words: str) -> None:
    assert advice(model(confusion))[-1].startswith(words)


def test_files_that_are_not_written_are_not_where_to_look() -> None:
    found = replace(model([[90, 10], [0, 100]]), is_written=False)
    assert advice(found)[-1] == (
        'Next: `predictions.csv`, which `out="DIR"` writes, lists the errors, the most confident '
        "first."
    )
    many = model(np.eye(40, dtype=int).tolist())
    assert "(and 10 more classes in evaluation.json)" in text(many)
    assert "(and 10 more classes in `table()`)" in text(replace(many, is_written=False))


def test_labels_that_are_likely_wrong_are_named() -> None:
    labels = np.repeat([0, 1], 20)
    scores = np.where(np.arange(40)[:, None] < 20, [[0.9, 0.1]], [[0.2, 0.8]])
    scores[3] = [0.05, 0.95]
    names = [f"{n}\n.png" for n in range(40)]
    said = advice(judge("s", "m", ("cat", "dog"), labels, names, scores, scores))
    assert said[-2] == (
        "1 label is likely wrong, if the model is good: '3\\n.png', labelled 'cat', perhaps 'dog'."
    )
    assert "likely wrong" not in " ".join(advice(judge("s", "m", ("cat", "dog"), labels, names,
                                                       scores, None)))  # fmt: skip


def test_the_text_ends_with_the_advice_and_has_each_class() -> None:
    found = model([[90, 10, 0], [30, 70, 0], [4, 0, 0]])
    said = text(found, 80)
    assert said.endswith(advice(found)[-1].split()[-1])
    rows = [line for line in said.splitlines() if line.startswith("'class")]
    assert [row.split("'")[1] for row in rows] == ["class 2", "class 1", "class 0"]
    assert all(len(line) <= 80 for line in said.splitlines())
