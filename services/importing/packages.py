"""A workbook's package (a ZIP archive): whether it is one that can be unpacked, by its list alone.

Whoever made it decides what its list says; so this is a look, and no more of a part is unpacked
than the list says that it has.
"""

from collections.abc import Sequence
from io import BytesIO
from typing import Final
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile, ZipInfo

from services.importing.cells import NotATable

MOST_PARTS: Final = 2_000
LARGEST_UNPACKED: Final = 128 * 2**20  # bytes of all parts
MOST_TIMES: Final = 200  # as large as it is packed may a part be
SMALL: Final = 2**20  # bytes of a part that may be packed as tightly as it likes
LISTED: Final = b"PK\x01\x02"  # begins the entry of a part in the archive's list
LISTED_LAST: Final = 64 * 2**10  # bytes at the end, in which an archive lists its parts
OPENDOCUMENT: Final = b"application/vnd.oasis.opendocument"
IS_ENCRYPTED: Final = 1  # a bit of a part's flags
DAMAGED: Final = (
    "The workbook is damaged, or none of Excel or OpenDocument. Please save it again as XLSX."
)
PROTECTED: Final = "The workbook is protected by a password. Please save it without one."
COPY: Final = "Please copy the answers to a new workbook."
OTHERS: Final = (
    ("xl/workbook.bin", "This is a binary workbook (.xlsb). Please save it as XLSX or CSV."),
    ("Index/Document.iwa", "This is a file of Apple's Numbers. Please export it as XLSX or CSV."),
)


def is_opendocument(content: bytes) -> bool:
    """Whether an archive is one of OpenDocument, whose first part says so (ODF 1.3, 3.3)."""
    return OPENDOCUMENT in content[:200] or b"content.xml" in content[-LISTED_LAST:]


def must_be_sound(content: bytes) -> None:
    """NotATable for an archive that is none, that holds too much, or that two programs would read
    as two.
    """
    if content.count(LISTED) > MOST_PARTS:  # before it is listed
        raise NotATable(f"The workbook has more than {MOST_PARTS:,} parts. {COPY}")
    try:
        with ZipFile(BytesIO(content)) as archive:
            parts = archive.infolist()
    except (BadZipFile, ValueError, NotImplementedError, EOFError, OSError) as error:
        raise NotATable(DAMAGED) from error
    names = {part.filename for part in parts}
    for name, sentence in OTHERS:
        if name in names:
            raise NotATable(sentence)
    if len(names) < len(parts):  # a part twice
        raise NotATable(DAMAGED)
    _must_not_grow(parts)


def _must_not_grow(parts: Sequence[ZipInfo]) -> None:
    for part in parts:
        if part.flag_bits & IS_ENCRYPTED:
            raise NotATable(PROTECTED)
        if part.compress_type not in {ZIP_STORED, ZIP_DEFLATED}:
            raise NotATable(DAMAGED)
        if part.file_size > max(SMALL, MOST_TIMES * part.compress_size):
            raise NotATable(
                f"A part of the workbook is more than {MOST_TIMES} times as large as it is packed."
                f" {COPY}"
            )
    if sum(part.file_size for part in parts) > LARGEST_UNPACKED:
        raise NotATable(
            f"The workbook has more than {LARGEST_UNPACKED // 2**20} MiB when it is unpacked."
            f" {COPY}"
        )
