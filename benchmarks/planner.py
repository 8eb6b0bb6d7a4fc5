"""What the planner saves on its workloads, how far from a bound it ends, and how long it takes.

The workloads and prices are made up and were fixed before the planner was written
(planner_workloads.py). The bound is the better one of column generation (which may not have ended
in time: any round of it bounds) and of streams that can be cut on whole machines. What somebody
without a planner may rent stands beside it: a machine for each stream, and machines of the best
single type, packed by the same greedy search.
"""

from __future__ import annotations

import time

from harness import Claim, Output, common, parser, run
from planner_workloads import PRICES, workloads

from counterpoise.service.planner.planning import plan
from counterpoise.service.planner.problem import Instance, Stream

LONGEST = 10.0  # seconds for 1000 streams
PUBLISHED = 0.13, 0.62  # savings that CAM2's papers print


def main() -> None:
    """Each workload once."""
    output = Output(common(parser(__doc__ or "").parse_args()))
    instances = [Instance(one.name, one.price, one.capacity) for one in PRICES]
    chosen = workloads()[-1:] if output.options.quick else workloads()
    output.say(
        "| workload | price | bound | gap | one type | saved | a machine each | saved | s |\n"
        "| --- | --- | --- | --- | --- | --- | --- | --- | --- |"
    )
    for one in chosen:
        streams = [Stream(str(n), _ways(ways)) for n, ways in enumerate(one.demands.tolist())]
        begun = time.monotonic()
        found = plan(streams, instances, 2.0 if output.options.quick else 8.0)
        seconds = time.monotonic() - begun
        assert found.one_type is not None
        saved = 1 - found.price / found.one_type
        output.say(
            f"| {one.name} | {found.price:.3f} | {found.bound:.3f} | "
            f"{found.price / found.bound - 1:.1%} | {found.one_type:.3f} | {saved:.0%} | "
            f"{found.alone:.2f} | {1 - found.price / found.alone:.0%} | {seconds:.1f} |"
        )
        if output.options.json or seconds > LONGEST:
            text = f"seconds to plan: {one.name}"
            share = seconds / LONGEST
            output.claim(Claim(text, seconds, LONGEST, share, 1.0, share <= 1, 1, (share, share)))
    low, high = PUBLISHED
    output.say(f"CAM2's papers print savings of {low:.0%} to {high:.0%} (other prices, streams)")


def _ways(ways: list[list[float]]) -> tuple[tuple[float, ...], ...]:
    return tuple(tuple(way) for way in ways)


if __name__ == "__main__":
    run(main)
