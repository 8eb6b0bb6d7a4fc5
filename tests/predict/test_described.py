"""A printed model says by which method it predicts, what it reads, and what to do with it."""

from collections.abc import Callable

import numpy as np

from counterpoise import models
from counterpoise.data import Preprocess
from counterpoise.data.tables.columns import Column, Columns
from counterpoise.data.tables.encoding import Encoding
from counterpoise.predict import Ensemble, Predictor
from counterpoise.predict.described import method_words

Made = Callable[..., Predictor]


def test_a_model_of_a_table_names_its_columns() -> None:
    columns = Columns((Column("age", "number"), Column("plan", "category", ("a", "b"))), "y")
    encoding = Encoding.fit(columns, np.array([[1.0, 0], [2, 1]]))
    encoded = encoding(np.array([[1.0, 0]]))
    model = models.create("linear", encoded.shape[1:], 2)
    one = Predictor(
        model, Preprocess.fit("none", encoded), ("no", "yes"), table=encoding,
        metadata={"method": "weighted", "split": "seed-0"},
    )  # fmt: skip
    assert repr(one) == (
        "<Predictor: weighted (1 run); 2 classes: 'no', 'yes'\n"
        " reads a DataFrame with the columns 'age', 'plan'; next: .predict(df).names, or "
        "counterpoise.evaluate(model, labelled_data)>"
    )


def test_runs_and_methods_are_counted(made: Made) -> None:
    members = [made() for _ in range(4)]
    for k, member in enumerate(members):
        member.metadata = {"method": ("baseline", "weighted")[k // 2], "split": f"seed-{k % 2}"}
    assert method_words(Ensemble(members[:2])) == "baseline (2 runs averaged)"
    assert method_words(Ensemble(members)) == "baseline and weighted (4 runs averaged)"
    boosted = Ensemble([members[0], members[0]], mean="geometric")  # of one run
    assert method_words(boosted) == "baseline (1 run)"
    assert method_words(made()) is None


def test_each_kind_says_what_it_reads(made: Made) -> None:
    shown = repr(Ensemble([made()]))
    assert shown.startswith("<Ensemble: a model; 3 classes: ")
    assert "reads image files, or uint8 arrays (N, 1, 8, 8); next: .predict_files(paths)" in shown
    assert "reads arrays (N, 4); next: .predict(X).names" in repr(made("mlp", (4,)))
