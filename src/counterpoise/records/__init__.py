"""Everything that counterpoise writes on disk as JSON, one typed model for each kind of file."""

from counterpoise.records.claim import ClaimRecord
from counterpoise.records.environment import EnvironmentRecord
from counterpoise.records.evaluated import ClassPart, EvaluatedRecord, MeasuredPart
from counterpoise.records.experiment import (
    BesidePart,
    CostPart,
    ExperimentRecord,
    GridPart,
    PointPart,
    SearchPart,
)
from counterpoise.records.ledger import LedgerRecord
from counterpoise.records.predictor import (
    ColumnPart,
    DecodePart,
    EnsembleRecord,
    ExportRecord,
    FeaturesPart,
    FilePart,
    FrozenPart,
    InputPart,
    MemberPart,
    OutputPart,
    PosthocPart,
    PredictorRecord,
)
from counterpoise.records.race import LeftPart, RaceRecord, TimeRecord
from counterpoise.records.record import Part, Record, SealedRecord
from counterpoise.records.report import (
    CalibrationPart,
    DifferencePart,
    Ended,
    EstimatePart,
    MethodPart,
    OperatingPart,
    ReportRecord,
    SizePart,
)
from counterpoise.records.rounds import FoundRoundsPart, RoundsRecord, TriedRoundsPart
from counterpoise.records.run import ConfusionPart, RunRecord, Status
from counterpoise.records.samples import CopiesPart, RowsPart, SamplesRecord
from counterpoise.records.stage import (
    EvaluationPart,
    OfflineRecord,
    ResampledRecord,
    RoundRecord,
    StageRecord,
)
from counterpoise.records.sweep import SweepCellPart, SweepRecord

__all__ = [
    "BesidePart",
    "CalibrationPart",
    "ClaimRecord",
    "ClassPart",
    "ColumnPart",
    "ConfusionPart",
    "CopiesPart",
    "CostPart",
    "DecodePart",
    "DifferencePart",
    "Ended",
    "EnsembleRecord",
    "EnvironmentRecord",
    "EstimatePart",
    "EvaluatedRecord",
    "EvaluationPart",
    "ExperimentRecord",
    "ExportRecord",
    "FeaturesPart",
    "FilePart",
    "FoundRoundsPart",
    "FrozenPart",
    "GridPart",
    "InputPart",
    "LedgerRecord",
    "LeftPart",
    "MeasuredPart",
    "MemberPart",
    "MethodPart",
    "OfflineRecord",
    "OperatingPart",
    "OutputPart",
    "Part",
    "PointPart",
    "PosthocPart",
    "PredictorRecord",
    "RaceRecord",
    "Record",
    "ReportRecord",
    "ResampledRecord",
    "RoundRecord",
    "RoundsRecord",
    "RowsPart",
    "RunRecord",
    "SamplesRecord",
    "SealedRecord",
    "SearchPart",
    "SizePart",
    "StageRecord",
    "Status",
    "SweepCellPart",
    "SweepRecord",
    "TimeRecord",
    "TriedRoundsPart",
]
