"""People who share an e-mail address or a telephone are people of their own, and all are taken in.

What makes two rows one person's is the same here and in the vault: address or number, and name.
"""

from pathlib import Path

import pytest

from events.terms import Relationship
from services.importing import RowResult, examine, noting_known
from services.importing.apart import Apart
from services.importing.sending import REPEATED
from services.importing.sharing import KNOWN, SHARED
from tests.scenes.filling import BEN, form, sheet
from tests.services.importing.conftest import Programme

E_MAIL, TELEPHONE = "e-mail address", "telephone number"
AT_HOME = {"email": "tregenzas@example.org"}
AT_THE_HOME = {"email": "", "contact": "Phone", "telephone": "01632 960123"}


def shared(what: str, rows: str) -> str:
    return SHARED.format(what=what, rows=rows)


def asked(lines: tuple[RowResult, ...]) -> dict[int, list[str]]:
    """The notes on who shares what with whom, by row."""
    notes = {line.row: [one for one in line.notes if "another name" in one] for line in lines}
    return {row: found for row, found in notes.items() if found}


def couple(folder: Path) -> Path:
    """A patient, and his wife who is a nurse; they have one e-mail address."""
    return sheet(folder, form(name="Jory Tregenza", **AT_HOME), form(**BEN | AT_HOME))


def test_a_couple_with_one_e_mail_address_are_two_people_who_both_apply(
    programme: Programme, tmp_path: Path
) -> None:
    report = programme.imports(couple(tmp_path))
    assert report.totals == {"accepted": 2}
    assert asked(report.lines) == {3: [shared(E_MAIL, "row 2")]}
    facts = programme.facts()
    assert facts["person.registered.v1"] == facts["application.submitted.v1"] == 2
    assert len({line.person_id for line in report.lines}) == 2


def test_three_people_with_one_telephone_and_no_e_mail_address_all_apply(
    programme: Programme, tmp_path: Path
) -> None:
    spellings = ("01632 960123", "(01632) 960-123", "+44 1632 960123")
    names = ("Ada Tregenza", "Jory Pascoe", "Elowen Hocking")
    rows = [
        form(**AT_THE_HOME | {"name": name, "telephone": number})
        for name, number in zip(names, spellings, strict=True)
    ]
    report = programme.imports(sheet(tmp_path, *rows))
    assert report.totals == {"accepted": 3}
    assert asked(report.lines) == {
        3: [shared(TELEPHONE, "row 2")],
        4: [shared(TELEPHONE, "rows 2 and 3")],
    }
    facts = programme.facts()
    assert facts["person.registered.v1"] == facts["application.submitted.v1"] == 3


def test_a_telephone_that_somebody_else_has_too_is_kept(
    programme: Programme, tmp_path: Path
) -> None:
    telephone = "01632 960123"
    path = sheet(tmp_path, form(telephone=telephone), form(**BEN, telephone=telephone))
    cards = programme.cards(programme.imports(path))
    assert [card and (card.full_name, card.email, card.phone) for card in cards] == [
        ("Ada Tregenza", "ada@example.org", telephone),
        ("Ben Polglase", "ben@example.org", telephone),
    ]


@pytest.mark.parametrize("shares", [AT_HOME, AT_THE_HOME], ids=["e-mail", "telephone"])
def test_who_shares_is_known_again_in_a_second_run(
    programme: Programme, tmp_path: Path, shares: dict[str, str]
) -> None:
    path = sheet(tmp_path, form(**shares), form(**BEN | shares))
    first = programme.imports(path)
    before = programme.facts()
    again = programme.imports(path)
    assert again.totals == {"already": 2}
    assert [one.person_id for one in again.lines] == [one.person_id for one in first.lines]
    assert asked(again.lines) == asked(first.lines)
    assert programme.facts() == before


def test_who_shares_with_somebody_of_an_earlier_file_is_not_mixed_up(
    programme: Programme, tmp_path: Path
) -> None:
    (ada,) = programme.imports(sheet(tmp_path, form(**AT_HOME))).lines
    now = programme.imports(sheet(tmp_path, form(**BEN | AT_HOME), form(name="Jory Pascoe")))
    (ben, jory) = noting_known(now, programme.shared()).lines
    assert (ada.outcome, ben.outcome, jory.outcome) == ("accepted", "accepted", "accepted")
    assert ada.person_id != ben.person_id
    assert asked((ben, jory)) == {2: [KNOWN]}


def test_who_shares_with_people_of_the_file_alone_is_noted_once(
    programme: Programme, tmp_path: Path
) -> None:
    report = programme.imports(couple(tmp_path))
    assert len(programme.shared()) == 1
    assert noting_known(report, programme.shared()) == report


IS_SAME = {
    "ADA  TREGENZA": True,
    "Tregenza, Ada": True,
    "Dr Ada Tregenza": True,
    "Áda Tregenza": True,
    "Ada Tregenza-Pascoe": False,
    "A. Tregenza": False,
}


@pytest.mark.parametrize("shares", [AT_HOME, AT_THE_HOME], ids=["e-mail", "telephone"])
def test_a_name_is_the_same_in_the_file_if_it_is_in_the_vault(
    programme: Programme, tmp_path: Path, shares: dict[str, str]
) -> None:
    rows = []
    for number, name in enumerate(IS_SAME):
        email = {"email": f"tregenzas{number}@example.org"}
        own = shares | (email if shares["email"] else {"telephone": f"01632 96012{number}"})
        rows += [form(**own), form(**own | {"name": name, "timestamp": "15/09/2024 09:00"})]
    lines = programme.imports(sheet(tmp_path, *rows)).lines
    for one, other, is_same in zip(lines[::2], lines[1::2], IS_SAME.values(), strict=True):
        assert (one.person_id == other.person_id) is is_same
        assert (other.outcome == "already") is is_same
        assert (REPEATED.format(row=one.row) in other.notes) is is_same
        assert bool(asked((other,))) is not is_same
    assert len({one.person_id for one in lines[::2]}) == len(IS_SAME)


def test_the_first_row_of_a_name_alone_says_who_had_the_address_before(tmp_path: Path) -> None:
    ada, ben = form(**AT_HOME), form(**BEN | AT_HOME)
    ready = examine(sheet(tmp_path, ada, ben, ada, ben)).ready
    assert [any("another name" in note for note in one.notes) for one in ready] == [
        False,
        True,
        False,
        False,
    ]


def test_address_and_number_of_one_row_are_told_of_at_once(tmp_path: Path) -> None:
    home = AT_HOME | {"telephone": "01632 960123"}
    ready = examine(sheet(tmp_path, form(**home), form(**BEN | home))).ready
    assert shared(f"{E_MAIL} and {TELEPHONE}", "row 2") in ready[1].notes


def test_of_many_who_share_a_telephone_a_few_are_named(tmp_path: Path) -> None:
    rows = [form(**AT_THE_HOME, name=f"Ada {letter}") for letter in "BCDEFGHI"]
    last = examine(sheet(tmp_path, *rows)).ready[-1]
    assert last.notes == (shared(TELEPHONE, "rows 2, 3, 4, 5, 6 and 2 more"),)


def test_a_manager_s_address_that_two_people_share_keeps_both_apart(tmp_path: Path) -> None:
    nurse = form(**BEN, manager=AT_HOME["email"], organisation="Truro (REF)")
    examined = examine(
        sheet(tmp_path, form(**AT_HOME), form(name="Jory Tregenza", **AT_HOME), nurse)
    )
    manages = Relationship.MANAGES
    assert examined.apart == (Apart(2, 4, manages), Apart(3, 4, manages))
