"""The contrast set of TLC's F1 deficit: what the running model says of frames it never saw."""

from __future__ import annotations

from collections import Counter

from sqlalchemy import Engine

from counterpoise.service.analyzer.program import Program
from counterpoise.service.database import label_contrast
from counterpoise.service.labelling.looking import PART, Looking, Model


class Contrast:
    """Asks the running model of frames that another one classified, once of each.

    Args:
        engine: of the database.
        looking: at stored frames.
    """

    def __init__(self, engine: Engine, looking: Looking) -> None:
        self._engine, self._looking = engine, looking
        self._of = ""  # digest of the model that says so
        self._said: dict[int, str] = {}

    def counted(self, model: Model, number: int) -> Counter[tuple[str, str]]:
        """(Class, what the running model says) -> frames that its training cannot have seen.

        Frames of another model whose picture is gone are left out.

        Args:
            model: that runs.
            number: its own in the database.
        """
        with self._engine.connect() as connection:
            frames = label_contrast.unseen(connection, number)
        found = Counter((one.label, one.predicted) for one in frames if one.model == number)
        if isinstance(model, Program):
            return found
        if model.digest != self._of:
            self._of, self._said = model.digest, {}
        others = {one.result: one for one in frames if one.model != number}
        self._said = {n: said for n, said in self._said.items() if n in others}
        fresh = [one for n, one in others.items() if n not in self._said]
        for start in range(0, len(fresh), PART):  # what is said is kept if the server ends
            some = fresh[start : start + PART]
            looked = [(one.result, self._looking.sample(model, one.picture)) for one in some]
            there = [(n, sample) for n, sample in looked if sample is not None]
            said = self._looking.labels(model, [sample for _, sample in there])
            self._said.update(zip((n for n, _ in there), said, strict=True))
        found.update((others[n].label, said) for n, said in self._said.items())
        return found
