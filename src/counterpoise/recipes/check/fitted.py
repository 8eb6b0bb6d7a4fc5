"""Check a recipe whose model is no network, but fitted at once by another package."""

from __future__ import annotations

from collections.abc import Sequence

from counterpoise.models.catalog import about
from counterpoise.recipes.check.pieces import Fault
from counterpoise.recipes.members import Boosting, Ensembling
from counterpoise.recipes.schema import Component, Stage

_PLAIN = Stage("", Component("CrossEntropy"), Component("Shuffled"), Component("Plain"))


def fitted_faults(
    model: Component,
    stages: Sequence[Stage],
    head: Component,
    several: Sequence[Boosting | Ensembling | None],
    fault: Fault,
) -> None:
    """Of a model that another package fits nothing applies that acts on a network's updates."""
    parts = [head.name] if head != Component("Linear") else []
    parts += ["[boosting]" for one in several if isinstance(one, Boosting)]
    parts += ["[ensemble]" for one in several if isinstance(one, Ensembling)]
    for stage in stages:
        parts += [part.name for part in stage.augment]
        parts += ["offline"] if stage.offline is not None else []
        parts += ["freeze"] if stage.freeze else []
        parts += [stage.resampler.name] if stage.resampler is not None else []
        for key in ("loss", "sampler", "step", "weights"):
            part = getattr(stage, key)
            if part is not None and part != getattr(_PLAIN, key):
                parts.append(part.name)
    if parts or len(stages) > 1:
        what = " and ".join(dict.fromkeys(parts)) or f"a training in {len(stages)} stages"
        fitter = about(model.name).fitted_by
        fault(f"the model '{model.name}' is fitted by {fitter}, without {what} (another model)")
