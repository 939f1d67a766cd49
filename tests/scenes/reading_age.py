"""How old somebody has to be to read a text with ease: Flesch and Kincaid's grade, and five years.

J. P. Kincaid and others, Derivation of New Readability Formulas for Navy Enlisted Personnel, 1975:
0.39 words a sentence, and 11.8 syllables a word, less 15.59. Syllables are counted by groups of
vowels, as is usual where no dictionary is at hand.
"""

import re
from typing import Final

YEARS_BEFORE_SCHOOL: Final = 5.0
WORD: Final = re.compile(r"[^\W\d_]+(?:['\u2019][^\W\d_]+)*|\d+")
SENTENCE_END: Final = re.compile(r"[.!?:]+(?=\s|$)|\n+")
VOWELS: Final = re.compile(r"[aeiouy]+")


def reading_age(text: str) -> float:
    """In years; ValueError if there are no words."""
    words = WORD.findall(text)
    if not words:
        raise ValueError("there are no words")
    sentences = [one for one in SENTENCE_END.split(text) if WORD.search(one)]
    syllables = sum(map(syllables_of, words))
    grade = 0.39 * len(words) / len(sentences) + 11.8 * syllables / len(words) - 15.59
    return grade + YEARS_BEFORE_SCHOOL


def syllables_of(word: str) -> int:
    """Groups of vowels, without an e that is not spoken; a number counts as one, as people read it
    at a glance.
    """
    word = word.lower()
    if word.isdigit():
        return 1
    groups = len(VOWELS.findall(word))
    silent = (word.endswith("e") and not word.endswith(("le", "ee"))) or word.endswith(("es", "ed"))
    spoken = word.endswith(("ted", "ded", "ses", "ces", "ges", "xes", "zes"))
    return max(1, groups - (silent and not spoken and groups > 1))
