"""Two people are not given the same frame."""

from counterpoise.service.labelling.handing import KEPT, Handed


def test_what_somebody_has_is_for_nobody_else_for_a_while() -> None:
    now = [0.0]
    handed = Handed(lambda: now[0])
    handed.hold("ann", [1, 2])
    assert (handed.others("bob"), handed.others("ann")) == ([1, 2], [])
    handed.free(1)
    handed.free(9)
    assert handed.others("bob") == [2]
    now[0] = KEPT + 1
    assert handed.others("bob") == []
