"""Random squares against every place that they may come from."""

import pytest
import torch

from counterpoise.batch import Batch
from counterpoise.errors import ArgumentError
from counterpoise.train.cut import Cut


def test_each_image_gives_a_square_of_its_own_from_any_place() -> None:
    images = torch.arange(200 * 2 * 6 * 5, dtype=torch.float32).view(200, 2, 6, 5)
    given = Batch(images, torch.arange(200), index=torch.arange(200))
    cut = Cut(4, seed=0)
    out = cut(given)
    assert isinstance(out, Batch)
    assert out.inputs.shape == (200, 2, 4, 4)
    assert torch.equal(out.target, given.target)
    places = []
    for i in range(200):
        found = [
            (y, x)
            for y in range(3)
            for x in range(2)
            if torch.equal(images[i, :, y : y + 4, x : x + 4], out.inputs[i])
        ]
        assert len(found) == 1
        places += found
    counts = [places.count((y, x)) for y in range(3) for x in range(2)]
    assert min(counts) > 15, "200 draws of six places"
    again = cut(given)
    assert isinstance(again, Batch)
    assert not torch.equal(again.inputs, out.inputs), "other places each time"
    other = Cut(4, seed=0)
    other.load_state_dict({"calls": 1})
    resumed = other(given)
    assert isinstance(resumed, Batch)
    assert torch.equal(resumed.inputs, again.inputs)


def test_series_are_refused() -> None:
    with pytest.raises(ArgumentError, match="images"):
        Cut(4, seed=0)(Batch(torch.zeros(2, 3, 9), torch.tensor([0, 1])))
