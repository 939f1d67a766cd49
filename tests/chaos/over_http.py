"""A part of the load over HTTP: the same commands, whose answers must be those of the door."""

from http import HTTPStatus
from typing import Any, Final

import httpx
from pydantic_core import from_json

from services.door.replies import FieldProblem, Reply
from services.web.surface import COMMANDS
from tests.scenes.over_http import bearing

STATUS: Final = {
    HTTPStatus.BAD_REQUEST: "invalid",
    HTTPStatus.NOT_FOUND: "unknown",
    HTTPStatus.INTERNAL_SERVER_ERROR: "failed",
    HTTPStatus.SERVICE_UNAVAILABLE: "busy",
    HTTPStatus.TOO_MANY_REQUESTS: "busy",
}


class OverHttp:
    """Somebody who asks at an address of the worker `web`, which may be away."""

    def __init__(self, address: str, seconds: float) -> None:
        self._client = httpx.AsyncClient(
            base_url=f"http://{address}", timeout=seconds, trust_env=False
        )

    async def close(self) -> None:
        await self._client.aclose()

    async def ask(self, name: str, body: bytes, token: str) -> Reply | None:
        """The answer to a request as it is sent on the bus; None if none came."""
        said: dict[str, Any] = from_json(body)
        key = {"Idempotency-Key": said.pop("id")}
        try:
            told = await self._client.post(
                f"{COMMANDS}{name}", json=said, headers={**bearing(token), **key}
            )
        except httpx.HTTPError:
            return None
        return _reply(told)


def _reply(told: httpx.Response) -> Reply:
    if told.is_success:
        return Reply.model_validate_json(told.content)
    said = told.json()
    status = STATUS.get(HTTPStatus(told.status_code), "refused")
    fields = tuple(FieldProblem(**one) for one in said.get("fields", ()))
    return Reply.model_validate(
        {
            "status": said["code"] if said.get("code") == "unanswered" else status,
            "command": said.get("command"),
            "code": said.get("code"),
            "sentence": said["detail"],
            "fields": fields or None,
        }
    )
