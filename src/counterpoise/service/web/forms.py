"""What a form sent, as text by field."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

from fastapi import Depends, Request
from starlette.datastructures import UploadFile

FIELDS, LONGEST = 100, 5000


async def sent_form(request: Request) -> Mapping[str, str]:
    """Field -> text; files are left out, and text is cut at 5000 characters."""
    async with request.form(max_fields=FIELDS, max_files=0) as form:
        return {
            name: value[:LONGEST].encode(errors="replace").decode()  # of a charset that it chose
            for name, value in form.items()
            if not isinstance(value, UploadFile)
        }


SentForm = Annotated[Mapping[str, str], Depends(sent_form)]
