"""An exported model, run by ONNX Runtime: neither torch nor a training is needed."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from counterpoise.data.decode import Pixels, decode_bytes
from counterpoise.data.size import RESIZES
from counterpoise.errors import ArgumentError, CheckpointError
from counterpoise.predict.prediction import Prediction
from counterpoise.records import ExportRecord

if TYPE_CHECKING:
    from onnxruntime import InferenceSession

MODEL, DESCRIPTION = "model.onnx", "export.json"


class ExportedModel:
    """What `counterpoise export` wrote, as a function of raw samples. Threads may share it.

    Args:
        described: content of export.json.
        content: content of model.onnx.
        threads: of ONNX Runtime, for one call.

    Raises:
        ArgumentError: onnxruntime is not installed.
        CheckpointError: the content is not what `described` says, or no graph.
    """

    def __init__(self, described: ExportRecord, content: bytes, threads: int = 1) -> None:
        self.described = described
        self.folder: Path | None = None  # that it was read from
        self.classes = described.classes
        self.kind = described.input.kind
        self.shape = tuple(int(n) for n in described.input.shape[1:])  # of one sample
        self.dtype = np.dtype(described.input.dtype)
        self.digests = digests_of(described, content)
        self.digest = self.digests[0]  # or another of them: see `call`
        if described.files[MODEL].sha256 != hashlib.sha256(content).hexdigest():
            raise CheckpointError(
                f"{MODEL} ({len(content)} bytes) does not have the digest of {DESCRIPTION}; export "
                "the predictor again"
            )
        self._session = _session(content, threads)

    @classmethod
    def load(cls, folder: str | Path, threads: int = 1) -> ExportedModel:
        """Read an exported folder.

        Raises:
            ArgumentError: onnxruntime is not installed.
            CheckpointError: a file is missing, damaged, or of a newer version.
        """
        path = Path(folder)
        described = ExportRecord.read(path / DESCRIPTION)
        try:
            content = (path / MODEL).read_bytes()
        except OSError as error:
            raise CheckpointError(f"cannot read {error.filename}: {error.strerror}") from error
        model = cls(described, content, threads)
        model.folder = path
        return model

    def call(self, digest: str) -> None:
        """Have `digest` be the one by which a server knows this model.

        Raises:
            CheckpointError: it is none of this model's.
        """
        if digest not in self.digests:
            raise CheckpointError(f"this is model {self.digests[0][:12]}, and not {digest[:12]}")
        self.digest = digest

    def decode(self, content: bytes) -> Pixels:
        """An image file as a raw sample (C, H, W), decoded as the images of the training were.

        Raises:
            ArgumentError: the model does not read images of 8 bits.
            DataError: truncated, damaged, or no image.
        """
        how = self.described.input.decode
        if how is None or self.dtype != np.uint8:
            raise ArgumentError(
                f"this model reads {self.kind}s of {self.dtype}; an image file has 8-bit pixels"
            )
        rule = next((known for known in RESIZES if known == how.resize), None)
        if rule is None:
            raise ArgumentError(
                f"images were brought to size by '{how.resize}', which this version cannot; "
                "upgrade counterpoise"
            )
        depth = 1 if how.channels == "grey" else 3
        return decode_bytes(content, (how.height, how.width), depth, rule)

    @property
    def has_features(self) -> bool:
        """Whether it was exported with features: ``counterpoise export --features``."""
        return "features" in self.described.outputs

    def features(self, samples: npt.NDArray[Any]) -> npt.NDArray[np.float32] | None:
        """What the head reads of raw samples, (N, D); None where it was exported without."""
        if not self.has_features:
            return None
        self._require(samples)
        found: npt.NDArray[np.float32]
        (found,) = self._session.run(["features"], {self.described.input.name: samples})
        return found

    def predict(self, samples: npt.NDArray[Any]) -> Prediction:
        """Predict the class of raw samples (N, ...), of the type and shape of the training's.

        Raises:
            ArgumentError: another shape or type, or numbers that are not finite.
        """
        self._require(samples)
        margins = self.described.scores == "margins"
        shares = [] if margins else ["probabilities"]
        names = ["label", "scores", *shares]
        label, scores, *found = self._session.run(names, {self.described.input.name: samples})
        factors = self.described.correction
        if factors is not None and found:
            moved = corrected(np.asarray(found[0]), np.array(factors))
            return Prediction(moved.argmax(1), self.classes, moved, moved)
        return Prediction(label, self.classes, scores, found[0] if found else None)

    def _require(self, samples: npt.NDArray[Any]) -> None:
        """Refuse samples of another shape or type, and numbers that are not finite."""
        if samples.shape[1:] != self.shape or samples.dtype != self.dtype:
            raise ArgumentError(
                f"samples are {self.dtype} (N, {', '.join(map(str, self.shape))}); got "
                f"{samples.dtype} {samples.shape}"
            )
        if self.described.input.columns:  # NaN says that a cell is missing
            if np.isinf(samples).any():
                raise ArgumentError("numbers of a table are finite, or NaN where they are missing")
            return
        if self.dtype.kind == "f" and not np.isfinite(samples).all():
            raise ArgumentError("samples are finite numbers; got NaN or infinity")


def corrected(
    probabilities: npt.NDArray[np.float64], factors: npt.NDArray[np.float64]
) -> npt.NDArray[np.float64]:
    """Probabilities (N, K) times a factor for each class, scaled to sum to 1 again.

    >>> corrected(np.array([[0.5, 0.5]]), np.array([3.0, 1.0])).tolist()
    [[0.75, 0.25]]
    """
    rows = probabilities * factors
    total = rows.sum(axis=1, keepdims=True)
    found: npt.NDArray[np.float64]
    found = np.where(total > 0, rows / np.where(total > 0, total, 1), probabilities)
    return found


def digests_of(described: ExportRecord, content: bytes) -> tuple[str, str]:
    """What names a model: a digest of model.onnx, its class names, and its correction.

    The second is the one that servers gave it before, without the names: what they wrote has it.
    """
    digest = hashlib.sha256(content)
    before = digest.copy()
    if described.correction is not None:
        before.update(np.array(described.correction, "<f8").tobytes())
    factors = None if described.correction is None else list(described.correction)
    said = {"classes": list(described.classes), "correction": factors}
    digest.update(json.dumps(said).encode())
    return digest.hexdigest(), before.hexdigest()


def _session(content: bytes, threads: int) -> InferenceSession:
    try:
        import onnxruntime
    except ImportError as error:
        raise ArgumentError(
            "an exported model is run by onnxruntime, which is not installed "
            "(pip install 'counterpoise[serve]')"
        ) from error
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.log_severity_level = 3  # its warnings are about its own optimizations
    try:
        return onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])
    except Exception as error:  # of a class of its own for each fault
        raise CheckpointError(f"{MODEL} cannot be run: {error}") from error
