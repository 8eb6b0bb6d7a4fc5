"""What is said of a retraining that came to its end: on its page, and in the database."""

from __future__ import annotations

import json

from counterpoise.predict import ExportedModel
from counterpoise.records import RunRecord
from counterpoise.service.labelling import held_out
from counterpoise.service.labelling.held_out import Judged

NOTHING_HELD = (
    "No labels are kept to judge this training by.\n"
    "Its test part is a copy of one training picture of each class,\n"
    "so what is said of that part below says nothing.\n"
)


def measured(
    found: Judged, record: RunRecord, made: ExportedModel, model: ExportedModel, among: int
) -> str:
    """The detail of a retraining, as JSON.

    Args:
        found: what it said of the frames that were held out.
        record: of its run.
        made: its model.
        model: that runs.
        among: how many methods it was chosen from.
    """
    return json.dumps(
        {
            "balanced_accuracy": found.balanced_accuracy,
            "judged": found.number,
            "judged_classes": found.classes,
            "least": held_out.LEAST,
            "classes": len(made.classes),
            "seconds": record.seconds,
            "method": record.method,
            "among": among,
            "missing": [name for name in model.classes if name not in made.classes],
        }
    )
