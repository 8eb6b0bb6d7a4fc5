"""Keys are the names of packages, hyphens included, whatever the fields are called."""

import importlib.metadata
import json

from counterpoise.experiments.identity import environment
from counterpoise.records import EnvironmentRecord


def test_versions_stand_under_the_names_of_the_packages() -> None:
    made = environment("cpu", 1)
    said = json.loads(made.text())
    for package in ("torch", "torchvision", "lightning-fabric", "numpy", "scikit-learn"):
        assert said[package] == importlib.metadata.version(package)
    assert "_" not in "".join(said)
    assert EnvironmentRecord.parse(made.text(), "environment.json") == made
