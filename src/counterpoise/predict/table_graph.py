"""The encoding of a table's rows as one module of tensors: what is exported of it."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from counterpoise.data.tables.encoding import FIRST, Encoding


class EncodeRows(nn.Module):
    """``Encoding`` with its arrays as buffers: rows (B, D) float64 to (B, width) float32.

    >>> import numpy as np
    >>> from counterpoise.data.tables.columns import Column, Columns
    >>> columns = Columns((Column("age", "number"), Column("plan", "category", ("a", "b"))), "y")
    >>> rows = np.array([[20.0, 0.0], [40.0, 1.0], [np.nan, -1.0]])
    >>> encoding = Encoding.fit(columns, rows[:2])
    >>> bool((EncodeRows(encoding)(torch.from_numpy(rows)).numpy() == encoding(rows)).all())
    True
    """

    numeric: Tensor
    fill: Tensor
    mean: Tensor
    scale: Tensor
    indicated: Tensor

    def __init__(self, encoding: Encoding) -> None:
        super().__init__()
        self.register_buffer("numeric", torch.from_numpy(encoding.numeric))
        for name in ("fill", "mean", "scale"):
            self.register_buffer(name, torch.from_numpy(getattr(encoding, name).copy()))
        self.register_buffer("indicated", torch.from_numpy(encoding.indicated.nonzero()[0]))
        self.categorical = encoding.categorical.tolist()
        self.widths = encoding.widths
        for number, slots in enumerate(encoding.slots):
            self.register_buffer(f"slots_{number}", torch.from_numpy(slots))

    def forward(self, rows: Tensor) -> Tensor:
        numbers = rows.index_select(1, self.numeric)
        missing = numbers.isnan()
        parts = [(torch.where(missing, self.fill, numbers) - self.mean) / self.scale]
        parts.append(missing.index_select(1, self.indicated).to(rows.dtype))
        for number, (place, width) in enumerate(zip(self.categorical, self.widths, strict=True)):
            codes = rows[:, place]
            known = torch.where(codes.isnan(), -float(FIRST), codes).long() + FIRST
            slots = getattr(self, f"slots_{number}")[known]
            places = torch.arange(width, device=rows.device)
            parts.append((slots.unsqueeze(1) == places).to(rows.dtype))
        return torch.cat(parts, dim=1).float()
