"""Features on disk, so that trainings with the same frozen blocks compute them once."""

from __future__ import annotations

import hashlib
import shutil
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from counterpoise.atomic import locked, replacing
from counterpoise.train.feed import Feed

MOST_BYTES = 8 << 30  # on disk, in all
WORTH = 1.0  # seconds; what is computed sooner is not written

Computed = tuple[Tensor, str]


class FeatureStore:
    """Features by their content: network, samples, and how these were changed.

    What is read is what was written, bit for bit, so nothing that is trained depends on whether
    another training came first. Several processes may share the folder; who needs what another
    is computing waits for it. Files of image streams are not shared: their pixels are unknown.

    Args:
        folder: is made when something is written.
        about: text that, beside parameters and buffers, says what the network computes.
    """

    def __init__(self, folder: Path, about: str) -> None:
        self.folder, self.about = folder, about

    def take(
        self,
        blocks: dict[str, nn.Module],
        feed: Feed,
        changed: str,
        compute: Callable[[], Computed | None],
    ) -> Computed | None:
        """Features (M, ...) and a note, read or computed and then kept.

        Args:
            blocks: what computes them, in evaluation mode, by their names.
            feed: the samples.
            changed: text that says what was done to the samples; empty for nothing.
            compute: makes features and note; None where features would not fit.
        """
        if feed.streams:
            return compute()
        path = self.folder / f"{self._key(blocks, feed, changed)}.npz"
        with locked(path.with_suffix(".lock")):
            if path.exists():
                with np.load(path) as kept:
                    features = torch.from_numpy(kept["features"]).to(feed.device)
                    return features, str(kept["note"])
            start = time.perf_counter()
            made = compute()
            if made is not None and time.perf_counter() - start > WORTH:
                self._keep(path, *made)
            return made

    def _keep(self, path: Path, features: Tensor, note: str) -> None:
        held = sum(file.stat().st_size for file in self.folder.glob("*.npz"))
        needed = features.nbytes
        if held + needed > MOST_BYTES or 2 * needed > shutil.disk_usage(self.folder).free:
            return
        with replacing(path) as stream:
            np.savez(stream, features=features.cpu().numpy(), note=np.array(note))

    def _key(self, blocks: dict[str, nn.Module], feed: Feed, changed: str) -> str:
        inputs = feed.inputs
        where: list[str | int] = [feed.device.type, torch.get_num_threads()]
        if feed.device.type == "cuda":
            where.append(torch.cuda.get_device_name(feed.device))
        said = (torch.__version__, self.about, changed, repr(feed.preprocess), where)
        found = hashlib.sha256(repr((said, tuple(inputs.shape), inputs.dtype)).encode())
        for name, block in blocks.items():
            for key, value in block.state_dict(prefix=f"{name}.").items():
                found.update(f"{key} {value.dtype} {tuple(value.shape)}".encode())
                found.update(_bytes(value))
        found.update(_bytes(inputs))
        return found.hexdigest()


def _bytes(tensor: Tensor) -> memoryview:
    flat = tensor.detach().cpu().contiguous().reshape(-1)
    return flat.view(torch.uint8).numpy().data
