"""What a deployment keeps to itself: passwords, the master key, and a URL for each process.

Run by `deploy/make-secrets` on a machine that has Python and none of our dependencies, so it
needs only the standard library.
"""

import argparse
import json
import os
import secrets
from pathlib import Path

from services.engines.access import (
    NATS_USERS,
    PROGRAMME,
    USERS,
    VAULT,
    nats_config,
    roles,
)
from services.engines.passwords import SUPERUSER, Passwords, completed
from services.files import private_folder, write_whole

SECRETS = Path("deploy/secrets")
ENVIRONMENT = Path(".env")
IMAGE_GROUP = 10001  # the group of the image's user, in the Dockerfile
ROUTE = "route"  # the user as which servers of a cluster meet
NODES = ("nats-1", "nats-2", "nats-3")


class LostPasswords(RuntimeError):
    """The passwords that the databases were made with are gone."""


def nats_conf() -> str:
    """The text of deploy/nats.conf: open to the other containers, health pages on loopback."""
    return nats_config("0.0.0.0:4222", "/data", health="127.0.0.1:8222")


def make_secrets(folder: Path) -> list[str]:
    """Write every secret below `folder`; what is there stays, what is new is added.

    Returns the names of the files for containers. They have mode 0640 and a group that the
    containers get beside their own; the folder has 0700, so nobody else comes near.
    """
    private_folder(folder)
    passwords = _passwords(folder)
    master = folder / "master_key"
    files = _files(passwords)
    files["master_key"] = master.read_text() if master.exists() else secrets.token_hex(32) + "\n"
    for name, text in files.items():
        write_whole(folder / name, text)
        os.chown(folder / name, -1, group())
        (folder / name).chmod(0o640)
    return sorted(files)


def group() -> int:
    """The group that may read the secrets: our own, or the image's when we are root."""
    return os.getegid() if os.geteuid() else IMAGE_GROUP


def set_environment(file: Path, *, cluster: bool) -> None:
    """Tell Compose, in its `.env`, which bus to run; lines that are not ours stay as they are."""
    ours = {
        "COMPOSE_PROFILES": "cluster" if cluster else "single",
        "LT_REPLICAS": str(len(NODES)) if cluster else "1",
        "LT_SECRETS_GROUP": str(group()),
    }
    lines = file.read_text().splitlines() if file.exists() else []
    kept = [line for line in lines if line.partition("=")[0].strip() not in ours]
    write_whole(file, "\n".join([*kept, *(f"{k}={v}" for k, v in ours.items())]) + "\n")


def _passwords(folder: Path) -> Passwords:
    path = folder / "passwords.json"
    if not path.exists() and (folder / "master_key").exists():
        raise LostPasswords(
            f"{path} is missing, so the passwords of the databases are lost. Restore it from a "
            f"backup, or remove {folder} if there is nothing to keep."
        )
    known: Passwords = json.loads(path.read_text()) if path.exists() else {}
    passwords = completed(known, on_bus=[ROUTE])
    write_whole(path, json.dumps(passwords, indent=2))
    return passwords


def _files(passwords: Passwords) -> dict[str, str]:
    stored, bus = passwords["postgresql"], passwords["nats"]
    files = {
        "database_superuser": stored[SUPERUSER],
        "database_roles": "".join(_role(user.name, stored) for user in USERS if user.databases),
        "nats_passwords": _for_the_server(bus),
    }
    for database, kind in ((PROGRAMME, "database_url"), (VAULT, "vault_url")):
        for role in roles(database):
            url = f"postgresql://{role}:{stored[role]}@postgres:5432/{database}"
            files[f"{role}_{kind}"] = url + "\n"
    for user in NATS_USERS:
        files[f"{user.name}_nats_url"] = f"nats://{user.name}:{bus[user.name]}@nats:4222\n"
    return files


def _role(name: str, passwords: dict[str, str]) -> str:
    """One line for deploy/postgres/roles.sh: the role, its password, its databases."""
    databases = [database for database in (PROGRAMME, VAULT) if name in roles(database)]
    return " ".join([name, passwords[name], *databases]) + "\n"


def _for_the_server(passwords: dict[str, str]) -> str:
    """What nats.conf and nats-cluster.conf refer to, as shell assignments."""
    lines = [f"LT_NATS_PASSWORD_{name.upper()}={word}" for name, word in passwords.items()]
    routes = ", ".join(f'"nats://{ROUTE}:{passwords[ROUTE]}@{node}:6222"' for node in NODES)
    return "\n".join([*lines, f"LT_NATS_ROUTES='[{routes}]'"]) + "\n"


def main() -> None:
    """Make the secrets, or print nats.conf."""
    parser = argparse.ArgumentParser(prog="deploy/make-secrets", description=make_secrets.__doc__)
    parser.add_argument("--cluster", action="store_true", help="three NATS servers, not one")
    parser.add_argument("--nats-conf", action="store_true", help="only print deploy/nats.conf")
    given = parser.parse_args()
    if given.nats_conf:
        print(nats_conf(), end="")  # noqa: T201 - this program's output
        return
    try:
        names = make_secrets(SECRETS)
    except LostPasswords as problem:
        raise SystemExit(str(problem)) from None
    set_environment(ENVIRONMENT, cluster=given.cluster)
    print(  # noqa: T201 - this program's output
        f"{len(names)} secrets are in {SECRETS}, and {ENVIRONMENT} tells Compose what to run.\n"
        f"Keep a copy of {SECRETS}/master_key away from the backups of the databases: without it "
        "no personal value can be read again."
    )


if __name__ == "__main__":
    main()
