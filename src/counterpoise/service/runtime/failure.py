"""What goes wrong between a device and its frame, by name."""

from __future__ import annotations

REASONS = {
    "dns": "its name has no address",
    "connect": "nothing answers at its address",
    "tls": "its certificate or encryption is refused",
    "auth": "it wants another user name or password",
    "http": "it answers with an error",
    "timeout": "it took too long",
    "too big": "it sent more than a frame may have",
    "too fast": "it sends frames faster than they are taken",
    "not an image": "what it sent is no image",
    "not samples": "what it sent are no numbers of the shape that is analysed",
    "truncated": "its image ended too early",
    "bomb": "its image has more pixels than are decoded",
    "frozen": "it shows the same picture again and again",
    "silent": "it has sent nothing for a while",
    "unfit": "the model does not analyse what such a device sends",
    "missing": "the server lacks what such a device needs",
    "blocked": "the server does not fetch from its address",
    "protocol": "it does not speak the protocol it should",
}


def one_line(text: str) -> str:
    """A stranger's text as it can be stored and shown: without line ends and what is no character.

    >>> one_line("a\\n\\udcff")
    'a\\\\n\\\\udcff'
    """
    return "".join(c if c.isprintable() else ascii(c)[1:-1] for c in text)


class DeviceError(Exception):
    """A device gave no frame.

    Args:
        reason: a key of `REASONS`.
        detail: what arrived, without credentials.
        advice: what to do about it.
        after: seconds to wait at least before it is asked again, if it said so.
    """

    def __init__(self, reason: str, detail: str = "", advice: str = "", after: float = 0.0) -> None:
        assert reason in REASONS
        # A header that is not UTF-8 has surrogates, which neither a page nor a database takes.
        detail = one_line(detail)
        text = f"{REASONS[reason]}: {detail}" if detail else REASONS[reason]
        super().__init__(f"{text} ({advice})" if advice else text)
        self.reason = reason
        self.detail = detail
        self.after = after
