"""`leading-together`: wires the command line, and does nothing else."""

from typing import Final

import click

from services.cli.lazy import Lazy

COMMANDS: Final = {  # in the order of a first day with the programme
    "up": "up:up",
    "run": "run:run_workers",
    "provision": "up:provision_engines",
    "demo": "demo:demo",
    "grant": "grant:grant",
    "import": "applications:import_group",
    "do": "do:do",
    "assign": "assign:assign",
    "matching": "matching:matching",
    "register": "register:register",
    "show": "show:show",
    "people": "people:people",
    "events": "events:events",
    "credentials": "credentials:credentials",
    "status": "status:status",
    "ops": "ops.group:ops",
    "vault": "vault:vault",
    "identity": "identity:identity",
}


@click.group(cls=Lazy, lazily=COMMANDS, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="leading-together")
def main() -> None:
    """The backend of Leading Together: from first interest to partnership."""


if __name__ == "__main__":
    main(prog_name="leading-together")
