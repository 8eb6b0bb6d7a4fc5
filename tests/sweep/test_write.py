"""The page of a sweep."""

import dataclasses

from counterpoise.records import SweepRecord
from counterpoise.sweep.results import FILE
from counterpoise.sweep.write import figures, write


def test_the_page_says_what_was_found_and_escapes_names(made) -> None:
    page = write(made).read_text("utf-8")
    assert SweepRecord.read(made.folder / FILE) == made.record()
    assert "1 of 3 cells are finished" in page
    assert "class 3 has too few" in page
    assert "<b></th>" not in page
    assert "&lt;b&gt;" in page
    assert 'href="rho%3D10%2Cmodel%3Dmlp/report.html"' in page
    assert page.count("best on validation</span>") == 2, "in the tables of both metrics"
    assert "a warning" in page
    assert "<script" not in page


def test_curves_lie_on_the_page(made) -> None:
    other = dataclasses.replace(made.cells[0], point={"rho": 100, "model": "mlp"})
    two = dataclasses.replace(made, cells=[made.cells[0], other])
    made.folder.mkdir()
    ((shows, svg, note),) = figures(two)
    assert shows == "Balanced accuracy on test along rho"
    assert svg
    assert not note
    assert (made.folder / "curves-rho.svg").is_file()
