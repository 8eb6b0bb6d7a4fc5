"""The record has the keys that the environment of a run has, in the same order."""

from counterpoise.experiments.identity import environment
from counterpoise.records import EnvironmentRecord


def test_the_environment_of_a_run_is_kept_whole() -> None:
    said = EnvironmentRecord.model_validate(environment("cpu", 1)).as_json()
    assert said.pop("schema") == 1
    assert list(said.items()) == list(environment("cpu", 1).items())
    assert {"lightning-fabric", "scikit-learn"} < set(said)
