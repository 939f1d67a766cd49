"""What a deployment keeps to itself: passwords, seeds, keys, certificates, a URL for each process.

Run by `deploy/make-secrets` on a machine that has Python and none of our dependencies, so it
needs only the standard library, and `openssl`.
"""

import argparse
import json
import os
import secrets
from collections.abc import Collection
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from services.engines.access import DEPLOYED, PROGRAMME, VAULT, User
from services.engines.bus import (
    BUS_USERS,
    KEY_VARIABLE,
    SUBSCRIBERS_CONF,
    nats_config,
    subscribers_conf,
)
from services.engines.certificates import (
    AUTHORITY,
    NoCertificate,
    ends,
    make_authority,
    must_be_names,
    server,
)
from services.engines.passwords import SUPERUSER, Passwords, completed, password
from services.engines.seeds import public_key
from services.files import (
    Account,
    UntrustedFile,
    hand_over,
    private_folder,
    read_own,
    write_whole,
)

SECRETS = Path("deploy/secrets")
SUBSCRIBERS = Path("deploy/subscribers")  # who may come in beside our own; no secret in it
ENVIRONMENT = Path(".env")
IMAGE_GROUP = 10001  # the group of the image's user, in the Dockerfile
NO_MAILBOX = "imaps://user:password@mail.example.org/INBOX"  # until there is one
MAIL_CATCHER = "smtp+unencrypted://mailpit:1025"  # where e-mails go until they are to reach people
CATCHING = "mail"  # the profile of whoever catches them
ROUTE = "route"  # the user as which servers of a cluster meet
NODES = ("nats-1", "nats-2", "nats-3")
# By these names our containers reach them, and who is on this machine.
HERE: Final = ("localhost", "127.0.0.1")
TLS: Final = {
    "nats_tls": ("nats", *NODES, *HERE),
    "postgres_tls": ("postgres", *HERE),
    "web_tls": ("web", *HERE),
}


class LostPasswords(RuntimeError):
    """The passwords that the databases were made with are gone."""


def nats_conf() -> str:
    """The text of deploy/nats.conf: open to the other containers, health pages on loopback."""
    include = f"./{SUBSCRIBERS.name}/{SUBSCRIBERS_CONF}"
    tls = "/run/secrets/nats_tls"
    return nats_config("0.0.0.0:4222", "/data", health="127.0.0.1:8222", include=include, tls=tls)


def make_secrets(folder: Path, names: Collection[str] = (), *, renew: bool = False) -> list[str]:
    """Write every secret below `folder`; what is there stays, what is new is added.

    With `renew`, servers get new certificates; `names` are those that theirs have beside their own.
    Returns the names of the files for containers. They have mode 0640 and a group that the
    containers get beside their own; the folder has 0700, so nobody else comes near. Raises
    LostPasswords, NoCertificate, UntrustedFile; of a name that is none before anything is made.
    """
    must_be_names(names)
    private_folder(folder)
    passwords = _passwords(folder)
    files = _files(passwords)
    make_authority(folder)
    files[AUTHORITY] = read_own(folder / AUTHORITY, public=True).decode()
    for file, own in TLS.items():
        files[file] = server(folder, file, [*own, *names], renew=renew)
    files["master_key"] = _kept(folder / "master_key", secrets.token_hex(32) + "\n")
    files["smtp_url"] = _kept(folder / "smtp_url", MAIL_CATCHER + "\n")
    files["imap_url"] = _kept(folder / "imap_url", NO_MAILBOX + "\n")
    for name, text in files.items():
        write_whole(folder / name, text)
        os.chown(folder / name, -1, group())
        (folder / name).chmod(0o640)
    return sorted(files)


def _kept(file: Path, otherwise: str) -> str:
    return read_own(file).decode() if os.path.lexists(file) else otherwise


def make_subscribers(folder: Path) -> None:
    """A folder for what `credentials` writes and the bus reads; what is there stays.

    It belongs to whom the containers run as that write it.
    """
    folder.mkdir(mode=0o755, parents=True, exist_ok=True)
    # Whoever writes there, a container say, may have put a link to something else in its place.
    hand_over(folder, Account(*_writer()), 0o755)
    file = folder / SUBSCRIBERS_CONF
    if not os.path.lexists(file):
        write_whole(file, subscribers_conf(()))
    hand_over(file, Account(*_writer()), 0o644)


def _writer() -> tuple[int, int]:
    """The user and group of the containers that write files of ours: we, or the image's when we
    are root.
    """
    return (os.geteuid(), os.getegid()) if os.geteuid() else (IMAGE_GROUP, IMAGE_GROUP)


def group() -> int:
    """The group that may read the secrets: our own, or the image's when we are root."""
    return os.getegid() if os.geteuid() else IMAGE_GROUP


def set_environment(file: Path, *, cluster: bool, catch_mail: bool = False) -> None:
    """Tell Compose, in its `.env`, which bus to run, and whether to catch e-mails; lines that are
    not ours stay as they are.
    """
    lines = file.read_text().splitlines() if file.exists() else []
    profiles = ["cluster" if cluster else "single"]
    if catch_mail or any(CATCHING in _profiles(line) for line in lines):
        profiles.append(CATCHING)
    ours = {
        "COMPOSE_PROFILES": ",".join(profiles),
        "LT_REPLICAS": str(len(NODES)) if cluster else "1",
        "LT_SECRETS_GROUP": str(group()),
        "LT_SUBSCRIBERS_USER": ":".join(map(str, _writer())),
    }
    if catch_mail:
        ours["LT_SMTP_URL_FILE"] = "/run/secrets/smtp_url"
    kept = [line for line in lines if line.partition("=")[0].strip() not in ours]
    write_whole(file, "\n".join([*kept, *(f"{k}={v}" for k, v in ours.items())]) + "\n")


def _profiles(line: str) -> list[str]:
    name, _, value = line.partition("=")
    return value.split(",") if name.strip() == "COMPOSE_PROFILES" else []


def _passwords(folder: Path) -> Passwords:
    path = folder / "passwords.json"
    if not os.path.lexists(path) and (folder / "master_key").exists():
        raise LostPasswords(
            f"{path} is missing, so the passwords of the databases are lost. Restore it from a "
            f"backup, or remove {folder} if there is nothing to keep."
        )
    known: Passwords = json.loads(read_own(path)) if os.path.lexists(path) else {}
    routes = {ROUTE: known.get("routes", {}).get(ROUTE) or password()}
    passwords = {**completed(known, DEPLOYED), "routes": routes}
    write_whole(path, json.dumps(passwords, indent=2))
    return passwords


def _files(passwords: Passwords) -> dict[str, str]:
    stored, seeds = passwords["postgresql"], passwords["nats"]
    files = {
        "database_superuser": stored[SUPERUSER],
        "database_roles": "".join(_role(user, stored) for user in DEPLOYED),
        "nats_keys": _for_the_server(seeds, passwords["routes"][ROUTE]),
    }
    for database, kind in ((PROGRAMME, "database_url"), (VAULT, "vault_url")):
        for role in (user.name for user in DEPLOYED if database in user.databases):
            url = f"postgresql://{role}:{stored[role]}@postgres:5432/{database}"
            files[f"{role}_{kind}"] = url + "\n"
    for user in BUS_USERS:
        files[f"{user.name}_nats_seed"] = seeds[user.name] + "\n"
    return files


def _role(user: User, passwords: dict[str, str]) -> str:
    """One line for deploy/postgres/roles.sh: role, password, limits, databases."""
    settings = ",".join(f"{name}={value}" for name, value in user.limits.settings.items())
    limits = (str(user.limits.connections), settings)
    return " ".join([user.name, passwords[user.name], *limits, *user.databases]) + "\n"


def _for_the_server(seeds: dict[str, str], route: str) -> str:
    """What nats.conf and nats-cluster.conf refer to, as shell assignments: public keys, and the one
    secret that servers of a cluster have among themselves.
    """
    lines = [f"{KEY_VARIABLE}{name.upper()}={public_key(seed)}" for name, seed in seeds.items()]
    routes = ", ".join(f'"nats://{ROUTE}:{route}@{node}:6222"' for node in NODES)
    return "\n".join([*lines, f"LT_NATS_ROUTE={route}", f"LT_NATS_ROUTES='[{routes}]'"]) + "\n"


def main() -> None:
    """Make the secrets, or print nats.conf."""
    os.umask(0o077)
    parser = argparse.ArgumentParser(prog="deploy/make-secrets", description=main.__doc__)
    parser.add_argument("--cluster", action="store_true", help="three NATS servers, not one")
    parser.add_argument("--catch-mail", action="store_true", help="e-mails are caught and shown")
    parser.add_argument("--renew", action="store_true", help="new certificates for the servers")
    parser.add_argument(
        "--name",
        action="append",
        default=[],
        help="by what name a server is reached from elsewhere, too; again for another one",
    )
    parser.add_argument("--nats-conf", action="store_true", help="only print deploy/nats.conf")
    given = parser.parse_args()
    if given.nats_conf:
        print(nats_conf(), end="")  # noqa: T201 - this program's output
        return
    if given.name and not given.renew and any((SECRETS / file).exists() for file in TLS):
        raise SystemExit("A name is written into a certificate when that is made: add --renew.")
    try:
        names = make_secrets(SECRETS, given.name, renew=given.renew)
        make_subscribers(SUBSCRIBERS)
        end = min(ends((SECRETS / file).read_text()) for file in TLS)
    except (LostPasswords, NoCertificate, UntrustedFile) as problem:
        raise SystemExit(str(problem)) from None
    set_environment(ENVIRONMENT, cluster=given.cluster, catch_mail=given.catch_mail)
    print(  # noqa: T201 - this program's output
        f"{len(names)} secrets are in {SECRETS}, and {ENVIRONMENT} tells Compose what to run.\n"
        f"Keep a copy of {SECRETS}/master_key away from the backups of the databases: without it "
        "no personal value can be read again.\n"
        f"The certificates end on {end:%-d %B %Y}, in {(end - datetime.now(UTC)).days} days: "
        "deploy/make-secrets --renew makes new ones before."
    )


if __name__ == "__main__":
    main()
