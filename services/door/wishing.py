"""From a request to a wish, which the writer decides."""

from collections.abc import Callable
from datetime import datetime

from events.ids import CommandId
from services.door.wire import Parsed, act_of, content_of, origin_of
from services.log.wishes import Wish
from services.vault.vault import Vault


def wish_of(
    parsed: Parsed, now: datetime, vault: Vault, source: str, fresh: Callable[[], str]
) -> Wish:
    """The wish of whoever asks; `fresh` gives text that never repeats, for what has no id.

    Malformed if somebody claims a time that they may not.
    """
    sent = parsed.request.id or CommandId.derived(now, fresh())
    recorded = vault.command_id(parsed.asker.sender, sent)
    act = act_of(parsed, now, recorded)
    origin = origin_of(parsed, act, source)
    return Wish(parsed.command, act, origin, content_of(parsed), sent)
