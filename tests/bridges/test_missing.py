"""A bridge whose library is not installed says what to install."""

import json
import subprocess
import sys
from collections.abc import Callable

import pytest

BRIDGES = {
    "lightning": ("lightning", "pytorch_lightning"),
    "skorch": ("skorch",),
    "transformers": ("transformers",),
}
# Each question is a fork of a process that has torch, which takes longest to load, and no bridge.
SERVER = """
import contextlib, io, json, os, sys, traceback
import torch

loaded = {"lightning", "pytorch_lightning", "skorch", "transformers", "accelerate"} & {*sys.modules}
assert not loaded, loaded
for line in sys.stdin:
    hidden, code = json.loads(line)
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        sys.modules.update(dict.fromkeys(hidden))
        out = io.StringIO()
        try:
            with contextlib.redirect_stdout(out):
                exec(code, {})
            said = [0, out.getvalue(), ""]
        except BaseException:
            said = [1, out.getvalue(), traceback.format_exc()]
        os.write(writing, json.dumps(said).encode())
        os._exit(0)
    os.close(writing)
    with open(reading) as answer:
        print(answer.read(), flush=True)
    os.waitpid(child, 0)
"""
Ask = Callable[[tuple[str, ...], str], tuple[int, str, str]]


@pytest.fixture(scope="module")
def without():
    """Run code where modules cannot be imported: its exit status, output and traceback."""
    command = [sys.executable, "-W", "ignore", "-c", SERVER]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True) as process:

        def ask(modules: tuple[str, ...], code: str) -> tuple[int, str, str]:
            process.stdin.write(json.dumps([modules, code]) + "\n")
            process.stdin.flush()
            return tuple(json.loads(process.stdout.readline()))

        yield ask
        process.stdin.close()


@pytest.mark.parametrize("bridge", BRIDGES)
def test_the_message_names_the_extra(without: Ask, bridge: str) -> None:
    code, _, said = without(BRIDGES[bridge], f"import counterpoise.bridges.{bridge}")
    assert code == 1
    last = said.strip().splitlines()[-1]
    assert last.startswith(f"ModuleNotFoundError: counterpoise.bridges.{bridge} needs ")
    assert last.endswith(f"pip install 'counterpoise[{bridge}]'")


def test_rounds_need_none_of_them(without: Ask) -> None:
    every = sum(BRIDGES.values(), ())
    code, _, said = without((*every, "accelerate"), "from counterpoise.bridges import Rounds")
    assert code == 0, said


def test_the_older_lightning_alone_will_do(without: Ask) -> None:
    pytest.importorskip("pytorch_lightning", reason="pytorch_lightning is not installed")
    code = (
        "from counterpoise.bridges.lightning import CounterpoiseCallback\n"
        "print(CounterpoiseCallback.__mro__[1].__module__)"
    )
    _, out, said = without(("lightning",), code)
    assert out.startswith("pytorch_lightning."), said
