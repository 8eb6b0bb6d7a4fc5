"""Twenty methods have colours that can be told apart, on a light and on a dark page."""

import itertools

import numpy as np
import numpy.typing as npt
import pytest

from counterpoise.report.svg.colours import DARK, DARK_RAMP, LIGHT, LIGHT_RAMP, colours, step, style

Floats = npt.NDArray[np.float64]


def linear(colour: str) -> Floats:
    values = np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)]) / 255
    return np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4)


def contrast(one: str, other: str) -> float:
    """Of WCAG 2."""
    low, high = sorted(float(linear(c) @ [0.2126, 0.7152, 0.0722]) for c in (one, other))
    return (high + 0.05) / (low + 0.05)


def oklab(colour: str) -> Floats:
    """By Ottosson 2020."""
    to_cones = [
        [0.4122214708, 0.5363325363, 0.0514459929],
        [0.2119034982, 0.6806995451, 0.1073969566],
        [0.0883024619, 0.2817188376, 0.6299787005],
    ]
    to_lab = [
        [0.2104542553, 0.7936177850, -0.0040720468],
        [1.9779984951, -2.4285922050, 0.4505937099],
        [0.0259040371, 0.7827717662, -0.8086757660],
    ]
    return np.asarray(np.array(to_lab) @ np.cbrt(np.array(to_cones) @ linear(colour)))


@pytest.mark.parametrize(("own", "page"), [(LIGHT, "#ffffff"), (DARK, "#161616")])
def test_colours_differ_from_each_other_and_from_the_page(own: tuple[str, ...], page: str) -> None:
    assert len(own) == 21
    assert min(contrast(colour, page) for colour in own) >= 3
    apart = [np.linalg.norm(oklab(a) - oklab(b)) for a, b in itertools.combinations(own, 2)]
    assert min(apart) > 0.09  # about four times what an eye tells apart side by side


@pytest.mark.parametrize(("own", "page"), [(LIGHT_RAMP, "#ffffff"), (DARK_RAMP, "#161616")])
def test_an_order_goes_from_dark_to_light(own: tuple[str, ...], page: str) -> None:
    lightness = [oklab(colour)[0] for colour in own]
    assert lightness == sorted(lightness)
    assert min(contrast(colour, page) for colour in own) >= 3


def test_a_method_keeps_its_colour_when_others_join() -> None:
    names = ["baseline", *(f"m{i}" for i in range(20))]
    found = colours(names)
    assert len(set(found.values())) == 21
    assert found["baseline"] == 0
    assert colours([*names[:5], "new"])["m3"] == found["m3"]


def test_every_number_has_a_declaration() -> None:
    declared = {one.partition(":")[0] for one in style(dark=True).split(";")}
    used = {f"--k{n}" for n in (*colours([f"m{i}" for i in range(20)]).values(), step(3, 9))}
    assert used <= declared
