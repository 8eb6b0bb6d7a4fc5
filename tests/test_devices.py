"""One rule for the names of devices, wherever one is given."""

import pytest

from counterpoise.devices import require_device_name
from counterpoise.errors import ArgumentError
from counterpoise.experiments.options import Options
from counterpoise.predict.restore import require_device
from counterpoise.train.device import resolve


@pytest.mark.parametrize("name", ["auto", "cpu", "cuda", "cuda:0", "cuda:12"])
def test_names(name: str) -> None:
    assert require_device_name(name) == name


@pytest.mark.parametrize("name", ["mps", "mps:0", "gpu", "cuda:", "cuda:x", "CPU", ""])
def test_every_door_refuses_the_same(name: str) -> None:
    said = []
    for door in (resolve, require_device, lambda n: Options.of({"dataset": "digits", "device": n})):
        with pytest.raises(ArgumentError) as caught:
            door(name)
        said.append(str(caught.value).removeprefix("device").removeprefix("="))
    assert len(set(said)) == 1
    assert said[0].startswith(f" is auto, cpu, cuda or cuda:N; got '{name}'")
    assert ("float64" in said[0]) == name.startswith("mps")
