"""Raw inputs -> what a network reads; the constants travel with the saved model."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Literal, NotRequired, TypedDict, cast, overload

import numpy as np
from numpy.typing import NDArray

from counterpoise.data.cropping import centre
from counterpoise.data.labelled import Kind
from counterpoise.data.moments import moments, of_histogram, of_sums
from counterpoise.data.normalise import Constants, normalised
from counterpoise.data.size import RESIZES, STRETCH, Resize
from counterpoise.data.whitening import Whitening, require_small_images, whitened
from counterpoise.errors import ArgumentError, CheckpointError, near

if TYPE_CHECKING:
    from torch import Tensor

Mode = Literal["standard", "imagenet", "unit", "none", "gcn-zca"]
MODES: tuple[Mode, ...] = ("standard", "imagenet", "unit", "none", "gcn-zca")
REVISION = 2  # in the identity of what is trained on inputs that are not bytes
IMAGENET_MEAN = (0.485, 0.456, 0.406)  # of RGB in [0, 1], as torchvision's weights expect
IMAGENET_STD = (0.229, 0.224, 0.225)


class PreprocessDict(TypedDict):
    """JSON form of a `Preprocess`."""

    name: str
    kind: str
    shape: list[int]
    mean: list[float]
    std: list[float]
    scale: float
    dtype: str
    resize: str | None
    crop: NotRequired[int]
    whitening: NotRequired[str]


@dataclass(frozen=True)
class Preprocess:
    """``(x * scale - mean) / std`` as float32; per channel, or per feature for vectors.

    Fit it on training inputs only: constants of the whole set would leak test data. Bytes are
    computed in float32, which holds them exactly, everything else in float64: features of any
    scale and offset, such as times in milliseconds, keep what distinguishes them.

    Args:
        name: the mode that made it.
        kind: "image", "series" or "vector".
        shape: of one sample, (C, H, W), (C, T) or (D,).
        mean: one value per channel (C,) or feature (D,).
        std: likewise; a channel that never varies has 1.
        scale: factor applied first, 1/255 for images of bytes.
        dtype: of the training inputs, such as "uint8" or "float64".
        resize: how image files come to `shape`, by name; see ``data.decode``.
        crop: side of the square in the middle of an image that is kept; 0 keeps all of it.
        whitening: for "gcn-zca", instead of mean and std, which are 0 and 1 then.

    >>> grey = Preprocess.fit("unit", np.array([[[[0, 255]]]], dtype=np.uint8))
    >>> grey.apply(np.array([[[[51, 255]]]], dtype=np.uint8))
    array([[[[0.2, 1. ]]]], dtype=float32)
    """

    name: Mode
    kind: Kind
    shape: tuple[int, ...]
    mean: tuple[float, ...]
    std: tuple[float, ...]
    scale: float
    dtype: str
    resize: Resize = STRETCH
    crop: int = 0
    whitening: Whitening | None = None
    _cache: dict[str, tuple[Tensor, Tensor]] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )

    def __getstate__(self) -> dict[str, object]:
        return {**self.__dict__, "_cache": {}}  # tensors stay on their device

    @classmethod
    def fit(cls, mode: Mode, inputs_train: NDArray[np.generic]) -> Preprocess:
        """Take the constants from training inputs (N, C, H, W), (N, C, T) or (N, D).

        "standard": mean 0, sd 1 per channel or feature. "imagenet": RGB images of bytes with
        torchvision's constants; images of other numbers, which have no range of their own, as
        "standard". "unit": images of bytes to [0, 1],
        others divided by their largest magnitude. "none": the raw values as float32. "gcn-zca":
        images by global contrast normalisation, then ZCA whitening, as All-CNN's CIFAR-10.

        Raises:
            ArgumentError: unknown mode, no sample, "imagenet" for anything but RGB images,
                "gcn-zca" for anything but small images, or "none" for values that float32 cannot
                hold.
        """
        if mode not in MODES:
            raise ArgumentError(f"unknown preprocessing '{mode}'{near(mode, MODES)}")
        if inputs_train.ndim not in (2, 3, 4) or not len(inputs_train):
            raise ArgumentError(
                f"inputs are (N, C, H, W), (N, C, T) or (N, D), N > 0; got {inputs_train.shape}"
            )
        kinds: dict[int, Kind] = {2: "vector", 3: "series", 4: "image"}
        kind = kinds[inputs_train.ndim]
        shape = tuple(int(n) for n in inputs_train.shape[1:])
        channels = shape[0]
        mean, std = (0.0,) * channels, (1.0,) * channels
        if mode == "gcn-zca":
            require_small_images(kind, shape)
            found = Whitening.fit_contrast(inputs_train)
            dtype = str(inputs_train.dtype)
            return cls(mode, kind, shape, mean, std, 1.0, dtype, whitening=found)
        pixels = kind == "image" and inputs_train.dtype == np.uint8
        scale = 1 / 255 if pixels and mode != "none" else 1.0
        if mode == "imagenet" and (kind != "image" or channels != 3):
            raise ArgumentError(
                f"imagenet preprocessing is for RGB images (3, H, W); got {kind} {shape} "
                "(load with channels=3)"
            )
        if mode == "imagenet" and pixels:
            mean, std = IMAGENET_MEAN, IMAGENET_STD
        elif mode in ("imagenet", "standard"):
            mean, std = moments(inputs_train, scale)
        elif not pixels:
            largest = max(abs(float(inputs_train.max())), abs(float(inputs_train.min())))
            if mode == "unit":
                std = (largest or 1.0,) * channels
            elif largest > float(np.finfo(np.float32).max):
                raise ArgumentError(
                    f"without preprocessing values are at most 3.4e38, as float32 holds them; got "
                    f'{largest:.3g} (preprocess "standard")'
                )
        return cls(mode, kind, shape, mean, std, scale, str(inputs_train.dtype))

    @classmethod
    def fit_histogram(
        cls, mode: Mode, shape: tuple[int, ...], counts: NDArray[np.int64]
    ) -> Preprocess:
        """What `fit` makes of images ``(N, *shape)`` whose bytes occur `counts` (C, 256) often."""
        made = cls.fit(mode, np.zeros((1, *shape), dtype=np.uint8))
        if mode != "standard":
            return made
        mean, std = of_histogram(counts, made.scale)
        return replace(made, mean=mean, std=std)

    @classmethod
    def fit_sums(cls, mode: Mode, shape: tuple[int, ...], found: NDArray[np.int64]) -> Preprocess:
        """What `fit` makes of int32 images ``(N, *shape)`` of which `moments.sums` are known."""
        made = cls.fit(mode, np.zeros((1, *shape), dtype=np.int32))
        if mode in ("standard", "imagenet"):
            mean, std = of_sums(found)
            return replace(made, mean=mean, std=std)
        largest = float(max(abs(int(found[..., 1].min())), abs(int(found[..., 2].max()))))
        return replace(made, std=(largest or 1.0,) * shape[0]) if mode == "unit" else made

    @overload
    def apply(self, inputs: NDArray[np.generic]) -> NDArray[np.float32]: ...
    @overload
    def apply(self, inputs: Tensor) -> Tensor: ...
    def apply(self, inputs: NDArray[np.generic] | Tensor) -> NDArray[np.float32] | Tensor:
        """Float32 (N, ...) of a numpy array or of a torch tensor, on the tensor's device.

        Never changes its argument. Numpy and torch give the same bits on the CPU.

        Raises:
            ArgumentError: channels or features do not fit.
        """
        if inputs.ndim != len(self.shape) + 1 or inputs.shape[1] != self.shape[0]:
            raise ArgumentError(
                f"preprocessing was fitted on samples {self.shape}; "
                f"got a batch {tuple(inputs.shape)}"
            )
        if self.crop:
            inputs = centre(inputs, self.crop)
        if self.whitening is not None:
            if isinstance(inputs, np.ndarray):
                import torch

                return cast(NDArray[np.float32], self.apply(torch.tensor(inputs)).numpy())
            return whitened(inputs, *self._tensors(inputs))
        if isinstance(inputs, np.ndarray):
            shift, divisor = self.constants()
            return normalised(inputs, shift, divisor)
        shift_, divisor_ = self._tensors(inputs)
        rows = inputs.ndim == 4 and inputs.shape[1] > 1 and inputs.stride(1) == 1
        if rows and inputs.device.type == "cpu" and inputs.element_size() == 1:
            import torch

            # Bytes that threads have decoded: torch's own threads would take the cores from them,
            # and three channels at a time are too few for its vectors.
            made = normalised(inputs.numpy(), shift_.numpy(), divisor_.numpy())
            return torch.from_numpy(made)
        return inputs.to(shift_.dtype, copy=True).sub_(shift_).div_(divisor_).float()

    def undo(self, outputs: Tensor) -> Tensor:
        """Raw values (N, ...) of what `apply` gave; integers are to be rounded by the caller.

        >>> unit = Preprocess.fit("unit", np.zeros((1, 1, 2, 2), dtype=np.uint8))
        >>> import torch
        >>> unit.undo(torch.full((1, 1, 2, 2), 0.2)).unique()
        tensor([51.])
        """
        if self.whitening is not None:
            raise ArgumentError(
                "offline augmentation keeps raw images, and gcn-zca cannot be turned back (use "
                "augment instead of offline, or another train.preprocess)"
            )
        shift, divisor = self._tensors(outputs)
        return outputs * divisor + shift

    def tensors(self) -> dict[str, Tensor]:
        """What is saved beside `to_dict`: the constants that JSON is no place for."""
        return {} if self.whitening is None else self.whitening.tensors()

    @property
    def read_shape(self) -> tuple[int, ...]:
        """Shape of one sample as a network reads it."""
        return (self.shape[0], self.crop, self.crop) if self.crop else self.shape

    def to_dict(self) -> PreprocessDict:
        """Plain values that JSON can hold; floats survive exactly."""
        found: PreprocessDict = {
            "name": self.name,
            "kind": self.kind,
            "shape": list(self.shape),
            "mean": list(self.mean),
            "std": list(self.std),
            "scale": self.scale,
            "dtype": self.dtype,
            "resize": self.resize if self.kind == "image" else None,
        }
        if self.crop:
            found["crop"] = self.crop
        return found if self.whitening is None else {**found, "whitening": self.whitening.sha256}

    @classmethod
    def from_dict(
        cls, values: Mapping[str, object], tensors: Mapping[str, Tensor] | None = None
    ) -> Preprocess:
        """Inverse of `to_dict` and `tensors`.

        Raises:
            CheckpointError: a key is missing, or the lengths do not fit.
        """
        given = cast(PreprocessDict, values)
        try:
            usual = "uint8" if given["kind"] == "image" else "float32"  # of what does not say it
            made = cls(
                name=cast(Mode, given["name"]),
                kind=cast(Kind, given["kind"]),
                shape=tuple(int(n) for n in given["shape"]),
                mean=tuple(float(v) for v in given["mean"]),
                std=tuple(float(v) for v in given["std"]),
                scale=float(given["scale"]),
                dtype=str(np.dtype(given.get("dtype") or usual)),
                resize=cast(Resize, given.get("resize") or STRETCH),
                crop=int(given.get("crop", 0)),
            )
        except (KeyError, TypeError, ValueError) as error:
            raise CheckpointError(f"damaged preprocessing: {error!r}") from error
        if made.name not in MODES or not len(made.mean) == len(made.std) == made.shape[0]:
            raise CheckpointError(f"damaged preprocessing: {dict(values)}")
        if made.name == "gcn-zca":
            held = Whitening.restored(given.get("whitening"), tensors or {})
            made = replace(made, whitening=held)
        if made.resize not in RESIZES:
            raise CheckpointError(
                f"this model reads images resized by '{made.resize}'; this version knows "
                f"{' and '.join(RESIZES)} alone"
            )
        return made

    def constants(self) -> tuple[Constants, Constants]:
        """Shift and divisor of ``(x - shift) / divisor``, shaped to broadcast over a batch.

        Float32 for bytes, else float64: the type to compute in. Of a whitening its mean and matrix.
        """
        if self.whitening is not None:
            return self.whitening.mean, self.whitening.matrix
        form = (len(self.mean),) + (1,) * (len(self.shape) - 1)
        dtype: type[np.floating[Any]] = np.float32 if self.dtype == "uint8" else np.float64
        shift = np.array(self.mean, dtype=np.float64) / self.scale
        divisor = np.array(self.std, dtype=np.float64) / self.scale
        return shift.astype(dtype).reshape(form), divisor.astype(dtype).reshape(form)

    def _tensors(self, inputs: Tensor) -> tuple[Tensor, Tensor]:
        """The constants on the device of `inputs`; copied there once, since a copy stalls a GPU."""
        key = str(inputs.device)
        if key not in self._cache:
            import torch

            with torch.inference_mode(False):
                shift, divisor = (torch.from_numpy(c).to(inputs.device) for c in self.constants())
            self._cache[key] = (shift, divisor)
        return self._cache[key]
