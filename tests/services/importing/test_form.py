from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from events.terms import Area, Channel, Format, Profession, Relationship, Theme, Travel
from examples.applicants import load
from examples.submissions import HEADER, all_submissions
from services.importing import Examined, NotATable, RowResult, examine
from services.importing.answers import employer, experiences, telephone, themes, travel
from services.importing.apart import Apart
from services.importing.submission import NO_LETTERS, Submission
from services.importing.towns import area_of
from tests.scenes.filling import BEN, CSV, EXAMPLES, XLSX, form, sheet


@pytest.fixture(scope="module")
def example() -> Examined:
    return examine(CSV)


def one(folder: Path, **changed: str) -> Submission:
    examined = examine(sheet(folder, form(**changed)))
    assert not examined.unfit
    return examined.ready[0]


def fault(folder: Path, **changed: str) -> RowResult:
    examined = examine(sheet(folder, form(**changed)))
    assert not examined.ready
    return examined.unfit[0]


def faulty_fields(line: RowResult) -> set[str]:
    return {problem.field for problem in line.problems}


def test_every_row_of_the_example_has_the_fate_that_its_readme_tells(example: Examined) -> None:
    # What the form can't know is left to the rules: the window, repetition, experience.
    left_to_rules = {2, 14, 17, 35, 73}
    submissions = all_submissions(load(EXAMPLES / "applicants.toml"))
    refused = {
        row
        for row, submission in enumerate(submissions, 2)
        if submission.applicant.expected == "refused"
    } - left_to_rules
    assert {line.row for line in example.unfit} == refused
    assert len(example.ready) == len(submissions) - len(refused)
    assert example.empty == 1


def test_a_row_that_can_t_be_sent_names_the_answers_at_fault(example: Examined) -> None:
    lines = {line.row: line for line in example.unfit}
    named = {row: faulty_fields(line) for row, line in lines.items()}
    assert named == {16: {"name"}, 27: {"interest"}, 33: {"side"}, 46: {"email"}, 67: set()}
    assert (lines[67].outcome, lines[67].code) == ("refused", "consent.not-given")


def test_the_example_as_a_workbook_asks_for_the_same(example: Examined) -> None:
    assert replace(examine(XLSX), digest=example.digest) == example


def test_the_accepted_of_the_example_are_who_they_say(example: Examined) -> None:
    left_out = {2, 14, 17, 35, 73}
    profiles = [one.application["profile"] for one in example.ready if one.row not in left_out]
    kinds = Counter(
        profile["profession"] or f"{profile['background']}, {profile['standing']}"
        for profile in profiles
    )
    assert kinds == {
        "allied-health": 5,
        "doctor": 8,
        "manager": 5,
        "nurse": 8,
        "other": 1,
        "researcher": 4,
        "carer, aspiring": 4,
        "carer, experienced": 5,
        "patient, aspiring": 7,
        "patient, experienced": 8,
        "public, aspiring": 4,
        "public, experienced": 3,
    }


def test_who_asks_not_to_be_paired_is_kept_apart_and_who_is_managed_too(example: Examined) -> None:
    veto = Relationship.VETO
    assert set(example.apart) == {
        *(Apart(*rows, veto) for rows in [(4, 51), (51, 4), (20, 64), (64, 20), (30, 38)]),
        Apart(20, 64, Relationship.MANAGES),
    }
    unfound = {one.row for one in example.ready if any("forbid" in note for note in one.notes)}
    assert unfound == {37, 38}


def test_somebody_who_can_t_use_e_mail_is_taken_in(example: Examined) -> None:
    kevin = next(one for one in example.ready if one.row == 18)
    said = dict(kevin.said)
    assert set(kevin.register) == {"full_name", "phone", "town"}
    assert said["person.state-contact-preference"] == {
        "channel": Channel.PHONE,
        "format": Format.EASY_READ,
    }
    assert said["person.state-access-needs"]["supporter_comes"]


@pytest.mark.parametrize(
    ("place", "area"),
    [
        ("Truro", Area.CORNWALL),
        ("  NEWPORT , isle of  wight", Area.ISLE_OF_WIGHT),
        ("Gillingham", Area.KENT),
        ("Gillingham, Dorset", Area.DORSET),
        ("Weston super Mare", Area.SOMERSET),
        ("Brighton & Hove", Area.EAST_SUSSEX),
        ("near Southampton, Hampshire", Area.HAMPSHIRE),
        ("Leeds", None),
        ("", None),
    ],
)
def test_a_town_lies_in_an_area_of_the_south(place: str, area: Area | None) -> None:
    assert area_of(place) == area


@pytest.mark.parametrize(
    ("organisation", "code"),
    [
        ("Royal Cornwall Hospitals NHS Trust, REF", "REF"),
        ("Salisbury NHS Foundation Trust  (RNZ)", "RNZ"),
        ("Southampton General (RHM01)", "RHM"),
        ("A surgery (J82001)", "J82001"),
        ("RK9", "RK9"),
        ("RUH Bath", None),
        ("Herschel Green Surgery (a GP practice)", None),
        ("Somerset NHS Foundation Trust", None),
        ("", None),
    ],
)
def test_an_employer_is_known_by_an_ods_code(organisation: str, code: str | None) -> None:
    assert employer(organisation) == code


def test_experiences_are_counted_by_the_lines_that_tell_of_one() -> None:
    assert [experiences(text) for text in ("", "None", "n/a", "-", "No.")] == [0] * 5
    assert experiences("None really, but I edit a newsletter") == 1
    assert experiences("- a café\n\n- a parish council\n- a plan") == 3
    assert experiences("x\n" * 80) == 50


def test_themes_and_distances_are_read_in_every_spelling() -> None:
    assert themes("carers\u2019 support;\nDigital services, and those without them").known == (
        Theme.CARERS,
        Theme.DIGITAL,
    )
    assert [
        travel(text) for text in ("Up to 50 miles", "Anywhere in the South", "Online only", "")
    ] == [
        Travel.LOCAL,
        Travel.REGION,
        Travel.ONLINE,
        Travel.LOCAL,
    ]


def test_a_telephone_number_gets_back_the_zero_that_excel_ate() -> None:
    assert telephone("7700900123") == "07700900123"
    assert telephone("+44 7700 900123") == "+44 7700 900123"
    assert telephone("ask my wife") is None


@pytest.mark.parametrize("written", ["4.47701E+11", "7,7009e+09", "7.70090012E9", "447701E+06"])
def test_a_number_that_a_spreadsheet_has_rounded_is_none(tmp_path: Path, written: str) -> None:
    assert telephone(written) is None
    ada = one(tmp_path, telephone=written)
    assert "phone" not in ada.register
    assert ada.notes == ("What stands under telephone is none and was left out.",)
    line = fault(tmp_path, telephone=written, email="", contact="Phone")
    assert (line.outcome, faulty_fields(line)) == ("invalid", {"telephone"})


def test_what_isn_t_needed_and_can_t_be_used_is_left_out_with_a_note(tmp_path: Path) -> None:
    ada = one(tmp_path, telephone="ask my wife", themes="Maternity;Parking;", days="Sunday")
    assert "phone" not in ada.register
    assert len(ada.notes) == 3
    assert all("wife" not in note and "Parking" not in note for note in ada.notes)


def test_whoever_asks_for_letters_is_to_be_asked_for_an_address(tmp_path: Path) -> None:
    ada = one(tmp_path, contact="Post")
    assert ada.notes == (NO_LETTERS,)
    assert dict(ada.said)["person.state-contact-preference"]["channel"] is Channel.EMAIL


def test_a_profession_beyond_the_list_is_another(tmp_path: Path) -> None:
    ben = one(tmp_path, **BEN | {"profession": "Other: hospital pharmacist"})
    assert ben.application["profile"]["profession"] == Profession.OTHER


@pytest.mark.parametrize(
    ("changed", "fields"),
    [
        ({"timestamp": "soon"}, {"timestamp"}),
        ({"name": " \u00a0 "}, {"name"}),
        ({"name": "x" * 201}, {"name"}),
        ({"town": "Leeds"}, {"town"}),
        ({"contact": "Carrier pigeon"}, {"contact"}),
        ({"contact": "Phone"}, {"telephone"}),
        ({"contact": "", "email": ""}, {"telephone"}),
        ({"description": "Somebody who works in healthcare"}, {"description"}),
        ({"side": "Healthcare leader"}, {"profession"}),
        ({"interest": "x" * 4001}, {"interest"}),
        ({"needs": "x " * 1001 + "."}, {"needs"}),
        ({"town": "", "side": "both", "interest": "\n"}, {"town", "side", "interest"}),
    ],
)
def test_problems_are_told_by_answer_and_never_repeat_it(
    tmp_path: Path, changed: dict[str, str], fields: set[str]
) -> None:
    line = fault(tmp_path, **changed)
    assert (line.outcome, faulty_fields(line)) == ("invalid", fields)
    assert "Leeds" not in line.model_dump_json()


def test_without_consent_nothing_else_is_looked_at(tmp_path: Path) -> None:
    for said in ("No", "", "maybe"):
        line = fault(tmp_path, consent=said, town="Leeds")
        assert (line.outcome, line.code, line.problems) == ("refused", "consent.not-given", ())


def test_columns_are_known_by_their_titles_in_any_order_and_spelling(tmp_path: Path) -> None:
    ada = one(tmp_path)
    titles = tuple(f"  {title.upper()} :" for title in reversed(HEADER))
    again = examine(sheet(tmp_path, [*reversed(form()), "x"], header=(*titles, "Favourite colour")))
    assert again.ready == (ada,)
    assert again.notes == ('These columns were not read: "Favourite colour".',)


def test_columns_that_must_be_there_are_named_with_those_that_are(tmp_path: Path) -> None:
    left = tuple(title for title in HEADER if title not in {"Telephone", "Town or city"})
    with pytest.raises(NotATable) as refused:
        examine(sheet(tmp_path, header=tuple(t for t in left if not t.startswith("I agree"))))
    sentence = str(refused.value)
    assert 'missing: "Town or city", "I agree to my data being used for this programme"' in sentence
    assert 'The file has: "Timestamp", "Your full name"' in sentence


def test_a_file_without_titles_is_refused_without_showing_its_first_row(tmp_path: Path) -> None:
    with pytest.raises(NotATable, match="titles") as refused:
        examine(sheet(tmp_path, form(**BEN), header=tuple(form())))
    assert "Ada" not in str(refused.value)


def test_two_columns_for_one_question_are_refused(tmp_path: Path) -> None:
    header = (*HEADER[:-1], "Your full name", HEADER[-1])
    row = form()
    with pytest.raises(NotATable, match='Two columns are called "Your full name"'):
        examine(sheet(tmp_path, [*row[:-1], "Ben Polglase", row[-1]], header=header))
    one = examine(sheet(tmp_path, [*row[:-1], row[1], row[-1]], header=header))
    assert len(one.ready) == 1, "both say the same"


def test_a_header_alone_asks_for_nothing(tmp_path: Path) -> None:
    examined = examine(sheet(tmp_path))
    assert (examined.ready, examined.unfit) == ((), ())
    assert examined.notes == ("There is a header and no row below it.",)


def test_a_row_that_is_wider_than_the_header_is_not_trusted(tmp_path: Path) -> None:
    examined = examine(sheet(tmp_path, [*form(), "and more"], form(**BEN)))
    assert [line.row for line in examined.unfit] == [2]
    assert [one.row for one in examined.ready] == [3]


def test_a_name_counts_only_in_full(tmp_path: Path) -> None:
    ann = form(name="Ann Day", email="ann@example.org", avoid="any day is fine; not Joanna Dayton")
    may = form(name="May", email="may@example.org", avoid="Dr ANN  DAY\u2019s clinic, may be")
    doctor = form(name="Dr Jo Anna", email="jo@example.org")
    examined = examine(sheet(tmp_path, ann, may, doctor))
    assert examined.apart == (Apart(3, 2, Relationship.VETO),)
