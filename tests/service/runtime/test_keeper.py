"""All that comes from a process is found, and it ends as what it keeps does."""

import os
import signal
import subprocess
import sys
import time

import pytest

from counterpoise.service.runtime import keeper
from counterpoise.service.runtime.keeper import descendants


def test_children_and_theirs_are_descendants() -> None:
    text = "import subprocess, time; subprocess.Popen(['sleep', '60']); time.sleep(60)"
    process = subprocess.Popen([sys.executable, "-c", text])
    end = time.monotonic() + 20
    while len(found := descendants(process.pid)) < 1:
        assert time.monotonic() < end
        time.sleep(0.01)
    assert process.pid in descendants(os.getpid())
    assert found[0] in descendants(os.getpid())
    for one in (*found, process.pid):
        os.kill(one, signal.SIGKILL)
    process.wait()
    assert descendants(process.pid) == []


MODULE = """
import os, signal, sys, time
os.set_inheritable(int(sys.argv[1]), False)
{}
"""


@pytest.mark.parametrize(
    ("text", "status"),
    [
        ("", 0),
        ("sys.exit(3)", 3),
        ("os.kill(os.getpid(), signal.SIGKILL)", -9),
        ("signal.alarm(1); os.kill(os.getpid(), signal.SIGALRM)", -14),
        ("os.kill(os.getppid(), signal.SIGTERM); time.sleep(60)", -9),
        ("os.fork() or time.sleep(60); sys.exit(4)", 4),
    ],
)
def test_it_ends_as_what_it_keeps(tmp_path, text: str, status: int) -> None:
    (tmp_path / "kept.py").write_text(MODULE.format(text))
    reading, writing = os.pipe()
    command = [sys.executable, "-m", keeper.__name__, "kept", str(writing)]
    process = subprocess.Popen(command, cwd=tmp_path, pass_fds=(writing,), start_new_session=True)
    os.close(writing)
    assert os.read(reading, 1) == b"", "nobody keeps the socket open behind it"
    os.close(reading)
    assert process.wait(20) == status
