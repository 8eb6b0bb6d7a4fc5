"""An operator's program: what it says becomes results, and what it does wrong costs its frame."""

import contextlib
import io
import re
import secrets
import shutil
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from counterpoise.errors import ArgumentError
from counterpoise.service.analyzer import program as module
from counterpoise.service.analyzer.analysis import analyse
from counterpoise.service.analyzer.frame import About, Failed, Frame, Seen, Unusable
from counterpoise.service.analyzer.program import ENDED, RAISED, SLOW, WRONG, Program
from counterpoise.service.runtime import child
from counterpoise.service.runtime.child import Child

DOCS = Path(__file__).parents[3] / "docs" / "serve.md"


def encoded(light: int, size: tuple[int, int] = (40, 30)) -> bytes:
    stream = io.BytesIO()
    Image.new("L", size, light).save(stream, "JPEG")
    return stream.getvalue()


@pytest.fixture
def load(tmp_path):
    """Write a program and load it; all end with the test."""
    made = []

    def loaded(text: str, seconds: float = 5.0) -> Program:
        path = tmp_path / f"program{len(made)}.py"
        path.write_text(text)
        made.append(Program(path, seconds))
        return made[-1]

    yield loaded
    for program in made:
        program.close()


def one(program: Program, content: bytes | None = None, **told):
    (found,) = analyse(program, [Frame(7, encoded(250) if content is None else content, **told)])
    return found


def test_the_example_of_the_docs_sees_what_it_says(load) -> None:
    text = DOCS.read_text(encoding="utf-8")
    example = re.search(r"<!-- test: program -->\n```python\n(.*?)```", text, re.DOTALL)
    assert example is not None
    program = load(example[1])
    assert program.classes == ("dark", "light")
    found = [*analyse(program, [Frame(n, encoded(light), at=n) for n, light in ((1, 3), (2, 250))])]
    assert [(seen.frame.camera, seen.label) for seen in found] == [(1, "dark"), (2, "light")]
    assert found[1].probability == pytest.approx(250 / 255, abs=0.01)
    assert np.frombuffer(found[1].scores, "<f4") == pytest.approx([5 / 255, 250 / 255], abs=0.01)
    assert found[1].values == {"contrast": pytest.approx(0, abs=1)}
    assert (found[1].width, found[1].height) == (40, 30)
    assert program.failure is None


def test_it_knows_where_and_when_and_imports_what_is_beside_it(tmp_path) -> None:
    (tmp_path / "beside.py").write_text("NUMBER = 5\n")
    path = tmp_path / "mine.py"
    path.write_text(
        "import beside\n"
        "def analyse(frame):\n"
        "    c = frame.camera\n"
        "    return {'label': 'x', 'camera': repr((c.id, c.name, c.latitude, c.longitude)),\n"
        "            'time': frame.time.isoformat(), 'shape': repr(frame.pixels.shape),\n"
        "            'is': frame.samples is None, 'beside': beside.NUMBER}\n"
    )
    program = Program(path)
    about = About("Pier", (1.5, 2.5))
    found = one(program, at=1_000_000, about=about)
    moved = one(program, at=1_000_000, about=about, position=(-3.0, 4.0))
    program.close()
    assert found.values == {
        "camera": "(7, 'Pier', 1.5, 2.5)",
        "time": "1970-01-01T00:00:01+00:00",
        "shape": "(30, 40, 3)",
        "is": True,
        "beside": 5,
    }
    assert moved.values["camera"] == "(7, 'Pier', -3.0, 4.0)"
    assert found.probability is None
    assert found.scores == b""


def test_samples_are_samples(load) -> None:
    stream = io.BytesIO()
    np.save(stream, np.arange(6, dtype=np.float32).reshape(2, 3))
    program = load("def analyse(f):\n  return {'label': str(f.samples.sum()), 'p': f.pixels}\n")
    found = one(program, stream.getvalue(), at=0)
    assert (found.label, found.values, found.width, found.height) == ("15.0", {"p": None}, 3, 2)
    objects = io.BytesIO()
    np.save(objects, np.array([{}]), allow_pickle=True)
    assert one(program, objects.getvalue(), at=0).reason == "not samples"


def test_pictures_that_are_none_never_reach_it(load) -> None:
    program = load("def analyse(frame):\n    return {'label': 'x'}\n")
    noise, stream = np.random.default_rng(0).integers(0, 256, (30, 40), np.uint8), io.BytesIO()
    Image.fromarray(noise).save(stream, "JPEG")
    contents = [b"<html>", stream.getvalue()[:-200], b""]
    found = [one(program, content, at=0) for content in contents]
    assert [type(each) for each in found] == [Unusable] * 3
    assert [each.reason for each in found] == ["not an image", "truncated", "not an image"]


WRONGS = {
    "[]": "returns a dict",
    "None": "returns a dict",
    "{}": "'label' is a text",
    "{'label': 7}": "'label' is a text",
    "{'label': ''}": "'label' is a text",
    "{'label': 'x' * 201}": "'label' is a text",
    "{'label': 'b'}": "not among the classes",
    "{'label': 'aa', 'probability': 1.5}": "'probability' is a number from 0 to 1",
    "{'label': 'aa', 'probability': float('nan')}": "'probability' is a number",
    "{'label': 'aa', 'scores': [1]}": "'scores' is a dict",
    "{'label': 'aa', 'scores': {'b': 1}}": "not among the classes",
    "{'label': 'aa', 'scores': {'aa': 'much'}}": "is a number",
    "{'label': 'aa', 'n': float('inf')}": "value 'n' is a finite number",
    "{'label': 'aa', 'n': [1, 2]}": "value 'n'",
    "{'label': 'aa', 'n': object()}": "no JSON",
    "{'label': 'aa', 'n': frame.pixels}": "no JSON",
    "{'label': 'aa', 'n': 10 ** 400}": "value 'n'",
    "{'label': 'aa'} | {str(n): n for n in range(21)}": "at most 20 further values",
    "{'label': 'aa', 'x\\n': 1}": "a value has a name",
}


def test_an_answer_that_breaks_a_rule_costs_its_frame(load) -> None:
    program = load(
        "classes = ['aa', 'cc']\n"
        "def analyse(frame):\n"
        f"    return [lambda: {', lambda: '.join(WRONGS)}][frame.camera.id]()\n"
    )
    frames = [Frame(n, encoded(9), at=0) for n in range(len(WRONGS))]
    for found, said in zip(analyse(program, frames), WRONGS.values(), strict=True):
        assert isinstance(found, Failed)
        assert found.reason == WRONG
        assert said in found.detail
        assert program.failure is not None
        assert program.failure[1] == f"{WRONG}: {found.detail}"


def test_an_error_in_it_costs_its_frame_and_says_the_line(load) -> None:
    program = load(
        "import sys\n"
        "def analyse(frame):\n"
        "    if frame.camera.id == 1:\n"
        "        return {'label': 1 / 0}\n"
        "    if frame.camera.id == 2:\n"
        "        sys.exit('enough')\n"
        "    print('noise')\n"
        "    return {'label': 'fine'}\n"
    )
    found = [*analyse(program, [Frame(n, encoded(9), at=0) for n in (1, 2, 3)])]
    assert [getattr(each, "reason", "") for each in found] == [RAISED, RAISED, ""]
    assert found[0].detail == "ZeroDivisionError: division by zero, line 4"
    assert found[1].detail == "SystemExit: enough, line 6"


def test_a_program_that_kills_its_process_is_started_again(load) -> None:
    program = load(
        "import os\n"
        "def analyse(frame):\n"
        "    if frame.camera.id == 1:\n"
        "        os.kill(os.getpid(), 9)\n"
        "    if frame.camera.id == 2:\n"
        "        os._exit(3)\n"
        "    return {'label': 'fine'}\n"
    )
    found = [*analyse(program, [Frame(n, encoded(9), at=0) for n in (0, 1, 0, 2, 0)])]
    assert [getattr(each, "reason", "") for each in found] == ["", ENDED, "", ENDED, ""]
    assert [found[1].detail, found[3].detail] == ["by signal 9", "with status 3"]


def test_a_program_that_hangs_is_killed_with_all_that_it_started(load, tmp_path) -> None:
    told = tmp_path / "number"
    program = load(
        "import subprocess, time\n"
        "def analyse(frame):\n"
        "    if frame.camera.id:\n"
        "        other = subprocess.Popen(['sleep', '600'])\n"
        f"        open({str(told)!r}, 'w').write(str(other.pid))\n"
        "        time.sleep(600)\n"
        "    return {'label': 'fine'}\n",
        seconds=1.0,
    )
    for seconds in (1.0, 10.0, 60.0):  # that a busy machine takes for what comes before
        program.seconds = seconds
        begun = time.monotonic()
        assert one(program, at=0).reason == SLOW
        assert time.monotonic() - begun < seconds + 30
        if told.is_file():
            break
    assert not Path(f"/proc/{int(told.read_text())}").exists(), "it has ended before that is said"
    program.seconds = 30.0  # for a process that is started on a busy machine
    (found,) = analyse(program, [Frame(0, encoded(9), at=0)])
    assert found.label == "fine"


def test_one_that_ends_again_and_again_is_left_alone_for_a_while(load, monkeypatch) -> None:
    monkeypatch.setattr(module, "REST", 600.0)
    monkeypatch.setattr(module, "LONGEST_REST", 600.0)
    begun = []
    monkeypatch.setattr(module, "Child", lambda *a, **k: begun.append(1) or Child(*a, **k))
    program = load("import os\ndef analyse(frame):\n    os._exit(3)\n")
    frames = [Frame(n, encoded(9), at=0) for n in range(40)]
    found = [*analyse(program, frames)]
    assert len(begun) == module.TRIES
    assert {each.reason for each in found} == {ENDED}
    assert "started again in" in found[-1].detail


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("def analyse(frame:\n", "SyntaxError.*line 1"),
        ("import nothing_of_this_name\n", "ModuleNotFoundError: No module named .*line 1"),
        ("x = 1\n", "a program has a function analyse"),
        ("analyse = 3\n", "a program has a function analyse"),
        ("raise SystemExit(3)\n", "SystemExit: 3, line 1"),
        ("import os\nos._exit(4)\n", "with status 4"),
        ("classes = 'abc'\ndef analyse(frame): ...\n", "tuple of names"),
        ("classes = ('a', 'a')\ndef analyse(frame): ...\n", "differ"),
        ("classes = (object(),)\ndef analyse(frame): ...\n", "TypeError"),
    ],
)
def test_one_that_does_not_load_is_said_at_once(load, text: str, said: str) -> None:
    with pytest.raises(ArgumentError, match=said):
        load(text)


def test_a_file_that_is_not_there_is_said(tmp_path) -> None:
    with pytest.raises(ArgumentError, match="cannot read the program"):
        Program(tmp_path / "none.py")


def test_a_program_that_never_loads_is_killed(load, monkeypatch) -> None:
    monkeypatch.setattr(module, "START", 0.5)
    with pytest.raises(ArgumentError, match="did not load in"):
        load("while True: pass\n")


def test_another_program_has_another_digest(load) -> None:
    first, second = (load(f"def analyse(f): return {{'label': '{n}'}}\n") for n in (1, 2))
    assert first.digest != second.digest
    assert first.name == "program0.py"


def test_many_threads_ask_at_a_time(load) -> None:
    program = load("def analyse(f): return {'label': str(f.camera.id)}\n")
    found: list = []

    def ask(start: int) -> None:
        frames = [Frame(n, encoded(9), at=0) for n in range(start, start + 20)]
        found.extend(analyse(program, frames))

    threads = [threading.Thread(target=ask, args=(100 * n,)) for n in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 60
    assert all(isinstance(seen, Seen) and seen.label == str(seen.frame.camera) for seen in found)


def test_what_a_program_raises_can_be_shown_whatever_it_is(load) -> None:
    program = load("def analyse(frame):\n    raise ValueError(chr(0xD800))\n")
    assert isinstance(one(program, at=1), Failed)
    assert program.failure is not None
    assert "ValueError: \\ud800" in program.failure[1]


def test_a_score_that_32_bits_do_not_hold_is_refused(load) -> None:
    program = load(
        "classes = ('a',)\ndef analyse(frame):\n    return {'label': 'a', 'scores': {'a': 1e39}}\n"
    )
    found = one(program, at=1)
    assert isinstance(found, Failed)
    assert found.detail == "'scores' of 'a' is at most 1e+38; got 1e+39"


GARBAGE = {
    "noise on its socket": "os.write(wire, os.urandom(4096))",
    "an endless message": "os.write(wire, b'\\xff' * 64)",
    "nested without end": "send(b'[' * 50_000)",
    "no object": "send(b'[1]')",
    "no size": "send(json.dumps({'found': {'label': 'x'}}).encode())",
    "an odd size": "send(json.dumps({'found': {'label': 'x'}, 'size': 'wide'}).encode())",
    "noise on both outputs": "print('\\0' * 300_000); sys.stderr.write('x' * 100_000); os._exit(7)",
    "its socket closed": "os.close(wire)",
    "a process of its own that lives on": "os.fork() or time.sleep(60); os._exit(1)",
    "many processes": "[os.fork() or time.sleep(60) for _ in range(20)]; os._exit(1)",
    "memory": "bytearray(1 << 46)",
    "deep calls": "(f := lambda: f())()",
    "a stopped process": "os.kill(os.getpid(), 19)",
    "a stopped group": "os.kill(0, 19)",
    "a stopped parent": "os.kill(os.getppid(), 19); time.sleep(60)",
    "a session of its own": "away(); time.sleep(60)",
    "a session of its own, and an end": "away(); os._exit(1)",
    "a daemon": "daemon(); time.sleep(60)",
    "a daemon, and an end": "daemon(); os._exit(1)",
    "a daemon, and a violent end": "daemon(); os.kill(0, 9)",
}


# What leaves the group of its program, without the environment by which it could be found.
LEAVING = """
import json, os, struct, subprocess, sys, time
def away():
    subprocess.Popen([{mark!r}, "600"], executable={sleep!r}, start_new_session=True, env={{}})
def daemon():
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            os.execve({sleep!r}, [{mark!r}, "600"], {{}})
        os._exit(0)
    os.wait()
"""


@pytest.fixture
def mark(monkeypatch) -> str:
    """In the environment, or the command line, of each process that the test starts."""
    word = secrets.token_hex(8)
    monkeypatch.setenv("COUNTERPOISE_TEST", word)
    return word


def alive(mark: str) -> list[str]:
    """The processes that have it; those that nobody has waited for yet have nothing."""
    found = []
    for name in ("environ", "cmdline"):
        for place in Path("/proc").glob(f"[0-9]*/{name}"):
            with contextlib.suppress(OSError):
                if mark.encode() in place.read_bytes():
                    found.append(place.parent.name)
    return found


def leaving(mark: str) -> str:
    return LEAVING.format(mark=mark, sleep=shutil.which("sleep"))


def none_is_left(mark: str) -> bool:
    for _ in range(1500):
        if not alive(mark):
            return True
        time.sleep(0.02)
    return False


@pytest.mark.parametrize("what", GARBAGE)
def test_whatever_it_does_costs_its_frame_and_nothing_is_left(
    load, mark: str, what: str, monkeypatch
) -> None:
    monkeypatch.setattr(child, "PATIENCE", 0.5)
    program = load(
        f"{leaving(mark)}"
        "wire = int(sys.argv[1])\n"
        "def send(head):\n"
        "    os.write(wire, SIZES.pack(len(head), 0) + head)\n"
        "from counterpoise.service.runtime.messages import _SIZES as SIZES\n"
        "def analyse(frame):\n"
        "    if frame.camera.id == 1:\n"
        f"        {GARBAGE[what]}\n"
        "        os._exit(2)\n"
        "    return {'label': 'fine'}\n"
    )
    program.seconds = 1.5
    assert alive(mark)
    (found,) = analyse(program, [Frame(1, encoded(9), at=0)])
    assert isinstance(found, Failed)
    assert program.failure is not None
    assert program.failure[1].isprintable()
    program.seconds = 30.0
    for number in (2, 3):
        (after,) = analyse(program, [Frame(number, encoded(9), at=0)])
        assert getattr(after, "label", after) == "fine"
    program.close()
    assert none_is_left(mark)


SERVER = """
import os, sys
from pathlib import Path
from counterpoise.service.analyzer.analysis import analyse
from counterpoise.service.analyzer.frame import Frame
from counterpoise.service.analyzer.program import Program
program = Program(Path(sys.argv[1]))
(found,) = analyse(program, [Frame(1, Path(sys.argv[2]).read_bytes(), at=0)])
print(found.label, flush=True)
os.kill(os.getpid(), 9)
"""


def test_nothing_is_left_of_it_when_its_server_is_killed(tmp_path, mark: str) -> None:
    path, picture = tmp_path / "mine.py", tmp_path / "a.jpg"
    text = "def analyse(frame):\n    away(), daemon()\n    return {'label': 'left'}\n"
    path.write_text(leaving(mark) + text)
    picture.write_bytes(encoded(9))
    command = [sys.executable, "-c", SERVER, str(path), str(picture)]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False)
    assert (done.stdout, done.returncode) == ("left\n", -9)
    assert none_is_left(mark)
