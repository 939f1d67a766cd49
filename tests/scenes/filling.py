"""Filled forms for tests of the import: one that is in order, and what is changed in it."""

import csv
from pathlib import Path

from examples.submissions import HEADER

EXAMPLES = Path(__file__).parents[2] / "examples"
CSV, XLSX = EXAMPLES / "applications.csv", EXAMPLES / "applications.xlsx"
SHORT = [
    "timestamp",
    "name",
    "email",
    "telephone",
    "town",
    "description",
    "side",
    "profession",
    "organisation",
    "manager",
    "experience",
    "interest",
    "themes",
    "travel",
    "days",
    "contact",
    "needs",
    "avoid",
    "consent",
]
IN_ORDER = {
    "timestamp": "14/09/2024 09:12:33",
    "name": "Ada Tregenza",
    "email": "ada@example.org",
    "town": "Truro",
    "description": "A patient, and I would like to lead",
    "side": "Patient leader",
    "experience": "I edit a newsletter.",
    "interest": "I want to help.",
    "contact": "E-mail",
    "consent": "Yes",
}
BEN = {
    "name": "Ben Polglase",
    "email": "ben@example.org",
    "side": "Healthcare leader",
    "profession": "Nurse",
}


def form(**changed: str) -> list[str]:
    answers = dict.fromkeys(SHORT, "") | IN_ORDER | changed
    return [answers[question] for question in SHORT]


def sheet(folder: Path, *rows: list[str], header: tuple[str, ...] = HEADER) -> Path:
    path = folder / "forms.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows((header, *rows))
    return path
