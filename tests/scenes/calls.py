"""The command line without a process for each call: quick, where nothing depends on processes."""

from click.testing import CliRunner

from services.__main__ import main
from tests.scenes.terminal import NO_WEB, Said, plain


class Calls:
    """Calls of the command line without a process for each."""

    def __init__(self, **settings: object) -> None:
        self._environment = NO_WEB | {name: str(value) for name, value in settings.items()}

    def __call__(self, *words: object, given: str = "") -> Said:
        """As a terminal's."""
        done = CliRunner().invoke(
            main,
            [str(one) for one in words],
            input=given,
            env=self._environment,
            catch_exceptions=False,
        )
        return plain(Said(done.exit_code, done.stdout, done.stderr))
