"""Settings that can't work are refused at the start, before anything is done by them.

Each is looked at as it was written, by whoever goes by it later where that is somebody: so what is
said is what stands in the way, and says what to write. What a setting names and is not ours, as a
server that may be away, is not asked for here.
"""

import re
from collections.abc import Callable, Mapping
from functools import partial
from os import environ
from pathlib import Path
from typing import Final

from events.characters import unfit
from services.engines.addresses import must_make_sense
from services.engines.wires import trusting
from services.files import UntrustedFile, followed, read_own, why_no_folder
from services.settings import Settings, WrongSetting, secret, variable
from services.web.address import OFF

LONGEST: Final = 200  # characters of what stands in each letter
MOST_COPIES: Final = 5
PORTS: Final = range(2**16)
URI: Final = re.compile(r"(?:[A-Za-z0-9._~:/?#\[\]@!$&'()*+,;=-]|%[0-9A-Fa-f]{2})+")  # RFC 3986, 2
HOST: Final = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?")
ORIGIN: Final = re.compile(r"https?://[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?(?::[0-9]{1,5})?")
YES_OR_NO: Final = ("yes", "no", "true", "false", "1", "0", "on", "off")
LEVELS: Final = ("debug", "info", "warning", "error")
Check = Callable[[str], str | None]
"""What is wrong with a value, and what to write: words that go on behind the setting's name."""


def must_work(environment: Mapping[str, str] = environ) -> None:
    """Raises WrongSetting if some can't work, with a sentence that names it for each."""
    must_make_sense(environment)
    problems = list[str]()
    for name, check in CHECKS.items():
        value = secret(name, environment) if name in FROM_FILES else environment.get(name)
        if value and (problem := check(value)):
            problems.append(f"{name} {problem}")
    if problems:
        raise WrongSetting(" ".join(problems))


def _folder(text: str) -> str | None:
    problem = why_no_folder(Path(text))
    return f"must name a folder: {problem}" if problem else None


def _file(text: str, *, may_be_made: bool = False) -> str | None:
    """A file that is there, or whose folder is."""
    try:
        path = followed(Path(text))
        if may_be_made and not path.exists():
            problem = why_no_folder(path.parent, there=True)
            return f"must name a file in a folder that is there: {problem}" if problem else None
        read_own(path, named=True)
    except UntrustedFile as problem:
        return f"names what can't be taken: {problem}"
    except (OSError, ValueError) as fault:
        why = fault.strerror if isinstance(fault, OSError) else "it holds a NUL"
        return f"must name a file that can be read: {text} can't be read ({why})."
    return None


def _one_of(text: str, *, words: tuple[str, ...]) -> str | None:
    return None if text.lower() in words else f"must be one of {', '.join(words)}."


def _source(text: str) -> str | None:
    if len(text) <= LONGEST and URI.fullmatch(text):
        return None
    return (
        f"must be a URI of up to {LONGEST} characters, without blanks, as"
        f" {Settings.model_fields['source'].default}."
    )


def _smtp(text: str) -> str | None:
    from services.notices.mail_host import MailHost  # noqa: PLC0415 - few send letters

    try:
        MailHost.at(text)
    except WrongSetting as problem:
        return str(problem).removeprefix(variable("smtp_url")).lstrip(": ")
    return None


def _imap(text: str) -> str | None:
    from services.notices.mailbox_host import MailboxHost  # noqa: PLC0415 - as above

    try:
        MailboxHost.at(text)
    except WrongSetting as problem:
        return str(problem).removeprefix(variable("imap_url")).lstrip(": ")
    return None


def _certificates(text: str) -> str | None:
    try:
        trusting(Path(text), "")
    except WrongSetting as problem:
        return f"must name a file of certificates: {str(problem).lstrip(': ')}"
    return None


def _mailbox(text: str) -> str | None:
    from services.notices.mailboxes import the_mailbox  # noqa: PLC0415 - as above

    try:
        the_mailbox(text)
    except (ValueError, IndexError):
        return (
            "must be one address, as Leading Together <office@example.org>; a name with a comma"
            " stands in quotation marks."
        )
    return None


def _words(text: str) -> str | None:
    if problem := unfit(text):
        return f"{problem}."
    return None if len(text) <= LONGEST else f"must have at most {LONGEST} characters."


def _phone(text: str) -> str | None:
    from events.addresses import is_phone  # noqa: PLC0415 - as above

    return None if is_phone(text) else "must be a telephone number, as 01872 000000."


def _copies(text: str) -> str | None:
    if text.isascii() and text.isdigit() and len(text) == 1 and 1 <= int(text) <= MOST_COPIES:
        return None
    return f"must be a whole number from 1 to {MOST_COPIES}."


def _place(text: str) -> str | None:
    host, _, port = text.rpartition(":")
    well = port.isascii() and port.isdigit() and len(port) <= len("65535") and int(port) in PORTS
    if well and HOST.fullmatch(host):
        return None
    return "must be a host and a port up to 65535, as 127.0.0.1:8080."


def _web(text: str) -> str | None:
    problem = None if text == OFF else _place(text)
    return f"{problem[:-1]}, or `{OFF}`." if problem else None


def _origins(text: str) -> str | None:
    if all(map(ORIGIN.fullmatch, text.split())):
        return None
    return (
        "must name origins, as https://a.example https://b.example:8443, and nothing behind them."
    )


OF_FIELDS: Final[Mapping[str, Check]] = {
    "data": _folder,
    "master_key_file": partial(_file, may_be_made=True),
    "epoch_keys_file": partial(_file, may_be_made=True),
    "identity_file": _file,
    "token_file": partial(_file, may_be_made=True),  # whoever needs none yet goes on
    "source": _source,
    "smtp_url": _smtp,
    "smtp_ca_file": _certificates,
    "imap_url": _imap,
    "imap_ca_file": _certificates,
    "returns_to": _mailbox,
    "sender": _mailbox,
    "reply_to": _mailbox,
    "office_name": _words,
    "office_phone": _phone,
    "office_hours": _words,
    "office_address": _words,
    "letters_wait": partial(_one_of, words=YES_OR_NO),
    "replicas": _copies,
    "operator": _words,
    "health": _place,
    "web": _web,
    "web_tls_file": _file,
    "web_origins": _origins,
    "log_level": partial(_one_of, words=LEVELS),
}
CHECKS: Final = {variable(field): check for field, check in OF_FIELDS.items()}
"""What each setting must be; those of the engines are looked at together."""
FROM_FILES: Final = frozenset(
    variable(name) for name, field in Settings.model_fields.items() if not field.repr
)
