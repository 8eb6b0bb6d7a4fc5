"""Groups that file names hint at."""

import pytest

from counterpoise.data.group_hints import suggest_groups


@pytest.mark.parametrize(
    ("names", "found"),
    [
        ([f"a/{t:05d}_{f:05d}.png" for t in range(3) for f in range(5)], "3 prefixes"),
        ([f"a/patient{t}-{f}.png" for t in range(3) for f in range(5)], "3 prefixes"),
        ([f"{c}/image_{f:04d}.jpg" for c in "abc" for f in range(9)], ""),
        ([f"a/ISIC_{f:07d}.jpg" for f in range(9)], ""),
        ([f"a/{f}.jpg" for f in range(9)], ""),
        ([f"a/x{f}_1.jpg" for f in range(9)], ""),
        ([], ""),
    ],
)
def test_groups_from_file_names(names: list[str], found: str) -> None:
    said = suggest_groups(names)
    assert bool(said) == bool(found)
    assert found in said
