"""What docker-compose.yml gives to each container, read as Compose reads it."""

import re
import subprocess
from pathlib import Path

import pytest

from services.crew import CREW, NAMES
from services.engines import deployment
from services.engines.children import OF_GO
from services.engines.embedded_postgres import SETTINGS
from services.notices.office import INVENTED
from services.process.health import answering_at
from services.settings import variable
from tests.scenes.compose import OF_ENV, composed, containers, handed_out

HOUSE = Path(__file__).parents[3]
COMPOSE = (HOUSE / "docker-compose.yml").read_text()
OF_ITS_OWN = {"listen_addresses", "unix_socket_directories"}  # embedded engines keep to loopback
OF_LETTERS = [*map(variable, ("sender", "returns_to", "letters_wait", *INVENTED))]
MAIL = ("smtp_url", "imap_url")
ENCRYPTED = {"ssl", "ssl_cert_file", "ssl_key_file", "hba_file"}  # and so need none of these


def test_master_key_and_vault_are_named_to_those_who_seal_open_or_turn_and_to_nobody_else() -> None:
    given = {name: handed_out(one) for name, one in containers().items()}
    assert {name: one["vault_url"] for name, one in given.items() if "vault_url" in one} == {
        "provision": "owner_vault_url",
        "commands": "commands_vault_url",
        "notifier": "notifier_vault_url",
        "reader": "reader_vault_url",
        "safeguarding": "safeguarding_vault_url",
        "check": "checker_vault_url",
        "keeper": "keeper_vault_url",
    }
    assert {name for name, one in given.items() if "master_key" in one} == {
        *("commands", "notifier", "reader", "safeguarding", "check", "keeper")
    }
    assert {name for name, one in given.items() if "database_url" not in one} == {
        *("keeper", "credentials")
    }


@pytest.mark.parametrize("name", OF_LETTERS)
def test_what_the_team_writes_of_its_letters_reaches_whoever_sends_them(name: str) -> None:
    services = composed({**OF_ENV, name: "as we say"})["services"]
    told = {one for one, it in services.items() if it.get("environment", {}).get(name)}
    waits = name == variable("letters_wait")
    assert told == ({"notifier"} if waits else {"notifier", "safeguarding"})
    assert services["notifier"]["environment"][name] == "as we say"


def test_who_hands_letters_over_has_the_mail_servers_password_and_nobody_else() -> None:
    given = {name: handed_out(one) for name, one in containers().items()}
    assert {name for name, one in given.items() if "smtp_url" in one} == {
        one.name for one in CREW if one.writes
    }
    assert {one.name for one in CREW if one.writes} == {"notifier", "safeguarding"}


@pytest.mark.parametrize("name", sorted(containers()))
def test_a_container_has_what_its_settings_name_and_nothing_more(name: str) -> None:
    whole = composed(
        {**OF_ENV, **{f"LT_{one.upper()}_FILE": f"/run/secrets/{one}" for one in MAIL}}
    )
    container = whole["services"][name]
    named = [str(value) for value in container["environment"].values()]
    secrets = handed_out(container)
    assert {f"/run/secrets/{one}" for one in secrets} == {
        one for one in named if one.startswith("/run/secrets/")
    }
    assert {f"/{one}" for one in container["configs"]} == {*named} & {"/authority", "/identity"}
    volumes = {one.split(":")[1] for one in container.get("volumes", ())}
    assert ("/epochs" in volumes) == ("/epochs/epochs.keys" in named)
    assert ("/subscribers" in volumes) == ("/subscribers" in named)
    assert {*secrets.values()} <= whole["secrets"].keys()
    assert {*container["configs"]} <= whole["configs"].keys()
    assert {*container["networks"]} <= {*whole["networks"], "default"}
    speaks = {"default": "LT_NATS_SEED_FILE", "database": "LT_DATABASE_URL_FILE"}
    needs = {network for network, one in speaks.items() if one in container["environment"]}
    assert {*container["networks"]} == needs


def test_tools_run_when_they_are_called_and_workers_once_there_are_tables() -> None:
    provided = {"provision": {"condition": "service_completed_successfully"}}
    for name, container in containers().items():
        if name in NAMES:
            assert container["depends_on"] == provided
            assert container["restart"] == "unless-stopped"
            assert "profiles" not in container
            assert container["environment"]["LT_HEALTH"] == "127.0.0.1:8080"
            assert "/readyz" in container["healthcheck"]["test"][-1]
        else:
            assert container["restart"] == "no"
            assert container["healthcheck"] == {"disable": True}
            assert container.get("profiles") == (None if name == "provision" else ["tools"])


def test_a_container_is_well_while_its_worker_takes_work() -> None:
    (check,) = (line for line in COMPOSE.splitlines() if "/dev/tcp/" in line)
    workers = {"relay": True}
    with answering_at("127.0.0.1:0", lambda: True, lambda: workers) as port:
        command = check.strip().removeprefix("- ").replace("/8080", f"/{port}")
        found = [subprocess.run(["/bin/bash", "-c", command], check=False).returncode]
        workers["relay"] = False
        found.append(subprocess.run(["/bin/bash", "-c", command], check=False).returncode)
    assert found == [0, 1]


def test_every_worker_has_a_container() -> None:
    assert set(re.findall(r"command: \[run, (\w+)\]", COMPOSE)) == set(NAMES)


def test_epochs_are_written_only_where_they_begin_or_are_turned() -> None:
    blocks = re.split(r"^(?=x-|  (?!environment)[\w-]+:\n    <<: )", COMPOSE, flags=re.MULTILINE)
    mounts = {
        block.partition(":")[0].strip(): mode
        for block in blocks
        for mode in re.findall(r'"epochs:/epochs(:ro)?"', block)
    }
    readers = dict.fromkeys(("x-vault-reader", "x-sender", "check"), ":ro")
    assert mounts == {"x-vault-worker": "", **readers, "keeper": ""}
    kinds = {one.name: one.container for one in CREW if one.vault}
    assert kinds == {
        "commands": "vault-worker",
        "notifier": "sender",
        "safeguarding": "confidant",
        "reader": "vault-reader",
    }
    assert "--mode 0700 /data /epochs\n" in (HOUSE / "Dockerfile").read_text()


def test_postgresql_is_as_discreet_as_the_embedded_one() -> None:
    in_compose = dict(re.findall(r'- "?-c(\w+)=([^"\n]+)', COMPOSE))
    meant = {name: value for name, value in SETTINGS.items() if name not in OF_ITS_OWN}
    assert in_compose.keys() - meant.keys() == ENCRYPTED
    assert {name: in_compose[name] for name in meant} == meant


def test_the_image_has_the_version_and_the_group_that_the_rest_counts_on() -> None:
    version = re.search(r'^version = "(.+)"', (HOUSE / "pyproject.toml").read_text(), re.MULTILINE)
    assert version
    assert f"image: leading-together:{version[1]}\n" in COMPOSE
    assert (
        f"USER {deployment.IMAGE_GROUP}:{deployment.IMAGE_GROUP}"
        in (HOUSE / "Dockerfile").read_text()
    )


def test_nats_cleans_up_its_memory_in_a_container_as_it_does_embedded() -> None:
    servers = [one for name, one in composed(OF_ENV)["services"].items() if name.startswith("nats")]
    assert len(servers) == 4
    for server in servers:
        given = [word for part in server["entrypoint"] for word in part.split()]
        assert {f"{name}={value}" for name, value in OF_GO.items()} <= set(given)
