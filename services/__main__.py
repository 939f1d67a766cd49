"""`leading-together`: wires the command line, and does nothing else."""

import click

from services.cli.applications import import_group
from services.cli.demo import demo
from services.cli.do import do
from services.cli.events import events
from services.cli.show import show
from services.cli.status import status
from services.cli.up import provision_engines, run_workers, up


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="leading-together")
def main() -> None:
    """The backend of Leading Together: from first interest to partnership."""


for command in (up, demo, import_group, do, show, events, status):
    main.add_command(command)
main.add_command(run_workers, "run")
main.add_command(provision_engines, "provision")

if __name__ == "__main__":
    main()
