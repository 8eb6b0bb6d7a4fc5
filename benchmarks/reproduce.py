"""How long the report of a paper's grid takes when thousands of runs are finished, and the list.

Fifty short trainings on scikit-learn's digits make one cell; its folder stands for each of 90 cells
of a made paper, so that 4500 run folders are read. The report is built in a process of its own,
whose time and largest memory count; so is the list of all entries that ship. Processor time stands
beside seconds, for a machine that others use.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from harness import Claim, Output, common, parser, run

CELLS, METHODS, SEEDS = 90, 10, 5
SECONDS, GIB, LIST = 30.0, 2.0, 2.0  # what is promised
NAMES = (
    "baseline", "oversampling", "undersampling", "weighted", "focal", "balanced-softmax",
    "thresholding", "class-balanced-sampling", "cosine", "mixup",
)  # fmt: skip

MEASURED = """
import json, resource, sys, time
from pathlib import Path
begun = time.monotonic()
from counterpoise.reproduce.conduct import everything
from counterpoise.reproduce.library import read_papers
from counterpoise.reproduce.page import write_page
from counterpoise.reproduce.plan import Asked
papers, out, seeds = Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])
known = read_papers(papers)["made2020/table1"]
asked = Asked(grid={}, seeds=seeds, scale=1.0, out=out)
found = everything(known, asked)
write_page(known, asked, found)
runs = sum(len(next(iter(c.values.values()), ())) for c in found) * len(known.entry.methods)
print(json.dumps([time.monotonic() - begun, time.process_time(), runs,
                  resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20]))
"""
LISTED = """
import json, time
begun = time.monotonic()
import sys
from counterpoise.cli import main
sys.stdout = open("/dev/null", "w")
main(["reproduce"])
sys.stderr.write(json.dumps([time.monotonic() - begun, time.process_time()]))
"""


def made(folder: Path, cells: int, methods: list[str], seeds: int) -> Path:
    """A paper whose cells are all alike, and their folders."""
    paper = folder / "papers" / "made2020"
    paper.mkdir(parents=True)
    (paper / "paper.toml").write_text(
        'authors = "A"\nyear = 2020\ntitle = "Made"\nwhere = "Nowhere"\n', "utf-8"
    )
    named = "\n".join(f'{json.dumps(name)} = "{name}"' for name in methods)
    rhos = list(range(1, cells + 1))
    (paper / "table1.toml").write_text(
        f"""title = "Table 1"
kind = "table"
data = "digits"
profile = "step:rho={{rho}},mu=0.5"
metrics = ["balanced_accuracy", "auc"]
rounds = 1
seeds = {seeds}
[grid]
rho = {rhos}
[methods]
{named}
[[claims]]
says = "oversampling is better"
higher = "oversampling"
lower = "baseline"
metric = "balanced_accuracy"
""",
        "utf-8",
    )
    one = folder / "one"
    words = ["compare", "digits", "--methods", ",".join(methods), "--seeds", str(seeds)]
    words += ["--rounds", "1", "--set", "train.updates_per_round=2", "--out", str(one)]
    command = [sys.executable, "-m", "counterpoise.cli", *words]
    subprocess.run(command, check=True, capture_output=True)
    for name in ("predictor", "checkpoint"):
        for path in one.rglob(name):
            shutil.rmtree(path)
    out = folder / "out"
    for rho in rhos:
        shutil.copytree(one, out / "made2020" / "table1" / f"rho={rho}")
    return out


def main() -> None:
    """Build both once."""
    output = Output(common(parser(__doc__ or "").parse_args()))
    quick = output.options.quick
    cells, methods, seeds = (3, list(NAMES[:2]), 2) if quick else (CELLS, list(NAMES), SEEDS)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        out = made(folder, cells, methods, seeds)
        words = [str(folder / "papers"), str(out), str(seeds)]
        ran = subprocess.run(
            [sys.executable, "-c", MEASURED, *words], check=True, capture_output=True, text=True
        )
    seconds, busy, runs, memory = json.loads(ran.stdout)
    listed = subprocess.run(
        [sys.executable, "-c", LISTED], check=True, capture_output=True, text=True
    )
    list_seconds, list_busy = json.loads(listed.stderr)
    for text, ours, bar in (
        (f"seconds for the report of {runs} runs", seconds, SECONDS),
        (f"seconds of processor time for the report of {runs} runs", busy, SECONDS),
        (f"GiB for the report of {runs} runs", memory, GIB),
        ("seconds for the list of all entries", list_seconds, LIST),
        ("seconds of processor time for the list of all entries", list_busy, LIST),
    ):
        share = ours / bar
        output.claim(Claim(text, ours, bar, share, 1.0, share <= 1, 1, (share, share)))


if __name__ == "__main__":
    run(main)
