"""A file that breaks a rule is refused, with file and line."""

from pathlib import Path

import pytest

from counterpoise.reproduce.parse import PaperError, parse_entry, parse_paper

HERE = Path("papers/ab2020/table1.toml")


def line(text: str, words: str) -> int:
    return next(n for n, one in enumerate(text.splitlines(), 1) if words in one)


@pytest.mark.parametrize(
    ("old", "new", "at", "said"),
    [
        ('kind = "table"', 'kind = "chart"', "kind =", "'table', 'figure' or 'text'"),
        (
            "[grid]",
            "[follows.rho]\nmu = [1]\n\n[grid]",
            "",
            "mu has a value for each of the 2 of rho",
        ),
        ("[grid]", "[follows.r]\nmu = [1]\n\n[grid]", "", "'r' is no axis of the grid"),
        ("[methods]", '[crossed]\nfocal = ["cb", "cot"]\n\n[methods]', "", "'focal' is a shipped"),
        (
            "[methods]",
            '[crossed]\nx = ["cb", "cott"]\n\n[methods]',
            "",
            "no method is called 'cott'",
        ),
        ('data = "digits"', 'compute = "shares"', "compute", "nothing is called 'shares'"),
        ('data = "digits"', "", "", "data: an entry that is trained says it"),
        ("rounds = 2", "rounds = 2\ncolour = 3", "colour", "there is no key 'colour'"),
        ('baseline = "CE"', 'basline = "CE"', "[methods]", "no method is called 'basline'"),
        ('"recall 3"]', '"balanced_acuracy"]', "metrics =", "no metric is called"),
        ("value = 0.75", "value = 75", "[[printed]]", "lies from 0 to 1; got 75"),
        ("at = { rho = 5 }", "at = { rho = 6 }", "[[printed]]", "rho is one of 5, 10; got 6"),
        ("at = { rho = 5 }", "", "[[printed]]", "a cell has rho; got {}"),
        ("rho={rho}", "rho={ro}", "", "{ro} is no axis of the grid"),
        ('lower = "baseline"', 'lower = "iwce"', "[[claims]]", "'iwce' is none of the methods"),
        ("at = { rho = [10] }", "at = { mu = [10] }", "finds more", "'mu' is no axis"),
        ("at = { rho = [10] }", "at = { rho = [] }", "at = { rho = [] }", "at least 1 item"),
    ],
)
def test_a_fault_is_said_with_its_line(entry_text, old, new, at, said) -> None:
    text = entry_text.replace(old, new, 1)
    with pytest.raises(PaperError) as refused:
        parse_entry(HERE, text)
    message = str(refused.value)
    assert said in message
    number = int(message.split(":")[1])
    assert message.startswith(f"{HERE}:")
    if at:
        assert abs(number - line(text, at)) <= 1, message


def test_what_is_no_toml_is_said() -> None:
    with pytest.raises(PaperError, match=r"table1\.toml: .*line 1"):
        parse_entry(HERE, "title = =")


def test_all_faults_of_a_file_come_at_once(entry_text) -> None:
    text = entry_text.replace("rounds = 2", "rounds = 0").replace("seeds = 10", 'seeds = "x"')
    with pytest.raises(PaperError) as refused:
        parse_entry(HERE, text)
    assert len(refused.value.faults) == 2


def test_a_paper_has_a_year() -> None:
    with pytest.raises(PaperError, match=r"paper\.toml:2: year"):
        parse_paper(Path("paper.toml"), 'authors = "A"\nyear = 20\ntitle = "B"\nwhere = "C"')
