"""Context-rich minority oversampling."""

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from counterpoise.augment.augmentation import Augmentation, on_device, require_images
from counterpoise.augment.mix import mixed, reordered
from counterpoise.batch import Batch, Mixed
from counterpoise.counts import ClassCounts
from counterpoise.errors import ArgumentError
from counterpoise.labels import LabelSource, class_labels, num_classes_of


class CMO(Augmentation):
    """Paste boxes of mostly rare-class images onto the images of the batch.

    Backgrounds are the batch as the sampler made it; foregrounds are drawn with weight
    ``n_y^-power`` per sample. They come from the whole training set once `attach` was called,
    as in the paper; otherwise from the batch itself, where rare classes may be missing.

    Args:
        labels: (N,) integer labels of the training set, or a data set that has them.
        seed: 0 or more.
        alpha: of the Beta distribution of the background's share, above 0; the paper's is 1.
        probability: share of the batches that are changed, in [0, 1]; the paper's is 0.5.
        power: how much rarer classes are preferred, 0 or more; the paper's is 1, which draws
            all classes alike.

    Shapes: inputs (B, C, H, W) float, target (B,) int64 -> `Batch` or `Mixed` of B samples.

    Raises:
        ArgumentError: inputs that are not images, or a setting outside its range.

    Reference: Park et al. 2022, algorithm 1; the box is Yun et al. 2019 (CutMix).

    >>> cmo = CMO([0] * 9 + [1], seed=0, probability=1.0)
    >>> white, black = torch.ones(9, 1, 8, 8), torch.zeros(1, 1, 8, 8)
    >>> out = cmo(Batch(torch.cat((white, black)), torch.tensor([0] * 9 + [1])))
    >>> out.target.sum(), out.other.sum() > 2  # of 10: mostly the rare class is pasted
    (tensor(1), tensor(True))
    """

    mixes = True  # its result has two labels, so nothing may follow it
    needs_images = True  # recipes leave it out, or refuse it, for other kinds of data

    def __init__(
        self,
        labels: LabelSource,
        *,
        seed: int,
        alpha: float = 1.0,
        probability: float = 0.5,
        power: float = 1.0,
    ) -> None:
        super().__init__(seed)
        if not alpha > 0 or not 0 <= probability <= 1 or not power >= 0:
            raise ArgumentError(
                "alpha is above 0, probability in [0, 1], power 0 or more; got "
                f"alpha {alpha}, probability {probability}, power {power}"
            )
        self.alpha, self.probability = float(alpha), float(probability)
        array = class_labels(labels)
        counts = np.asarray(ClassCounts.from_labels(array, max(2, num_classes_of(array))).values)
        preference = np.maximum(counts, 1).astype(np.float64) ** -power  # (K,)
        self._preference = torch.from_numpy(preference)
        self._edges = np.cumsum(preference[array])  # (N,)
        self._fetch: Callable[[Tensor], Batch] | None = None

    def attach(self, fetch: Callable[[Tensor], Batch]) -> None:
        """Take foregrounds from the training set: `fetch` makes a batch of indices (B,)."""
        self._fetch = fetch

    def _change(self, batch: Batch, random: np.random.Generator) -> Batch | Mixed:
        require_images(batch.inputs, "CMO")
        if random.random() >= self.probability:
            return batch
        points = random.random(len(batch.target))
        front = self._foreground(batch, points)
        height, width = batch.inputs.shape[2:]
        side = (1 - random.beta(self.alpha, self.alpha)) ** 0.5
        top, bottom = _span(height, side, random)
        left, right = _span(width, side, random)
        inputs = batch.inputs.clone()
        inputs[:, :, top:bottom, left:right] = front.inputs[:, :, top:bottom, left:right]
        kept = 1 - (bottom - top) * (right - left) / (height * width)
        return mixed(batch, inputs, front, inputs.new_full((len(points),), kept))

    def _foreground(self, batch: Batch, points: npt.NDArray[np.float64]) -> Batch:
        """As many samples as the batch has, by `points` (B,) in [0, 1) and preference."""
        if self._fetch is not None:
            index = np.searchsorted(self._edges, points * self._edges[-1], side="right")
            return self._fetch(torch.from_numpy(index.clip(max=len(self._edges) - 1)))
        self._preference = self._preference.to(batch.target.device)
        edges = torch.cumsum(self._preference[batch.target], 0)
        wanted = on_device(points, edges) * edges[-1]
        order = torch.searchsorted(edges, wanted, right=True).clamp_max(len(points) - 1)
        return reordered(batch, order)


def _span(size: int, side: float, random: np.random.Generator) -> tuple[int, int]:
    """Where a box of `side` times `size` around a random centre begins and ends, cut off."""
    centre, half = random.integers(size), int(size * side) // 2
    return max(0, int(centre) - half), min(size, int(centre) + half)
