"""In which encoding a file is: in Unicode, or to be asked about."""

import pytest

from services.importing.cells import NotATable
from services.importing.encodings import ALL, CALLED, SOME, TWICE, text_of

NAMES = "Zo\u00eb No\u00ebl, Ren\u00e9 M\u00fcller, Si\u00e2n \u00d3 S\u00failleabh\u00e1in"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
def test_what_is_in_unicode_is_not_asked_about(encoding: str) -> None:
    assert text_of(f"name\n{NAMES}\n".encode(encoding)) == (f"name\n{NAMES}\n", ())


@pytest.mark.parametrize("encoding", CALLED)
def test_what_offices_save_in_otherwise_is_read_and_asked_about(encoding: str) -> None:
    text = f"name\n{NAMES}\n"
    assert text_of(text.encode(encoding)) == (text, (ALL.format(called=CALLED[encoding]),))


def test_one_line_of_another_encoding_garbles_no_other() -> None:
    content = f"name\n{NAMES}\n".encode() + b"Jos\xe9\n"
    text, doubts = text_of(content)
    assert text == f"name\n{NAMES}\nJos\u00e9\n"
    assert doubts == (SOME.format(called=CALLED["cp1252"]),)


def test_what_was_garbled_before_is_asked_about() -> None:
    """It is in Unicode, and its letters are not those that somebody typed."""
    garbled = NAMES.encode().decode("cp1252", "replace")
    assert text_of(garbled.encode()) == (garbled, (TWICE,))
    for fine in (NAMES, "\u00c3ngela, S\u00c3O PAULO", "\u00c2ge, 20 \u00b0C, caf\u00e9\u2019s"):
        assert text_of(fine.encode())[1] == ()


@pytest.mark.parametrize("content", [b"\xff\xfea", b"\xfe\xff\xd8"])
def test_what_is_cut_in_two_is_no_text(content: bytes) -> None:
    with pytest.raises(NotATable):
        text_of(content)
