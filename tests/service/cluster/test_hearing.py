"""What a real Ray says of a worker: that it cannot be reached, or that its process ended.

On a stand-in for Ray: test_placing.py.
"""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from types import SimpleNamespace

import pytest

BOUND = 240.0  # seconds until a test gives up; nothing waits that long

# Of what this process sends to workers, a half is lost on the way.
LOST = {
    "num_failures": 1000,
    "req_failure_prob": 50,
    "resp_failure_prob": 0,
    "in_flight_failure_prob": 0,
}
SCRIPT = """
import os, signal, sys
import ray
from counterpoise.service.cluster.hearing import Hearing

class Worker:
    def __init__(self):
        self.process = os.urandom(8).hex()
    def state(self):
        return "", "its name in the database", self.process
    def until_end(self):
        import time
        time.sleep(60)
    def pid(self):
        return os.getpid()

def listen(is_enough):
    hearing.ask(workers)
    while not is_enough():
        if not hearing.hear(0.1):
            hearing.ask(workers)

def pid():
    while True:
        try:
            return ray.get(worker.pid.remote())
        except ray.exceptions.ActorUnavailableError:
            pass

ray.init(address=sys.argv[1], log_to_driver=False)
options = {"max_restarts": int(sys.argv[2]), "max_concurrency": 16, "num_cpus": 0}
worker = ray.remote(Worker).options(**options).remote()
workers, told, freed = {"w": worker}, [], []
hearing = Hearing(
    ray, lambda name, fault: told.append(fault), lambda holder: not freed.append(holder),
    lambda name: told.append("lost"),
)
failed, fails = [], hearing._failed
hearing._failed = lambda name, error: (failed.append(type(error).__name__), fails(name, error))
listen(lambda: told)
seen = len(failed)
listen(lambda: len(failed) > seen + 2)
print("unreachable:", *sorted({*failed}), "freed:", *freed, flush=True)
os.kill(pid(), signal.SIGKILL)
listen(lambda: freed)
print("killed, freed:", *freed, "lost" if "lost" in told else "", flush=True)
"""


@pytest.mark.system
@pytest.mark.parametrize(("restarts", "said"), [(-1, ""), (0, "lost")])
def test_one_that_cannot_be_reached_is_not_one_that_ended(
    machines: Callable[[int], SimpleNamespace], restarts: int, said: str
) -> None:
    environment = {
        "RAY_USAGE_STATS_ENABLED": "0",
        "RAY_testing_rpc_failure": json.dumps({"CoreWorkerService.grpc_client.PushTask": LOST}),
    }
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, machines(1).address, str(restarts)],
        env=os.environ | environment,
        capture_output=True, text=True, timeout=BOUND, check=False,
    )  # fmt: skip
    lines = [line.strip() for line in done.stdout.splitlines()]  # Ray says much between them
    assert [line for line in lines if line.startswith(("unreachable:", "killed"))] == [
        "unreachable: ActorUnavailableError freed:",
        f"killed, freed: its name in the database {said}".strip(),
    ], done.stderr[-3000:]
