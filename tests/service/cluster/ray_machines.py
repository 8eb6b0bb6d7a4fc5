"""A Ray cluster of several machines on this one: prints its address, and ends with stdin.

With a folder each machine keeps what is its own in another folder of that. ``kill N`` on stdin ends
machine N in the middle of whatever it does, ``add`` adds another one.
"""

import logging
import os
import sys

os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")

from ray.cluster_utils import Cluster


def main(machines: int, folder: str = "") -> None:
    logging.disable(logging.CRITICAL)
    small = {"num_cpus": 1, "object_store_memory": 80 << 20}

    def one(number: int) -> dict[str, object]:
        return small | {"env_vars": {"XDG_CACHE_HOME": f"{folder}/{number}"} if folder else None}

    head = one(0) | {"include_dashboard": False}
    cluster = Cluster(initialize_head=True, head_node_args=head)
    nodes = [cluster.head_node, *(cluster.add_node(**one(n)) for n in range(1, machines))]
    try:
        print(cluster.address, flush=True)
        for line in sys.stdin:
            what, _, number = line.strip().partition(" ")
            if what == "kill":
                cluster.remove_node(nodes[int(number)], allow_graceful=False)
            elif what == "add":
                nodes.append(cluster.add_node(**one(len(nodes))))
            print("done", flush=True)
    finally:
        cluster.shutdown()


if __name__ == "__main__":
    main(int(sys.argv[1]), *sys.argv[2:])
