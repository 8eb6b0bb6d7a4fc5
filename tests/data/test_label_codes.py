"""Names of classes, groups and parts become integer codes."""

from counterpoise.data.label_codes import class_order, encode_groups, part_code


def test_class_order() -> None:
    assert class_order(["10", "9", "9"]) == ("9", "10")
    assert class_order(["10", "9", "a"]) == ("10", "9", "a")


def test_groups_without_a_name_stand_alone() -> None:
    assert encode_groups(["b", "", "a", "b", ""]).tolist() == [1, 2, 0, 1, 3]


def test_parts_by_name() -> None:
    assert [part_code(name, "x") for name in (" Train", "VALID", "test ", "")] == [0, 1, 2, -1]
