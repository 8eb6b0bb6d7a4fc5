"""A frame on its way through analysis, and the three things that may become of it."""

from __future__ import annotations

from dataclasses import dataclass, field

from counterpoise.service.runtime.device import Position


@dataclass(frozen=True)
class About:
    """What a program is told of the camera that a frame is of."""

    name: str = ""
    position: Position | None = None


@dataclass(frozen=True)
class Frame:
    """A fetched frame that waits.

    Args:
        camera: its number in the database.
        content: bytes of an image file, or of a .npy file of samples.
        at: when its last byte arrived, microseconds since 1970.
        stores: whether its picture is kept.
        about: the camera.
        position: where the device was, if it said so with the frame.
    """

    camera: int
    content: bytes = field(repr=False)
    at: int
    stores: bool = True
    about: About = About()
    position: Position | None = None


@dataclass(frozen=True)
class Seen:
    """What the model says of a frame.

    Args:
        frame: it.
        label: the class.
        probability: of the label; None for a model of margins.
        scores: (K,) float32, of each class; empty where there are none.
        width: of the picture in pixels, or the length of the samples.
        height: of the picture, or the number of channels of the samples.
        values: what else a program says of it.
    """

    frame: Frame
    label: str
    probability: float | None
    scores: bytes
    width: int
    height: int
    values: dict[str, str | float | bool | None] = field(default_factory=dict)


@dataclass(frozen=True)
class Unusable:
    """A frame that the model never sees, and why: a key of `runtime/failure.py`."""

    frame: Frame
    reason: str
    detail: str


@dataclass(frozen=True)
class Failed:
    """A frame that has no result for a fault that is not its device's: the program's."""

    frame: Frame
    reason: str
    detail: str
