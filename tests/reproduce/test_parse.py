"""A file that breaks a rule is refused, with file and line."""

from pathlib import Path

import pytest

from counterpoise.reproduce.parse import PaperError, parse_entry, parse_paper

HERE = Path("papers/ab2020/table1.toml")


def line(text: str, words: str) -> int:
    return next(n for n, one in enumerate(text.splitlines(), 1) if words in one)


FAULTS = {  # what is replaced, by what, the words of the line that is named, what is said
    "kind": ('kind = "table"', 'kind = "chart"', "kind =", "'table', 'figure' or 'text'"),
    "followers": (
        "[grid]",
        "[follows.rho]\nmu = [1]\n\n[grid]",
        "mu = [1]",
        "follows.rho.mu: mu has a value for each of the 2 of rho",
    ),
    "follows": ("[grid]", "[follows.r]\nmu = [1]\n\n[grid]", "[follows.r]", "'r' is no axis"),
    "crossed name": (
        "[methods]",
        '[crossed]\nfocal = ["cb", "cot"]\n\n[methods]',
        "[crossed]",
        "'focal' is a shipped",
    ),
    "crossed part": (
        "[methods]",
        '[crossed]\nx = ["cb", "cott"]\n\n[methods]',
        "[crossed]",
        "no method is called 'cott'",
    ),
    "compute": ('data = "digits"', 'compute = "shares"', "compute", "nothing is called 'shares'"),
    "no data": ('data = "digits"', "", "", "data: an entry that is trained says it"),
    "unknown key": ("rounds = 2", "rounds = 2\ncolour = 3", "colour", "there is no key 'colour'"),
    "unknown key of a claim": (
        'says = "ROS finds more of 3"',
        'says = "ROS finds more of 3"\nhihger = "x"',
        "hihger",
        "claims 2, hihger: there is no key 'hihger'",
    ),
    "method": ('baseline = "CE"', 'basline = "CE"', "[methods]", "no method is called 'basline'"),
    "metric": ('"recall 3"]', '"balanced_acuracy"]', "metrics =", "no metric is called"),
    "printed out of range": (
        "value = 0.75",
        "value = 75",
        "value = 75",
        "printed 1, value: balanced_accuracy lies from 0 to 1; got 75",
    ),
    "printed below its range": ("value = 0.75", "value = -0.1", "value = -0.1", "got -0.1"),
    "printed in no cell": (
        "at = { rho = 5 }",
        "at = { rho = 6 }",
        "at = { rho = 6 }",
        "printed 1, at: rho is one of 5, 10; got 6",
    ),
    "printed without a cell": ("at = { rho = 5 }", "", "[[printed]]", "a cell has rho; got {}"),
    "place": ("rho={rho}", "rho={ro}", "profile =", "{ro} is no axis of the grid"),
    "claim about no method": (
        'lower = "baseline"\nmetric = "recall 3"',
        'lower = "iwce"\nmetric = "recall 3"',
        'lower = "iwce"',
        "claims 2, lower: 'iwce' is none of the methods",
    ),
    "claim by no metric": (
        'metric = "recall 3"',
        'metric = "auc"',
        'metric = "auc"',
        "claims 2, metric: 'auc' is none of the metrics",
    ),
    "claim about no cell": (
        "at = { rho = [10] }",
        "at = { rho = [10, 20] }",
        "at = { rho = [10, 20] }",
        "claims 2, at: rho is one of 5, 10; got 20",
    ),
    "claim about no axis": (
        "at = { rho = [10] }",
        "lower_at = { mu = [10] }",
        "lower_at",
        "claims 2, lower_at: 'mu' is no axis",
    ),
    "claim of nothing": (
        "at = { rho = [10] }",
        "at = { rho = [] }",
        "at = { rho = [] }",
        "at least 1 item",
    ),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_said_with_its_line(entry_text, fault) -> None:
    old, new, at, said = FAULTS[fault]
    assert old in entry_text
    text = entry_text.replace(old, new, 1)
    with pytest.raises(PaperError) as refused:
        parse_entry(HERE, text)
    (message,) = refused.value.faults
    assert said in message
    assert message.startswith(f"{HERE}:{line(text, at) if at else 1}: ")


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
