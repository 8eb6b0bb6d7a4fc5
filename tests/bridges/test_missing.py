"""A bridge whose library is not installed says what to install."""

import subprocess
import sys

import pytest

BRIDGES = {
    "lightning": ("lightning", "pytorch_lightning"),
    "skorch": ("skorch",),
    "transformers": ("transformers",),
}


def without(modules: tuple[str, ...], code: str) -> subprocess.CompletedProcess[str]:
    hidden = "".join(f"sys.modules[{name!r}] = None\n" for name in modules)
    command = [sys.executable, "-W", "ignore", "-c", f"import sys\n{hidden}{code}"]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("bridge", BRIDGES)
def test_the_message_names_the_extra(bridge: str) -> None:
    done = without(BRIDGES[bridge], f"import counterpoise.bridges.{bridge}")
    assert done.returncode == 1
    last = done.stderr.strip().splitlines()[-1]
    assert last.startswith(f"ModuleNotFoundError: counterpoise.bridges.{bridge} needs ")
    assert last.endswith(f"pip install 'counterpoise[{bridge}]'")


def test_rounds_need_none_of_them() -> None:
    every = sum(BRIDGES.values(), ())
    done = without((*every, "accelerate"), "from counterpoise.bridges import Rounds")
    assert done.returncode == 0, done.stderr


def test_the_older_lightning_alone_will_do() -> None:
    pytest.importorskip("pytorch_lightning", reason="pytorch_lightning is not installed")
    code = (
        "from counterpoise.bridges.lightning import CounterpoiseCallback\n"
        "print(CounterpoiseCallback.__mro__[1].__module__)"
    )
    done = without(("lightning",), code)
    assert done.stdout.startswith("pytorch_lightning."), done.stderr
