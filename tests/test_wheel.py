"""The wheel holds all that the package reads, and works far from the source tree."""

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

pytest.importorskip("build", reason="needs the [test] extras: build")
pytest.importorskip("hatchling", reason="needs the [test] extras: hatchling")

ROOT = Path(__file__).resolve().parent.parent
SOURCE = ROOT / "src"
pytestmark = pytest.mark.slow


def run(*command: str, cwd: Path, path: Path | None = None) -> str:
    env = {k: v for k, v in os.environ.items() if not k.startswith(("PYTHONPATH", "VIRTUAL"))}
    if path is not None:
        env["PYTHONPATH"] = str(path)
    done = subprocess.run(command, cwd=cwd, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("dist")
    # Without isolation, so that the test needs no network.
    build = ("-m", "build", "--wheel", "--no-isolation", "--outdir", str(out), str(ROOT))
    run(sys.executable, *build, cwd=out)
    (made,) = out.glob("*.whl")
    return made


def test_wheel_holds_every_file_of_the_package(wheel: Path) -> None:
    held = set(zipfile.ZipFile(wheel).namelist())
    wanted = {
        path.relative_to(SOURCE).as_posix()
        for path in (SOURCE / "counterpoise").rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert wanted <= held
    assert sum(name.endswith(".toml") for name in held) >= 11
    assert any(name.startswith("counterpoise/report/templates/") for name in held)
    assert "counterpoise/py.typed" in held
    assert any(name.endswith("/licenses/LICENSE") for name in held)


def test_wheel_works_from_another_folder(wheel: Path, tmp_path: Path) -> None:
    home = tmp_path / "installed"
    pip = ("-m", "pip", "install", "--quiet", "--no-deps", "--no-index", "--target", str(home))
    run(sys.executable, *pip, str(wheel), cwd=tmp_path)
    where = run(
        sys.executable, "-c", "import counterpoise; print(counterpoise.__file__)",
        cwd=tmp_path, path=home,
    )  # fmt: skip
    assert Path(where.strip()).is_relative_to(home)
    command = (sys.executable, "-m", "counterpoise.cli")
    methods = run(*command, "ls", "methods", cwd=tmp_path, path=home)
    assert "two-phase-over" in methods
    assert "[[stages]]" in run(*command, "show", "oversampling", cwd=tmp_path, path=home)
