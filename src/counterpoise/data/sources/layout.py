"""Which folders of a data set are its parts (train, validation, test), and which its classes."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

from counterpoise.data.label_codes import PARTS
from counterpoise.data.sources.walk import STRANGERS, Walk
from counterpoise.errors import DataError

_WORDS = {
    "train": 0, "training": 0, "trainset": 0, "traindata": 0, "trainings": 0,
    "val": 1, "valid": 1, "validation": 1, "validate": 1, "valset": 1, "dev": 1,
    "test": 2, "testing": 2, "testset": 2, "testdata": 2, "tests": 2,
}  # fmt: skip
_UNLABELLED = {"unlabelled", "unlabeled", "pred", "predict", "prediction", "predictions"}
_WORD = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")
_MOST = 3


def part_of(name: str) -> int | None:
    """The part that a folder's name says: 0 train, 1 validation, 2 test; None for no or several.

    >>> part_of("Training"), part_of("seg_test"), part_of("valSet2"), part_of("contest")
    (0, 2, 1, None)
    """
    exact = PARTS.get(name.lower())
    said = {_WORDS[word] for word in _words(name) if word in _WORDS}
    return exact if exact is not None else said.pop() if len(said) == 1 else None


def parts(walk: Walk, top: Sequence[str]) -> dict[str, int]:
    """Folders that hold class folders, and which part each is; none where `top` are the classes.

    Folders are parts when their names say so and they hold folders of the same names, the
    classes. A folder beside them that holds none of these is left out, and counted.

    Args:
        walk: of the data set's folder.
        top: names of the folders in it.

    Raises:
        DataError: parts without train, two folders of one part, parts of different classes, or
            folders that look like parts by what they hold but not by their names.
    """
    codes = {name: code for name in top if (code := part_of(name)) is not None}
    look = Walk(walk.root, walk.ignore)  # counts for nobody: the caller walks these folders, too
    below = {name: look.folders(_descended(look, name)) for name in top}
    if top and all(name.lower() in PARTS for name in top):
        if 0 not in codes.values():
            raise DataError(f"'{walk.root}' has {_listed(top)} but no train/")
        return {_descended(look, name): code for name, code in codes.items()}
    if not _are_parts(walk, top, codes, below):
        _refuse_same_names(walk, look, below)
        return {}
    for name in top:
        if name not in codes:
            if _forms(below[name]) & _forms(below[_train(codes)]):
                raise DataError(
                    f"'{walk.root}': {name}/ holds class folders as {_train(codes)}/ does, but its "
                    "name says no part; call it train, val or test, or move it elsewhere"
                )
            walk.left_out.add(STRANGERS, f"{name}/", len(look.images(name)))
    return {_descended(look, name): code for name, code in codes.items()}


def _are_parts(
    walk: Walk, top: Sequence[str], codes: dict[str, int], below: dict[str, list[str]]
) -> bool:
    """Whether names and what lies below say that some of the folders at the top are parts."""
    if 0 not in codes.values() or len(below[_train(codes)]) < 2:
        return False
    if len(set(codes.values())) < len(codes):
        doubled = [name for name, code in codes.items() if list(codes.values()).count(code) > 1]
        raise DataError(
            f"'{walk.root}': {_listed(doubled)} are read as the same part; keep one of them, and "
            "move the others elsewhere"
        )
    train = _forms(below[_train(codes)])
    others = [name for name in codes if codes[name] and below[name]]
    foreign = [name for name in others if not train & _forms(below[name])]
    if foreign:
        raise DataError(
            f"'{walk.root}': {_listed([_train(codes), *foreign])} are parts by their names, but "
            f"hold folders of different names ({_some(below[_train(codes)])}; "
            f"{_some(below[foreign[0]])}); give a class the same name in every part"
        )
    unlabelled = any(_UNLABELLED & set(_words(name)) for name in top)
    return bool(others) or len(codes) > 1 or unlabelled


def _refuse_same_names(walk: Walk, look: Walk, below: dict[str, list[str]]) -> None:
    """Refuse folders that hold folders of the same names: parts, whatever they are called."""
    for (one, other), names in _shared(below).items():
        if 2 * len(names) < min(len(below[one]), len(below[other])):
            continue
        shared = [name for name in names if look.images(f"{one}/{name}")]
        if len(shared) < 2:
            continue
        said = f"'{walk.root}': {one}/ and {other}/ hold folders of the same names"
        if all(part_of(name) is not None for name in shared):
            raise DataError(
                f"{said} ({_some(shared)}), which are parts; put them on top: {shared[0]}/{one}/"
            )
        raise DataError(
            f"{said} ({_some(shared)}), as the parts of one data set do; call the parts train, val "
            "and test (if they are classes, list the images in a .csv with path,label)"
        )


def _shared(below: dict[str, list[str]]) -> dict[tuple[str, str], list[str]]:
    """Names that two folders both hold; each folder is paired with the first that holds a name."""
    holders: dict[str, list[str]] = {}
    for folder, names in below.items():
        for name in names:
            holders.setdefault(name, []).append(folder)
    pairs: dict[tuple[str, str], list[str]] = {}
    for name, (first, *others) in holders.items():
        for other in others:
            pairs.setdefault((first, other), []).append(name)
    return pairs


def _descended(look: Walk, name: str) -> str:
    """``seg_train/seg_train`` for ``seg_train`` where that is all that it holds."""
    code, place = part_of(name), name
    while code is not None:
        inside = look.folders(place)
        if len(inside) != 1 or part_of(inside[0]) != code:
            break
        if not look.folders(f"{place}/{inside[0]}"):
            break
        place = f"{place}/{inside[0]}"
    return place


def _train(codes: dict[str, int]) -> str:
    return next(name for name, code in codes.items() if code == 0)


def _forms(names: Sequence[str]) -> set[str]:
    return {unicodedata.normalize("NFC", name) for name in names}


def _words(name: str) -> list[str]:
    return [word.lower() for word in _WORD.findall(name)]


def _listed(names: Sequence[str]) -> str:
    return ", ".join(f"{name}/" for name in names)


def _some(names: Sequence[str]) -> str:
    return ", ".join(names[:_MOST]) + (", ..." if len(names) > _MOST else "")
