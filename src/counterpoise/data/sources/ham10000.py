"""HAM10000: photographs of pigmented skin lesions, seven diagnoses, grouped by lesion."""

from __future__ import annotations

import csv
from collections import Counter
from pathlib import Path

from counterpoise.data.label_codes import class_order, encode_groups
from counterpoise.data.labelled import LabelledSet
from counterpoise.data.size import Size
from counterpoise.data.sources.from_files import from_files
from counterpoise.data.sources.published import require_counts
from counterpoise.errors import DataError

METADATA = ("HAM10000_metadata.csv", "HAM10000_metadata", "HAM10000_metadata.tab", "metadata.csv")
NEEDED = ("lesion_id", "image_id", "dx")
COUNTS = {
    "akiec": 327, "bcc": 514, "bkl": 1099, "df": 115, "mel": 1113, "nv": 6705, "vasc": 142,
}  # fmt: skip
_MOST = 3


def load_ham10000(
    root: Path,
    name: str = "ham10000",
    size: Size | None = None,
    channels: int | None = None,
    *,
    counts: dict[str, int] | None = None,
) -> LabelledSet:
    """Read the images that the metadata list, in whatever folders they lie.

    7470 lesions have one photograph or several: all of a lesion stay in one part. There is no
    published split. (Tschandl et al. 2018)

    Args:
        root: the folder, with the metadata and folders of ``ISIC_0024306.jpg`` and the like.
        name: of the set.
        size: as `load` has it.
        channels: as `load` has it.
        counts: images of each diagnosis, those of the published set unless given.

    Raises:
        DataError: the metadata or images are missing, a line is repeated or has no lesion, or
            the counts are not those of the published set.
    """
    table = next((root / file for file in METADATA if (root / file).is_file()), None)
    if table is None:
        raise DataError(
            f"{name}: no metadata in '{root}'; put {METADATA[0]} (or {METADATA[-1]}) there, with "
            f"the columns {', '.join(NEEDED)}"
        )
    rows = _rows(table)
    require_counts(
        f"{name} ('{table}')",
        Counter(label for _, _, label in rows),
        COUNTS if counts is None else counts,
    )
    images: dict[str, str] = {}
    for path in sorted([*root.glob("*.jpg"), *root.glob("*/*.jpg")]):
        images.setdefault(path.stem, path.relative_to(root).as_posix())
    missing = [image for _, image, _ in rows if image not in images]
    if missing:
        some = ", ".join(f"{image}.jpg" for image in missing[:_MOST])
        raise DataError(
            f"{name}: {len(missing)} of {len(rows)} images that '{table.name}' lists are not in "
            f"'{root}' or a folder in it ({some}{', ...' if len(missing) > _MOST else ''}); unpack "
            "both archives of images there"
        )
    extra = len(images) - len(rows)
    notes = (f"left out: {extra} images that '{table.name}' does not list",) if extra else ()
    classes = class_order([label for _, _, label in rows])
    groups, said = encode_groups([lesion for lesion, _, _ in rows])
    return from_files(
        name,
        root,
        [images[image] for _, image, _ in rows],
        [classes.index(label) for _, _, label in rows],
        classes,
        groups=groups,
        size=size,
        channels=channels or 3,
        notes=(*notes, *said),
    )


def _rows(table: Path) -> list[tuple[str, str, str]]:
    """Lesion, image and diagnosis of each line."""
    try:
        with table.open(newline="", encoding="utf-8-sig") as stream:
            head = stream.readline()
            stream.seek(0)
            reader = csv.DictReader(stream, delimiter="\t" if "\t" in head else ",")
            columns = reader.fieldnames or ()
            lines = [(reader.line_num, row) for row in reader]
    except (csv.Error, UnicodeDecodeError, OSError) as error:
        raise DataError(f"cannot read '{table}' as a table: {error}") from error
    absent = [column for column in NEEDED if column not in columns]
    if absent:
        raise DataError(f"'{table}' has no column {', '.join(absent)}; it has {', '.join(columns)}")
    faults: list[str] = []
    seen: set[str] = set()
    found: list[tuple[str, str, str]] = []
    for number, row in lines:
        lesion, image, label = ((row[column] or "").strip() for column in NEEDED)
        if not (lesion and image and label):
            faults.append(f"line {number} lacks {', '.join(NEEDED)}, or one of them")
        elif image in seen:
            faults.append(f"line {number} repeats {image}")
        seen.add(image)
        found.append((lesion, image, label))
    if faults:
        more = f" and {len(faults) - _MOST} more" if len(faults) > _MOST else ""
        raise DataError(f"'{table}': {'; '.join(faults[:_MOST])}{more}; fetch it again")
    return found
