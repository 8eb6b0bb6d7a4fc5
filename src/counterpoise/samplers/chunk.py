"""What an iterator over a stream holds ready."""

from torch import Tensor

CHUNK = 4096  # indices that an iterator holds ready


class Chunk:
    """Indices that an iterator holds ready, so that giving one out costs next to nothing.

    `used` says how many were given out, once the stream has settled; `left` is what its round
    had left before them.
    """

    def __init__(self, indices: Tensor, left: int) -> None:
        self.values = iter(indices.tolist())
        self.used = len(indices)
        self.left = left
