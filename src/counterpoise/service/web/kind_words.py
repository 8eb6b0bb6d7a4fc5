"""The kinds of camera in a line each, and which fields of the form each of them uses."""

from __future__ import annotations

from dataclasses import dataclass

from counterpoise.service.runtime.kinds import SENDS


@dataclass(frozen=True)
class KindWords:
    """What a newcomer needs to choose a kind.

    Args:
        title: in the list of the form.
        about: where its frames come from.
        example: of its address; empty for a kind that has none.
    """

    title: str
    about: str
    example: str = ""


KIND_WORDS = {
    "snapshot": KindWords(
        "one picture at an address",
        "The picture at this address is fetched again and again, as a browser would load it.",
        "https://cameras.example.org/7.jpg",
    ),
    "mjpeg": KindWords(
        "a stream of pictures (MJPEG)",
        "One connection stays open and pictures come over it; those that come faster than wanted "
        "are not analysed.",
        "https://cameras.example.org/lock3",
    ),
    "hls": KindWords(
        "video by HTTP (HLS)",
        "A playlist of video, as video on web pages is sent. Takes the extra serve-video.",
        "https://cameras.example.org/harbour.m3u8",
    ),
    "rtsp": KindWords(
        "video by RTSP",
        "A video stream, as network cameras and recorders send it. Takes the extra serve-video.",
        "rtsp://camera.example.org/stream1",
    ),
    "replay": KindWords(
        "pictures of a folder",
        "Pictures of a folder of the server, one after the other, again and again. The folder is "
        "in one that the setting replay_folders names.",
        "/srv/pictures/harbour",
    ),
    "push": KindWords(
        "sends pictures itself, such as a phone",
        "Nothing is fetched: the device sends each picture to this server with a token. Its page "
        "has the command once it is saved.",
    ),
    "sensor": KindWords(
        "sends measurements itself",
        "Nothing is fetched: the device sends windows of numbers to this server with a token, for "
        "a model of series or vectors.",
    ),
}
ADDRESSED = tuple(kind for kind in KIND_WORDS if kind not in SENDS)
LOGGED_IN = tuple(kind for kind in ADDRESSED if kind != "replay")

# What a kind of rule of `database/alerts.py` waits for, in a sentence.
RULE_WORDS = {
    "class seen": "Each camera on its own: raised when it sees the class in enough frames within 5 "
    "seconds, cleared when it has not seen it for a while.",
    "class rate": "All cameras together: raised when the class is in so many frames of the window, "
    "cleared when it is in fewer than the smaller number.",
    "camera offline": "Each camera on its own: raised when it has sent no new frame for so long, "
    "cleared when it is live again. The same picture again is no new frame.",
    "drift": "Each camera on its own, looked at once a minute: raised when the shares of the "
    "classes that it sees are so far from those of the training (population stability index) and "
    "one of them differs by more than chance, in the last 24 hours or, at first, the last hour.",
    "disk": "Raised when so much of the disk with the server's folder is used.",
    "storing": "Raised when pictures or results cannot be written, whatever the reason.",
}
