"""Addresses of e-mail as they stand in a header: one person's, quoted and encoded as needed."""

import re
from collections.abc import Sequence
from email.headerregistry import Address
from email.policy import default
from typing import Final

from services.escaping import header

ATOM: Final = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
ADDRESS: Final = re.compile(rf"{ATOM}(\.{ATOM})*@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+")
"""What every mail server takes (RFC 5321, 4.1.2); others would be quoted, or in other letters."""


def mailbox(name: str, address: str) -> Address:
    """One person's header value, quoted and encoded as needed. ValueError if `address` is none to
    write to: read as a header, some texts would be several addresses, or more than an address.
    """
    local, _, domain = address.strip().rpartition("@")
    spec = f"{local}@{domain.encode('idna').decode()}"
    if not ADDRESS.fullmatch(spec) or header(spec) != spec:
        raise ValueError("this is no address that mail servers take")
    return Address(header(name), addr_spec=spec)


def is_mailbox(address: str | None) -> bool:
    """Whether mail servers take it."""
    try:
        return address is not None and bool(mailbox("", address))
    except ValueError:
        return False


def the_mailbox(text: str) -> Address:
    """The one mailbox of a header's value, as `Leading Together <us@example.org>`; ValueError if it
    is none, or several.
    """
    read = default.header_factory("From", header(text))
    found: Sequence[Address] = getattr(read, "addresses", ())
    if len(found) != 1 or read.defects:
        raise ValueError("this is not one address")
    return mailbox(found[0].display_name, found[0].addr_spec)
