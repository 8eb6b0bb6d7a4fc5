"""What Python calls by name; its errors name arguments where those below name options."""

from counterpoise.data.inspect import inspect as _inspect
from counterpoise.data.load import load as _load
from counterpoise.data.splits.split import make_splits as _make_splits
from counterpoise.python_words import errors_as_asked

LOAD = frozenset({"size", "skip_corrupt", "label", "group", "drop", "categories"})

load = errors_as_asked(known=LOAD)(_load)
inspect = errors_as_asked(known=LOAD)(_inspect)
make_splits = errors_as_asked(known=frozenset({"folds", "seeds", "validation"}))(_make_splits)
