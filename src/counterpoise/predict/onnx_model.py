"""A predictor as the bytes of one ONNX file, and how far that is from the predictor itself."""

from __future__ import annotations

import importlib.util
import warnings
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import torch

from counterpoise.data.tables.encoding import Encoding
from counterpoise.errors import ArgumentError
from counterpoise.predict.decision_graph import DecisionGraph
from counterpoise.predict.ensemble import Ensemble
from counterpoise.predict.ensemble_graph import EnsembleGraph
from counterpoise.predict.predictor import Predictor

if TYPE_CHECKING:
    from onnx import ModelProto

PACKAGES = ("onnx", "onnxscript", "onnxruntime")
OLDEST_TORCH = 2, 9  # whose exporter goes with the onnxscript that is asked for
OPSET = 18  # what torch.onnx writes without converting, and the first to add up by index
INPUT = "samples"
MISSING = 0.1  # share of cells in made-up rows of a table
BATCH = "batch"
LARGEST = 2**31 - 2**20  # bytes of weights in one file, a message of protobuf
TOLERANCE = 1e-4  # of probabilities, and of margins for the unit or the largest of them


def require_packages() -> None:
    """Say what to install.

    Raises:
        ArgumentError: a package is missing, or torch is too old.
    """
    version = torch.__version__
    if tuple(int(part) for part in version.split(".")[:2]) < OLDEST_TORCH:
        least = ".".join(map(str, OLDEST_TORCH))
        raise ArgumentError(
            f"export needs torch {least} or later; this is {version} (pip install 'torch>={least}')"
        )
    missing = [name for name in PACKAGES if importlib.util.find_spec(name) is None]
    if missing:
        raise ArgumentError(
            f"export needs {', '.join(PACKAGES)}; not installed: {', '.join(missing)} "
            "(pip install 'counterpoise[onnx]')"
        )


def to_onnx(predictor: Predictor | Ensemble, features: bool = False) -> bytes:
    """The predictor as ONNX: any number of raw samples in, predictions out.

    Args:
        predictor: to be exported.
        features: whether the graph gives what the head reads, too; an ensemble has none.

    Raises:
        ArgumentError: a package is missing, or the model cannot be exported, and why.
    """
    require_packages()
    graph = (
        EnsembleGraph(predictor)
        if isinstance(predictor, Ensemble)
        else DecisionGraph(predictor, features)
    ).eval()
    name = _name(predictor)
    state = [*graph.parameters(), *graph.buffers()]
    size = sum(tensor.numel() * tensor.element_size() for tensor in state)
    if size > LARGEST:
        raise ArgumentError(
            f"an ONNX file holds less than 2 GiB; {name} has {size / 2**30:.2f} GiB of weights "
            "(export a smaller model)"
        )
    samples = torch.from_numpy(made_up(predictor, 2))
    try:
        # what torch and its parts say of their own code is nothing that a user could fix
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            program = torch.onnx.export(
                graph,
                (samples,),
                dynamo=True,
                dynamic_shapes=({0: torch.export.Dim(BATCH)},),
                input_names=[INPUT],
                output_names=list(graph.names),
                opset_version=OPSET,
                verbose=False,
            )
            assert program is not None
            model: ModelProto = program.model_proto
    except Exception as error:  # the exporter wraps whatever a model raises
        raise ArgumentError(
            f"{name} cannot be exported: {_reason(error)} (use counterpoise predict, or train "
            "another model)"
        ) from error
    if not model.graph.input[0].type.tensor_type.shape.dim[0].dim_param:
        raise ArgumentError(
            f"{name} cannot be exported: its graph holds for batches of {len(samples)} alone (use "
            "counterpoise predict, or train another model)"
        )
    _forget_sources(model)
    content: bytes = model.SerializeToString(deterministic=True)
    return content


def width(content: bytes, output: str) -> int | None:
    """Length of the rows of an output; None where the graph has none of this name."""
    import onnx

    for value in onnx.load_from_string(content).graph.output:
        if value.name == output:
            return int(value.type.tensor_type.shape.dim[1].dim_value)
    return None


def features_of(content: bytes, samples: npt.NDArray[Any], part: int = 64) -> npt.NDArray[Any]:
    """What the output "features" is for raw samples (N, ...): (N, D), float32."""
    session = _session(content)
    parts = [
        session.run(["features"], {INPUT: np.ascontiguousarray(samples[start : start + part])})[0]
        for start in range(0, len(samples), part)
    ]
    found: npt.NDArray[Any] = np.concatenate(parts)
    return found


def difference(predictor: Predictor | Ensemble, content: bytes, number: int = 5) -> float:
    """Largest distance from the predictor's own answers, on `number` made-up samples and on one.

    Of probabilities; of margins, divided by the largest where that is above 1.

    Raises:
        ArgumentError: it is above `TOLERANCE`, or a predicted class that is no tie differs.
    """
    session = _session(content)
    table = "scores" if predictor.scores == "margins" else "probabilities"
    largest = 0.0
    for samples in (made_up(predictor, number), made_up(predictor, 1)):
        found, label = session.run([table, "label"], {INPUT: samples})
        expected = predictor.predict(samples)
        right = expected.scores if expected.probabilities is None else expected.probabilities
        scale = max(1.0, float(np.abs(right).max())) if table == "scores" else 1.0
        largest = max(largest, float(np.abs(found - right).max()) / scale)
        rows = np.arange(len(samples))
        lead = np.abs(right[rows, expected.labels] - right[rows, label]) / scale
        if not (largest <= TOLERANCE and (lead <= 2 * TOLERANCE).all()):
            raise ArgumentError(
                f"{_name(predictor)} cannot be exported: ONNX Runtime's {table} are "
                f"{largest:.3g} from those of torch, and {TOLERANCE:g} is the most allowed "
                "(another version of onnxruntime, or counterpoise predict)"
            )
    return largest


def _session(content: bytes) -> Any:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])


def made_up(predictor: Predictor | Ensemble, number: int) -> npt.NDArray[Any]:
    """Raw samples (N, ...) of the right shape, type and size of numbers, always the same."""
    first = predictor.predictors[0] if isinstance(predictor, Ensemble) else predictor
    if first.table is not None:
        return _made_up_rows(first.table, number)
    preprocess = (first.frozen or first).preprocess
    rng = np.random.default_rng(0)
    shape = (number, *preprocess.shape)
    dtype = np.dtype(preprocess.dtype)
    if dtype == np.uint8:
        return rng.integers(0, 256, shape, dtype=np.uint8)
    shift, divisor = preprocess.constants()
    values = rng.standard_normal(shape, dtype=np.float32) * divisor + shift
    return values.round().astype(dtype) if dtype.kind in "iu" else values.astype(dtype)


def _made_up_rows(table: Encoding, number: int) -> npt.NDArray[np.float64]:
    """Rows of a table: numbers about as large as those of training, any category, some missing."""
    rng = np.random.default_rng(0)
    rows = np.empty((number, len(table.columns)))
    rows[:, table.numeric] = rng.standard_normal((number, len(table.fill))) * table.scale
    rows[:, table.numeric] += table.mean
    for place in table.categorical:
        rows[:, place] = rng.integers(-1, len(table.columns.columns[place].categories), number)
    rows[rng.random(rows.shape) < MISSING] = np.nan
    return rows


def _name(predictor: Predictor | Ensemble) -> str:
    if isinstance(predictor, Ensemble):
        return f"this ensemble of {len(predictor.members)}"
    spec = (predictor.classifier if predictor.frozen is None else predictor.frozen.classifier).spec
    return "this model" if spec is None else spec.name


def _reason(error: BaseException) -> str:
    """The first cause, which says what was wrong; its wrappers say how to report it."""
    while error.__cause__ is not None:
        error = error.__cause__
    first = str(error).strip().partition("\n")[0]
    return first or type(error).__name__


def _forget_sources(model: ModelProto) -> None:
    """Take out the lines and folders of the code that made each node, so that equal is equal."""
    graphs = [model.graph, *model.functions]
    for owner in graphs:
        owner.doc_string = ""
        del owner.metadata_props[:]
        for node in owner.node:
            node.doc_string = ""
            del node.metadata_props[:]
        for value in owner.value_info:
            del value.metadata_props[:]
    for value in (*model.graph.input, *model.graph.output, *model.graph.initializer):
        del value.metadata_props[:]
    model.doc_string = ""
    del model.metadata_props[:]
