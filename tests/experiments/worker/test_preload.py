"""The server of workers has torch when it forks, and not what torch does not need."""

import subprocess
import sys

LOADED = (
    "[n for n in ('torch', 'lightning_fabric', 'torchmetrics', 'transformers', 'scipy.special', "
    "'matplotlib') if n in modules]"
)
PRELOAD = "import gc, signal, counterpoise.experiments.worker.preload; from sys import modules"
SILENT = "signal.getsignal(signal.SIGINT) is signal.SIG_IGN"
COLLECTS = "gc.isenabled(), gc.get_freeze_count() > 0"  # garbage, but not what was loaded


def loaded(before: str) -> str:
    # Started in the background of a shell, this test would hand on SIGINT as ignored.
    heard = "import signal; signal.signal(signal.SIGINT, signal.default_int_handler)"
    script = f"{heard}; {before}; {PRELOAD}; print({LOADED}, {SILENT}, {COLLECTS})"
    made = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    return made.stdout.strip()


def test_a_server_loads_what_trains_and_hides_nothing_afterwards() -> None:
    """And Ctrl-C in a terminal, which reaches it too, is left to the comparison."""
    made = loaded("from multiprocessing.forkserver import main")
    assert made == "['torch', 'lightning_fabric'] True True True"


def test_no_other_program_loads_anything() -> None:
    assert loaded("pass") == "[] False True False"
