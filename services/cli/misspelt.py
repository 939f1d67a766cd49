"""What is wrong with how something was called, in our words and not in the library's."""

from typing import Final

import click

NO_OPTION: Final = "There is no option {}."
NEAR: Final = " Did you mean {}?"
MISSING: Final = "{} is missing."
CHOICES: Final = "{}: it is one of {}."
WHOLE_NUMBER: Final = "{}: it is a whole number."
FROM: Final = "{}: it is a whole number, {} or more."
BETWEEN: Final = "{}: it is a whole number from {} to {}."
A_FILE: Final = "{}: a folder is needed, and this is none."
NO_COMMAND: Final = "There is no such command: --help shows which there are."
TOO_MANY: Final = "That is one word too many, or a word with blanks needs quotation marks."


def in_our_words(error: click.UsageError) -> str:
    """What is said of a wrong call; of what is not known here, what the library says."""
    match error:
        case click.NoSuchOption(option_name=name, possibilities=near):
            return NO_OPTION.format(name) + (NEAR.format(" or ".join(near)) if near else "")
        case click.MissingParameter(param=click.Parameter() as param):
            return MISSING.format(_called(param))
        case click.BadParameter(param=click.Parameter() as param):
            return _of_its_type(param, error.message)
        case click.UsageError() if error.message.startswith("Got unexpected extra argument"):
            return TOO_MANY
        case click.UsageError() if error.message.startswith("No such command"):
            return NO_COMMAND
    return error.message


def _of_its_type(param: click.Parameter, message: str) -> str:
    """What a value should have been."""
    name = _called(param)
    match param.type:
        case click.Choice(choices=choices):
            return CHOICES.format(name, ", ".join(choices))
        case click.IntRange(min=low, max=None):
            return FROM.format(name, low)
        case click.IntRange(min=low, max=high):
            return BETWEEN.format(name, low, high)
        case click.types.IntParamType():
            return WHOLE_NUMBER.format(name)
        case click.Path(file_okay=False):
            return A_FILE.format(name)
    return f"{name}: {message}"


def _called(param: click.Parameter) -> str:
    """An option as it is typed; an argument as the help has it."""
    if isinstance(param, click.Option):
        return max(param.opts, key=len)
    return param.metavar or (param.name or "").upper()
