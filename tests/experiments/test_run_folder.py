"""What a run leaves in its folder is what the file that lays it out says."""

from pathlib import Path

import counterpoise
from counterpoise.experiments import run_folder

SHARED = {run_folder.BACKBONES}  # of the output folder
NAMED = {
    value for name, value in vars(run_folder).items() if name.isupper() and isinstance(value, str)
} - SHARED


def test_every_file_of_a_run_is_named_and_described(tmp_path: Path) -> None:
    counterpoise.compare(
        "digits",
        out=tmp_path,
        methods=["baseline", "smote"],
        seeds=1,
        rounds=1,
        jobs=1,
        profile="step:rho=10,mu=0.5",
        settings={"model.name": "mlp"},
        progress="silent",
    )
    runs = sorted((tmp_path / "runs").glob("*/*"))
    assert [run.parent.name for run in runs] == ["baseline", "smote"]
    seen = {path.name for run in runs for path in run.iterdir()}
    assert seen == NAMED
    described = run_folder.__doc__ or ""
    assert not [name for name in NAMED if f"``{name}" not in described]
