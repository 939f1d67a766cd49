"""What a process of ours keeps to itself: what is in its memory, and what it was told in secret."""

import ctypes
import os
import resource
from collections.abc import Iterable
from contextlib import suppress
from typing import Final

# One byte: no file is made for so little, and unlike 0 it also keeps Linux from handing the memory
# to a program that collects crashes (core_pattern with a bar), which passes over a limit of 0.
LARGEST_CORE: Final = 1
SHUT: Final = "(sealed)"
"""What is told in place of a sealed value that was not opened."""


def no_core_dumps() -> None:
    """Neither we nor whom we start leave our memory behind when we crash: keys are in it."""
    _, hard = resource.getrlimit(resource.RLIMIT_CORE)
    least = LARGEST_CORE if hard == resource.RLIM_INFINITY else min(LARGEST_CORE, hard)
    resource.setrlimit(resource.RLIMIT_CORE, (least, least))


def forget(names: Iterable[str]) -> None:
    """Take variables out of our environment, also where the system shows with what we began."""
    libc = ctypes.CDLL(None)
    libc.getenv.restype = ctypes.c_void_p
    for name in names:
        if place := libc.getenv(os.fsencode(name)):
            ctypes.memset(place, 0, len(ctypes.string_at(place)))
        with suppress(KeyError):
            del os.environ[name]
