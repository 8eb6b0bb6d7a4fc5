"""What is said of a table whose column of the classes nobody named."""

from pathlib import Path

from counterpoise.data.tables.without_label import without_label


def test_the_columns_are_named_and_the_last_that_is_free_is_the_example(tmp_path: Path) -> None:
    table = tmp_path / "churn.csv"
    table.write_text("customer,age,churned\na,1,no\nb,2,yes\n")
    assert without_label("--drop", "--label", str(table), "customer") == (
        "--drop needs --label: name the column of the classes, e.g. --label churned "
        "(columns: 'customer', 'age', 'churned')"
    )
    assert 'e.g. label="age" (' in without_label("drop=", "label=", str(table), "churned")


def test_a_table_that_cannot_be_read_yet_gets_the_rule_alone(tmp_path: Path) -> None:
    said = without_label("--drop", "--label", str(tmp_path / "none.parquet"))
    assert said == "--drop needs --label: name the column of the classes"


def test_what_is_no_table_has_no_such_option() -> None:
    assert "'photos' is none" in without_label("--group", "--label", "photos")
