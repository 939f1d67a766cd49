"""`/api/v1/openapi.json`: the document as it is kept, smaller for who can unpack it, and not sent
again to whoever has it.
"""

import gzip
from collections.abc import Mapping
from functools import cache
from http import HTTPStatus
from types import MappingProxyType
from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from services.web.requests import JSON, has_already
from services.web.rows import digest_of
from services.web.surface import surface

GZIP: Final = "gzip"
KEPT_BY_WHO_ASKED: Final[Mapping[str, str]] = MappingProxyType(
    {"Cache-Control": "no-cache", "Vary": "Accept-Encoding"}
)
"""Whoever has it may keep it, and asks each time whether there is another one."""


async def document(request: Request) -> Response:
    """The document, which anybody may have."""
    headers = {**KEPT_BY_WHO_ASKED, "ETag": _tag()}
    if has_already(request, _tag()):
        return Response(status_code=HTTPStatus.NOT_MODIFIED, headers=headers)
    if _unpacks(request.headers.get("accept-encoding", "")):
        headers["Content-Encoding"] = GZIP
        return Response(_packed(), headers=headers, media_type=JSON)
    return Response(surface().document, headers=headers, media_type=JSON)


@cache
def _tag() -> str:
    return f'W/"{digest_of(surface().document)}"'


@cache
def _packed() -> bytes:
    return gzip.compress(surface().document, mtime=0)


def _unpacks(accepted: str) -> bool:
    """Whether somebody takes what is packed: `gzip`, and not with the weight 0 (RFC 9110)."""
    for one in accepted.lower().split(","):
        name, _, weight = one.replace(" ", "").partition(";q=")
        if name == GZIP:
            return weight.strip("0.") != "" if weight else True
    return False
