"""One recipe's tables over another's."""

from counterpoise.recipes.merge import merge


def test_tables_merge_by_key() -> None:
    under = {"train": {"rounds": 5, "batch_size": 64}, "title": "a"}
    found = merge(under, {"train": {"rounds": 7}, "title": "b"})
    assert found == {"train": {"rounds": 7, "batch_size": 64}, "title": "b"}
    assert under["train"] == {"rounds": 5, "batch_size": 64}, "what lies under stays as it is"


def test_a_piece_of_another_name_replaces_the_old_one_whole() -> None:
    under = {"optimizer": {"name": "SGD", "lr": 0.1, "momentum": 0.9}}
    assert merge(under, {"optimizer": {"name": "Adam"}}) == {"optimizer": {"name": "Adam"}}
    same = merge(under, {"optimizer": {"name": "SGD", "lr": 0.2}})
    assert same == {"optimizer": {"name": "SGD", "lr": 0.2, "momentum": 0.9}}


def test_stages_merge_by_position() -> None:
    under = {"stages": [{"name": "a", "lr_scale": 0.5}, {"name": "b"}]}
    over = {"stages": [{"name": "a", "rounds_scale": 2.0}]}
    assert merge(under, over)["stages"] == [
        {"name": "a", "lr_scale": 0.5, "rounds_scale": 2.0},
        {"name": "b"},
    ]
    longer = merge(over, under)["stages"]
    assert [stage["name"] for stage in longer] == ["a", "b"]


def test_lists_other_than_stages_are_replaced() -> None:
    under = {"posthoc": [{"name": "Temperature"}]}
    assert merge(under, {"posthoc": []}) == {"posthoc": []}
