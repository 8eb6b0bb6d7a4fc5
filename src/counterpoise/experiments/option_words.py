"""How a broken rule of an option is said, with the option as its caller wrote it."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator

from pydantic import ValidationError

from counterpoise.errors import ArgumentError, near
from counterpoise.python_words import is_typed, python_argument

Spell = Callable[[str], str]
MOST_SHOWN = 60  # characters of what was given

_KINDS = {  # pydantic's name of a broken rule -> the rule
    "int_type": "a whole number",
    "float_type": "a number",
    "finite_number": "a finite number",
    "bool_type": "True or False",
    "string_type": "text",
    "path_type": "a path",
    "is_instance_of": "a path",
    "greater_than": "above {gt:g}",
    "less_than": "below {lt:g}",
    "greater_than_equal": "at least {ge:g}",
    "literal_error": "{expected}",
}


def in_python(option: str) -> str:
    """How Python writes an option.

    >>> in_python("seeds"), in_python("settings.optimizer.lr")
    ('seeds=', 'settings["optimizer.lr"]')
    """
    name, _, key = option.partition(".")
    return f'{name}["{key}"]' if key else f"{name}="


def on_command_line(option: str) -> str:
    """How the command line writes an option.

    >>> on_command_line("image_memory"), on_command_line("settings.optimizer.lr")
    ('--image-memory', '--set optimizer.lr')
    """
    name, _, key = option.partition(".")
    return f"--set {key}".strip() if name == "settings" else f"--{name.replace('_', '-')}"


def as_typed(command: str, option: str, value: str = "") -> str:
    """An option with its value, as whoever typed a command writes it.

    >>> as_typed("counterpoise compare digits", "rounds", "20")
    '`--rounds 20`'
    """
    if is_typed(command):
        return f"`{' '.join([on_command_line(option), value]).strip()}`"
    return f"`{python_argument(option, value or None)}`"


def in_words(error: ValidationError, spell: Spell, known: Collection[str]) -> Iterator[str]:
    """Every fault as a line or more, with the option as its caller writes it.

    Args:
        error: what pydantic found.
        spell: `in_python` or `on_command_line`.
        known: names of options, to suggest a near one.
    """
    for fault in error.errors(include_url=False):
        name, kind = str(fault["loc"][0]), fault["type"]
        if kind == "value_error":
            yield from str(fault["ctx"]["error"]).splitlines()
        elif kind == "extra_forbidden":
            yield f"there is no option {spell(name)}{near(name, known)}"
        elif kind in _KINDS:
            rule = _KINDS[kind].format(**fault.get("ctx", {})).replace("'", "")
            yield f"{spell(name)} is {rule}; got {_shown(fault['input'])}"
        else:
            yield f"{spell(name)}: {fault['msg']}; got {_shown(fault['input'])}"


def _shown(value: object) -> str:
    text = value if isinstance(value, str) else repr(value)
    text = text if len(text) <= MOST_SHOWN else f"{text[:MOST_SHOWN]}..."
    return f"'{text}'" if isinstance(value, str) else text


def parse_duration(text: str, name: str = "a duration") -> float:
    """Seconds of "90s", "30m", "2h" or "1h30m"; a number without a unit is refused.

    Raises:
        ArgumentError: none of these, or not above zero; `name` begins its message.

    >>> parse_duration("1h30m")
    5400.0
    """
    number = r"(\d+(?:\.\d+)?)"
    if re.fullmatch(number, text):
        raise ArgumentError(
            f"{name} {text}: {text}s or {text}m? Write the unit, as in 90s, 30m, 2h or 1h30m"
        )
    parts = re.fullmatch(rf"(?:{number}h)?(?:{number}m)?(?:{number}s)?", text)
    seconds = 0.0
    if parts is not None:
        seconds = sum(
            float(part) * unit
            for part, unit in zip(parts.groups(), (3600.0, 60.0, 1.0), strict=True)
            if part
        )
    if seconds <= 0:
        raise ArgumentError(f"{name} is such as 90s, 30m, 2h or 1h30m; got {text!r}")
    return seconds
