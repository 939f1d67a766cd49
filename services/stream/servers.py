"""The servers of the bus themselves, spoken to in their own account: to have them read their
configuration again, to see whom they let in by it, and to close connections.
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
QUIET: Final = 0.5  # seconds after an answer for that of another server
TWICE: Final = 2  # an account that comes new with the first time has its imports with the second
MANY: Final = 1024  # connections of one account on one server


async def read_again(client: Client) -> None:
    """Have every server read its configuration, also if one of them can't. Raises NatsError or
    TimeoutError if one could not, or does not answer.
    """
    failed: Exception | None = None
    answering, number = await _there(client)
    if len(answering) < number:
        failed = NatsError(f"of {number} servers of the bus only {len(answering)} answer")
    for server in answering:
        try:
            for _ in range(TWICE):
                await _asked(client, server, "RELOAD", {})
        except (NatsError, OSError) as fault:
            failed = failed or fault
    if failed:
        raise failed


async def letting_in(client: Client, account: str) -> list[bool]:
    """Whether each server has this account, by what it read: those who are in it may come in."""
    found = [await _asked(client, server, "ACCOUNTZ", {}) for server in await _ids(client)]
    return [account in (one["accounts"] or ()) for one in found]


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
    """Close all connections of an account, on every server; there may be no such account."""
    for server in await _ids(client):
        found = await _asked(client, server, "CONNZ", {"acc": account, "limit": MANY})
        for one in found["connections"] or ():
            await _asked(client, server, "KICK", {"cid": one["cid"]})


async def _ids(client: Client) -> list[str]:
    """Every server that answers."""
    return (await _there(client))[0]


async def _there(client: Client) -> tuple[list[str], int]:
    """Every server that answers, and how many there are, as far as those know."""
    inbox = client.new_inbox()
    subscription = await client.subscribe(inbox)
    found, known = list[str](), 1
    try:
        await client.publish(f"{SERVER}PING", reply=inbox)
        while len(found) < known:
            message = await subscription.next_msg(QUIET if found else PATIENCE)
            told = json.loads(message.data)
            found.append(told["server"]["id"])
            known = max(known, told.get("statsz", {}).get("active_servers", 1))
    except NoAnswer:
        if not found:
            raise
    finally:
        await subscription.unsubscribe()
    return found, known


async def _asked(client: Client, server: str, what: str, body: dict[str, Any]) -> dict[str, Any]:
    async with asyncio.timeout(PATIENCE):
        answer = await client.request(
            f"{SERVER}{server}.{what}", json.dumps(body).encode(), timeout=PATIENCE
        )
    found: dict[str, Any] = json.loads(answer.data)
    if error := found.get("error"):
        raise NatsError(f"the bus could not {what}: {error.get('description')}")
    return found.get("data") or {}
