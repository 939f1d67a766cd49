"""The servers of the bus themselves, spoken to in their own account: to have them read their
configuration again, and to close connections.
"""

import asyncio
import json
from collections.abc import Iterable
from datetime import datetime
from typing import Any, Final

from nats.aio.client import Client
from nats.errors import Error as NatsError
from nats.errors import TimeoutError as NoAnswer

SERVER: Final = "$SYS.REQ.SERVER."
PATIENCE: Final = 2.0  # seconds for an answer
QUIET: Final = 0.2  # seconds after the last answer until all have answered
TWICE: Final = 2  # an account that comes new with the first time has its imports with the second
MANY: Final = 1024  # connections of one account on one server


async def read_again(client: Client) -> None:
    """Have every server read its configuration. Raises NatsError if one can't, or none answers."""
    for server in await _ids(client):
        for _ in range(TWICE):
            await _asked(client, server, "RELOAD", {})


async def connections(client: Client, accounts: Iterable[str]) -> dict[str, list[datetime]]:
    """When each connection was made that these accounts have, on every server."""
    servers, found = await _ids(client), dict[str, list[datetime]]()
    for account in accounts:
        wanted = {"acc": account, "limit": MANY}
        told = [await _asked(client, server, "CONNZ", wanted) for server in servers]
        there = (one for data in told for one in data["connections"] or ())
        found[account] = [datetime.fromisoformat(one["start"]) for one in there]
    return found


async def close_connections(client: Client, account: str) -> None:
    """Close all connections of an account, on every server."""
    for server in await _ids(client):
        found = await _asked(client, server, "CONNZ", {"acc": account, "limit": MANY})
        for one in found["connections"] or ():
            await _asked(client, server, "KICK", {"cid": one["cid"]})


async def _ids(client: Client) -> list[str]:
    """Every server that answers."""
    inbox = client.new_inbox()
    subscription = await client.subscribe(inbox)
    found: list[str] = []
    try:
        await client.publish(f"{SERVER}PING", reply=inbox)
        patience = PATIENCE
        while True:
            message = await subscription.next_msg(patience)
            found.append(json.loads(message.data)["server"]["id"])
            patience = QUIET
    except NoAnswer:
        if not found:
            raise
        return found
    finally:
        await subscription.unsubscribe()


async def _asked(client: Client, server: str, what: str, body: dict[str, Any]) -> dict[str, Any]:
    async with asyncio.timeout(PATIENCE):
        answer = await client.request(
            f"{SERVER}{server}.{what}", json.dumps(body).encode(), timeout=PATIENCE
        )
    found: dict[str, Any] = json.loads(answer.data)
    if error := found.get("error"):
        raise NatsError(f"the bus could not {what}: {error.get('description')}")
    return found.get("data") or {}
