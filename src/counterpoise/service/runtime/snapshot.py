"""A camera with a URL that shows one picture, asked again and again."""

from __future__ import annotations

import hashlib
import time
from collections.abc import AsyncGenerator

from counterpoise.service.runtime.clock import now
from counterpoise.service.runtime.device import EncodedFrame, Ending, Pace, Source, Unchanged
from counterpoise.service.runtime.fetch import Fetcher

TIME = "{time}"  # in a URL: seconds since 1970, for servers that hand out old pictures
LONGEST = 1000  # characters of what is sent back
VALIDATORS = {"ETag": "If-None-Match", "Last-Modified": "If-Modified-Since"}


class Snapshot:
    """One request a frame; a server that knows the picture has not changed sends none."""

    async def frames(
        self, source: Source, fetcher: Fetcher, ending: Ending
    ) -> AsyncGenerator[EncodedFrame | Unchanged, None]:
        """A frame every `source.interval` seconds, or as fast as they come if that is slower."""
        known: dict[str, str] = {}
        digest = b""
        pace = Pace(source.interval)
        while not ending.begun:
            url = source.url.replace(TIME, str(int(time.time())))
            async with fetcher.open(url, source.auth, known) as response:
                if response.status == 304:
                    yield Unchanged()
                else:
                    content = await fetcher.read(response)
                    arrived = now()
                    known = {
                        asked: response.headers[told]
                        for told, asked in VALIDATORS.items()
                        if _may_be_repeated(response.headers.get(told, ""))
                    }
                    before, digest = digest, hashlib.sha256(content).digest()
                    yield EncodedFrame(content, arrived, repeated=digest == before)
            await ending.sleep(pace.pause())


def _may_be_repeated(value: str) -> bool:
    """Whether a header can be sent back: bytes that are no UTF-8 cannot, and are left out."""
    return 0 < len(value) <= LONGEST and value.isprintable()
