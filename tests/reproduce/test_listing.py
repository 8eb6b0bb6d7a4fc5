"""The list of entries."""

from counterpoise.reproduce.listing import listing


def test_runs_time_and_what_is_missing(known, tmp_path) -> None:
    text = "\n".join(listing([known], tmp_path, None))
    assert "40 runs in the paper (2 rho x 2 methods x 10 repeats), time not measured" in text
    assert text.endswith("Run one: counterpoise reproduce ab2020/table1 --seeds 3 --scale 0.1")
