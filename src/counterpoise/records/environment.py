"""environment.json: the versions and the machine behind a run."""

from __future__ import annotations

from pydantic import Field

from counterpoise.records.record import Record


class EnvironmentRecord(Record):
    """Versions and machine of a run; no host name and no path."""

    counterpoise: str = Field(description="version of counterpoise")
    numerics: int = Field(
        description="version of the training loop, raised when it changes any number"
    )
    python: str = Field(description="version of Python")
    torch: str = Field(description="version of PyTorch")
    torchvision: str = Field(description="version of torchvision")
    lightning_fabric: str = Field(
        validation_alias="lightning-fabric",
        serialization_alias="lightning-fabric",
        description="version of Lightning Fabric",
    )
    numpy: str = Field(description="version of NumPy")
    scikit_learn: str = Field(
        validation_alias="scikit-learn",
        serialization_alias="scikit-learn",
        description="version of scikit-learn",
    )
    system: str = Field(description="operating system and kind of machine")
    processor: str = Field(description="name of the processor")
    cores: int = Field(description="cores that the process may use")
    device: str = Field(description="where the training ran, such as cpu or cuda:0")
    threads: int = Field(description="threads of each worker")
