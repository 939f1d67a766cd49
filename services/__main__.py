"""`leading-together`: wires the command line, and does nothing else."""

from importlib import import_module
from typing import Final

import click

COMMANDS: Final = {
    "up": "up:up",
    "run": "up:run_workers",
    "provision": "up:provision_engines",
    "demo": "demo:demo",
    "import": "applications:import_group",
    "do": "do:do",
    "show": "show:show",
    "events": "events:events",
    "status": "status:status",
}


class Lazy(click.Group):
    """Loads a command when it is asked for: `show` needs neither workers nor spreadsheets."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """All names, in the order of a first day with the programme."""
        return list(COMMANDS)

    def get_command(
        self,
        ctx: click.Context,  # noqa: ARG002 - click's signature
        cmd_name: str,
    ) -> click.Command | None:
        """The command of this name, if there is one."""
        if cmd_name not in COMMANDS:
            return None
        module, _, name = COMMANDS[cmd_name].partition(":")
        found: click.Command = getattr(import_module(f"services.cli.{module}"), name)
        return found


@click.group(cls=Lazy, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="leading-together")
def main() -> None:
    """The backend of Leading Together: from first interest to partnership."""


if __name__ == "__main__":
    main(prog_name="leading-together")
