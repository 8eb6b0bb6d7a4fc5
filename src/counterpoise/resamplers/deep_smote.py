"""DeepSMOTE: SMOTE between the codes of an autoencoder."""

from __future__ import annotations

from dataclasses import replace
from typing import ClassVar

import torch
from torch import Tensor

from counterpoise.errors import ArgumentError, near
from counterpoise.resamplers.autoencoder import (
    COLOUR_CODE,
    GREY_CODE,
    Decoder,
    Encoder,
)
from counterpoise.resamplers.problem import Made, Problem
from counterpoise.resamplers.reconstruction import Penalty, Pixels, Training, learn
from counterpoise.resamplers.resampler import (
    DEFAULT_MEMORY,
    RandomState,
    Resampler,
    check_count,
)
from counterpoise.resamplers.smote import fill
from counterpoise.resamplers.strategy import Strategy

PENALTIES = ("paper", "released")
BLOCK = 256  # images that pass a network at once without learning


class DeepSMOTE(Resampler):
    """Add images that lie between two of a class in the codes of an autoencoder.

    It trains that autoencoder on all images first. With the paper's width and epochs this wants a
    GPU: on a CPU core one update on 28x28 pixels takes seconds, and `width` 16 a tenth of that.

    Args:
        sampling_strategy: as in imbalanced-learn; "auto" raises all classes to the largest.
        k_neighbors: of SMOTE; a class of n < k + 1 images uses n - 1, one image is made again and
            again, with a warning.
        penalty: "paper" compares images of a class with others of it that were decoded in their
            place, so that made images vary less and blur more; "released" is the public code,
            where this is a reconstruction error of one class.
        epochs: passes over the images; the epoch of the lowest loss is kept.
        batch_size: images of a mixed batch, and the most of one class for the penalty.
        lr: of Adam.
        width: channels of the first convolution; the largest layer has 8 times as many.
        code_size: numbers in a code; 300 for grey and 600 for colour when None.
        random_state: integer, generator of numpy, or None. It fixes everything on a CPU; sums on
            a GPU may round differently from run to run.
        max_memory: bytes of SMOTE beyond the codes.

    Attributes:
        losses_: of each epoch; none where there was nothing to make.
        encoder_: images in [-1, 1], (B, C, S, S), to codes.
        decoder_: codes to images in [-1, 1].

    Shapes: X (N, C, S, S), C 1 or 3, S 28 to 64, of any range, y (N,) -> (M, C, S, S), (M,),
    originals first.

    Raises:
        DataError: not square images of that size.
        ArgumentError: an option breaks its rule.
        DivergedError: the training loss stopped being finite.

    Reference: Dablain, Krawczyk and Chawla 2022; sizes other than 28 and 32 are our own

    >>> import numpy as np
    >>> X = np.random.default_rng(0).integers(0, 256, (9, 1, 28, 28), dtype=np.uint8)
    >>> sampler = DeepSMOTE(epochs=1, width=2, random_state=0)
    >>> images, labels = sampler.fit_resample(X, np.array([0, 0, 0, 0, 0, 0, 1, 1, 1]))
    >>> images.shape, images.dtype, labels[9:].tolist()
    ((12, 1, 28, 28), dtype('uint8'), [1, 1, 1])
    """

    needs_images = True
    image_sides: ClassVar[tuple[int, int] | None] = (28, 64)

    def __init__(
        self,
        *,
        sampling_strategy: Strategy = "auto",
        k_neighbors: int = 5,
        penalty: Penalty = "paper",
        epochs: int = 200,
        batch_size: int = 100,
        lr: float = 2e-4,
        width: int = 64,
        code_size: int | None = None,
        random_state: RandomState = None,
        max_memory: int = DEFAULT_MEMORY,
    ) -> None:
        self.sampling_strategy = sampling_strategy
        self.k_neighbors = k_neighbors
        self.penalty = penalty
        self.epochs = epochs
        self.batch_size = batch_size
        self.lr = lr
        self.width = width
        self.code_size = code_size
        self.random_state = random_state
        self.max_memory = max_memory

    def _check_options(self) -> None:
        self._training()

    def _resample(self, problem: Problem) -> Made:
        training = self._training()
        self._make_networks(problem)
        pixels = Pixels(problem.points, problem.shape)
        self.losses_: list[float] = []
        made = problem.grown()
        if any(problem.extra):
            with torch.inference_mode(False), torch.enable_grad():
                self.losses_ = learn(self.encoder_, self.decoder_, pixels, problem, training)
        self.encoder_.eval()
        self.decoder_.eval()
        end = len(pixels)
        with torch.no_grad():
            codes = replace(problem, points=self._codes(pixels)) if any(problem.extra) else problem
            for k, extra in enumerate(problem.extra):
                if extra:
                    between = codes.points.new_empty(extra, codes.points.shape[1])
                    fill(between, codes, k, self.k_neighbors, self.max_memory)
                    self._decode(made.points[end : end + extra], between, pixels)
                end += extra
        return made

    def _training(self) -> Training:
        """The options of training, checked."""
        for name in ("k_neighbors", "epochs", "width", "max_memory"):
            check_count(name, getattr(self, name))
        check_count("batch_size", self.batch_size, 2)
        if self.code_size is not None:
            check_count("code_size", self.code_size)
        if self.penalty not in PENALTIES:
            hint = near(str(self.penalty), PENALTIES)
            raise ArgumentError(f'penalty is "paper" or "released"; got {self.penalty!r}{hint}')
        if not self.lr > 0:
            raise ArgumentError(f"lr is above 0; got {self.lr!r}")
        return Training(self.penalty, self.epochs, self.batch_size, self.lr)

    def _make_networks(self, problem: Problem) -> None:
        """Fresh ones on the device of the data, their values drawn from our generator alone."""
        channels, size, _ = problem.shape
        code = self.code_size or (GREY_CODE if channels == 1 else COLOUR_CODE)
        seed = int(torch.randint(2**62, (), generator=problem.random))
        device, layout = problem.points.device, torch.channels_last
        with torch.inference_mode(False), torch.random.fork_rng(devices=[]):
            torch.default_generator.manual_seed(seed)
            encoder = Encoder(channels, size, code, width=self.width)
            decoder = Decoder(channels, size, code, width=self.width)
            self.encoder_ = encoder.to(device, memory_format=layout)  # type: ignore[call-overload]
            self.decoder_ = decoder.to(device, memory_format=layout)  # type: ignore[call-overload]

    def _codes(self, pixels: Pixels) -> Tensor:
        """Codes (N, Z) of all samples."""
        starts = range(0, len(pixels), BLOCK)
        return torch.cat([self.encoder_(pixels.images(slice(s, s + BLOCK))) for s in starts])

    def _decode(self, room: Tensor, codes: Tensor, pixels: Pixels) -> None:
        """Write the images of `codes` (M, Z) into `room` (M, D)."""
        for start in range(0, len(codes), BLOCK):
            rows = slice(start, start + BLOCK)
            room[rows] = pixels.values(self.decoder_(codes[rows]))
