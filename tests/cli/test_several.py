"""Options that take several words."""

import pytest

from counterpoise.cli.several import spread


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("a --sweep rho=1 mu=.2 --seeds 1", "a --sweep rho=1 --sweep mu=.2 --seeds 1"),
        ("--sweep rho=1 digits", "--sweep rho=1 digits"),
        ("--sweep rho=1 digits mu=2", "--sweep rho=1 digits mu=2"),
        ("x --grid rho=1 mu=2", "x --grid rho=1 --grid mu=2"),
        ("digits --set a.b=1 c.d=2", "digits --set a.b=1 c.d=2"),
        ("digits --sweep", "digits --sweep"),
        ("--sweep a.b=x c.ratio=2 --sweep r=1 s=2",
         "--sweep a.b=x --sweep c.ratio=2 --sweep r=1 --sweep s=2"),
    ],
)  # fmt: skip
def test_each_word_gets_the_option(words: str, expected: str) -> None:
    assert spread(words.split()) == expected.split()
