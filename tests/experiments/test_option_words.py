"""How a broken rule is said: the option as it was written, the rule, and what arrived."""

import pytest
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from counterpoise.experiments.option_words import in_python, in_words, on_command_line


class Asked(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid")

    image_size: int = Field(ge=8)
    fast: bool = False


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"image_size": 7}, ["--image-size is at least 8; got 7"]),
        ({"image_size": 8.5}, ["--image-size is a whole number; got 8.5"]),
        ({"image_size": "8"}, ["--image-size is a whole number; got '8'"]),
        ({"image_size": "8" * 99}, [f"--image-size is a whole number; got '{'8' * 60}...'"]),
        (
            {"image_size": 0, "fast": "yes", "fats": True},
            [
                "--image-size is at least 8; got 0",
                "--fast is True or False; got 'yes'",
                "there is no option --fats; did you mean 'fast'?",
            ],
        ),
    ],
)
def test_every_fault_is_a_line(given: dict[str, object], said: list[str]) -> None:
    with pytest.raises(ValidationError) as caught:
        Asked.model_validate(given)
    assert list(in_words(caught.value, on_command_line, Asked.model_fields)) == said


def test_python_reads_its_own_spelling() -> None:
    with pytest.raises(ValidationError) as caught:
        Asked.model_validate({"image_size": 0})
    (line,) = in_words(caught.value, in_python, Asked.model_fields)
    assert line == "image_size= is at least 8; got 0"
