"""A server of PostgreSQL for tests, by the Debian package: prints its port, and ends with stdin.

It runs as another user where this one is root, listens on loopback alone, and keeps nothing.
``kill`` on stdin ends it in the middle of whatever it does, and ``start`` starts it again.
"""

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
from collections import deque
from collections.abc import Sequence
from pathlib import Path

USER, PASSWORD = "counterpoise", "a secret of tests"
DURABLE = "--durable"  # with PostgreSQL's own settings, as an operator has them
MISSING = (
    "no PostgreSQL: initdb is neither on the PATH nor in /usr/lib/postgresql (Debian: postgresql)"
)
FAST = {
    "fsync": "off",
    "full_page_writes": "off",
    "synchronous_commit": "off",
    "shared_buffers": "32MB",
    "max_connections": "60",
    "autovacuum": "off",
}
ALONE = {"listen_addresses": "127.0.0.1", "unix_socket_directories": ""}  # fmt: skip


def programs() -> Path | None:
    """Where initdb and postgres are."""
    found = shutil.which("initdb")
    if found is not None:
        return Path(found).resolve().parent
    newest = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    return newest[-1].parent if newest else None


def run(command: Sequence[str | Path]) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False, **AS)
    if done.returncode:
        sys.exit(f"{command[0]}: {done.stderr}")


def start(bin_: Path, data: Path, port: int) -> subprocess.Popen[str]:
    command = [bin_ / "postgres", "-D", data, "-p", str(port)]
    settings = ALONE if DURABLE in sys.argv else ALONE | FAST
    command += [f"--{name}={value}" for name, value in settings.items()]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, **AS)
    assert process.stderr is not None
    said = []
    for line in process.stderr:
        said.append(line)
        if "ready to accept connections" in line:
            # Its log is read on, or it would wait when the pipe is full.
            threading.Thread(target=deque, args=(process.stderr, 0), daemon=True).start()
            return process
    process.wait()
    raise OSError("".join(said))


def start_somewhere(bin_: Path, data: Path) -> tuple[subprocess.Popen[str], int]:
    """Start it at a port that no other program is given by chance, also while it is down."""
    for port in random.sample(range(20_000, 30_000), 20):
        try:
            return start(bin_, data, port), port
        except OSError as error:
            said = str(error)
    sys.exit(said)


AS = {"cwd": "/", "user": "nobody", "group": "nogroup", "extra_groups": []}
if os.getuid() != 0:
    AS = {"cwd": "/"}


def main() -> None:
    bin_ = programs()
    if bin_ is None:
        print(json.dumps({"missing": MISSING}), flush=True)
        return
    folder = Path(tempfile.mkdtemp(prefix="counterpoise-postgresql-"))
    try:
        secret, data = folder / "password", folder / "data"
        secret.write_text(PASSWORD)
        if os.getuid() == 0:
            for path in (folder, secret):
                shutil.chown(path, "nobody", "nogroup")
        run(
            [bin_ / "initdb", "-D", data, "-U", USER, f"--pwfile={secret}", "-A", "scram-sha-256",
             "--encoding=UTF8", "--locale=C", "--no-sync", "--no-instructions"]
        )  # fmt: skip
        process, port = start_somewhere(bin_, data)
        print(json.dumps({"user": USER, "password": PASSWORD, "port": port}), flush=True)
        for line in sys.stdin:
            if line == "kill\n":
                process.send_signal(signal.SIGQUIT)  # at once, and it recovers when it starts
                process.wait()
            elif line == "start\n":
                process = start(bin_, data, port)
            print("done", flush=True)
        process.send_signal(signal.SIGQUIT)
        process.wait(20)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
