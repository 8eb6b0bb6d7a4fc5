"""What is said where an option of tables is given, and the column of the classes is not."""

from __future__ import annotations

from pathlib import Path

from counterpoise.data.tables.cells import named, read_header

TABLES = (".csv", ".parquet")


def without_label(option: str, label: str, dataset: str, value: str = "") -> str:
    """The rule, and the columns among which the classes are.

    Args:
        option: as its caller writes it, such as ``--drop``.
        label: the option that names the column, likewise.
        dataset: that was asked for.
        value: of the option: a column that does not hold the classes.

    >>> without_label("--drop", "--label", "digits")
    "--drop is for tables, with --label, the column of the classes; 'digits' is none (leave it out)"
    """
    file = Path(dataset).expanduser()
    if file.suffix.lower() not in TABLES:
        return (
            f"{option} is for tables, with {label}, the column of the classes; '{dataset}' is none "
            "(leave it out)"
        )
    rule = f"{option} needs {label}: name the column of the classes"
    columns = read_header(file) if file.suffix.lower() == ".csv" else []
    free = [name for name in columns if name != value]
    if not free:
        return rule
    last = f'{label}"{free[-1]}"' if label.endswith("=") else f"{label} {free[-1]}"
    return f"{rule}, e.g. {last} (columns: {named(columns)})"
