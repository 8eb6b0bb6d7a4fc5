"""A predictor or an ensemble in words: by which method, of which classes, and what it reads."""

from __future__ import annotations

from typing import Any

from counterpoise.data.tables.cells import named
from counterpoise.predict.batches import OfSamples
from counterpoise.predict.samples import reads


def method_words(model: OfSamples) -> str | None:
    """The method, and of how many runs; None where the model does not know its method."""
    members: list[Any] = getattr(model, "predictors", [model])
    methods = dict.fromkeys(str(member.metadata.get("method", "")) for member in members)
    if "" in methods:
        return None
    runs = len({(one.metadata["method"], one.metadata.get("split")) for one in members})
    return f"{' and '.join(methods)} ({'1 run' if runs == 1 else f'{runs} runs averaged'})"


def described(model: OfSamples) -> str:
    """Two lines: method, classes, what is read, and what to do next."""
    shape = model.input_shape
    if model.columns is not None:
        what, call = f"a DataFrame with the columns {reads(model.columns)}", "predict(df)"
    elif len(shape) == 3:
        channels, height, width = shape
        what = f"image files, or {model.input_dtype} arrays (N, {channels}, {height}, {width})"
        call = "predict_files(paths)"
    else:
        what, call = f"arrays (N, {', '.join(map(str, shape))})", "predict(X)"
    return (
        f"<{type(model).__name__}: {method_words(model) or 'a model'}; {len(model.classes)} "
        f"classes: {named(model.classes)}\n"
        f" reads {what}; next: .{call}.names, or counterpoise.evaluate(model, labelled_data)>"
    )
