"""Signing in with a real OpenID provider (npm `oidc-provider`), on this machine, up to the door.

`make test-identity` installs what it needs into build/ and runs it; `make test` does not.
"""

import asyncio
import json
import re
import shutil
import stat
import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Timer
from typing import Any

import pytest
from nats.aio.client import Client

from services.clock import SetClock, SystemClock
from services.door.asking import ask
from services.door.replies import Reply
from services.engines.addresses import Engines
from services.identity.comers import FRESH
from services.identity.configuration import IdentityFile, read_identity_file
from services.identity.refusals import NotForUs, NotIdentified
from services.identity.session import Session
from services.identity.signing_in import Provided, SignedOutElsewhere
from tests.identity.browser import Browser
from tests.scenes.calls import Calls
from tests.scenes.played import history_of
from tests.scenes.team import RUTH
from tests.scenes.terminal import LONGEST, Running, Terminal
from tests.scenes.tokens import IDENTITY, OWN, ask_as
from tests.scenes.watching import until
from tests.scenes.world import door_on, station

pytestmark = pytest.mark.timeout(300)  # each process of the command line takes a moment to start
HOUSE = Path(__file__).parents[2]
INSTALLED = HOUSE / "build" / "identity"
AUDIENCE = "https://leading-together.example.org"
CLIENT = "command-line"
NODE = shutil.which("node") or "node"
ADA = "ada-at-the-provider"
STARTED = 30.0  # seconds
INVITED = re.compile(r"Open (\S+) and sign in with the code (\S+)\.")


class RealProvider:
    """The provider's process."""

    def __init__(self, algorithm: str) -> None:
        program = INSTALLED / "provider.mjs"
        shutil.copy(Path(__file__).parent / program.name, program)  # beside what it imports
        self.algorithm = algorithm
        # Seen once in some hundred starts: Node stands still before it says anything.
        for last in (False, True):
            self._process = subprocess.Popen(
                [NODE, str(program), AUDIENCE, CLIENT, algorithm],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                text=True,
            )
            stands_still = Timer(STARTED, self._process.kill)
            stands_still.start()
            try:
                self.issuer = self._line()["issuer"]
                break
            except AssertionError:
                self.close()
                if last:
                    raise
            finally:
                stands_still.cancel()

    def __call__(self, order: str) -> Any:
        """Have it do something; what it answers."""
        assert self._process.stdin
        print(order, file=self._process.stdin, flush=True)
        return self._line()

    def _line(self) -> Any:
        assert self._process.stdout
        while True:  # the library says a word of its own on the same output
            line = self._process.stdout.readline()
            assert line, "the provider has ended"
            if line.startswith("{"):
                return json.loads(line)

    def close(self) -> None:
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.close()
        self._process.wait(10)
        self._process.stdout.close()


@pytest.fixture(scope="module")
def provider(request: pytest.FixtureRequest) -> Iterator[RealProvider]:
    """One for all tests of an algorithm, which is RS256 unless a test says otherwise."""
    running = RealProvider(getattr(request, "param", "RS256"))
    yield running
    running.close()


@pytest.fixture
def of(provider: RealProvider) -> RealProvider:
    provider("back")
    provider("counts")
    return provider


@pytest.fixture
def configured(of: RealProvider, tmp_path: Path) -> Path:
    file = tmp_path / "identity.toml"
    file.write_text(
        f'[[providers]]\nissuer = "{of.issuer}"\naudience = "{AUDIENCE}"\n'
        f'algorithms = ["{of.algorithm}"]\nclient_id = "{CLIENT}"\n'
    )
    return file


@pytest.fixture
def settings(configured: Path, tmp_path: Path) -> dict[str, Path]:
    return {"LT_IDENTITY_FILE": configured, "XDG_CONFIG_HOME": tmp_path / "config"}


@pytest.fixture
def terminal(settings: dict[str, Path]) -> Terminal:
    return Terminal(**settings)


@pytest.fixture
def calls(settings: dict[str, Path]) -> Calls:
    return Calls(**settings)


def invited(running: Running) -> tuple[str, str]:
    """What is shown to whoever signs in."""
    until(lambda: INVITED.search(running.errors), LONGEST)
    found = INVITED.search(running.errors)
    assert found
    return found[1], found[2]


def signed_in(terminal: Terminal) -> None:
    with terminal.running("identity", "sign-in") as running:
        address, code = invited(running)
        assert "success" in Browser(ADA).sign_in(address, code)
        said = running.wait()
    assert said.code == 0, said.err
    assert "Signed in with http://127.0.0.1:" in said.out


def kept(tmp_path: Path) -> dict[str, Any]:
    file = tmp_path / "config" / "leading-together" / "signed-in.json"
    found: dict[str, Any] = json.loads(file.read_text())
    return found


def test_somebody_signs_in_by_the_device_flow_is_renewed_and_signs_out(
    of: RealProvider, terminal: Terminal, calls: Calls, configured: Path, tmp_path: Path
) -> None:
    assert calls("identity", "status").code == 1
    signed_in(terminal)
    file = tmp_path / "config" / "leading-together" / "signed-in.json"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    first = kept(tmp_path)
    told = read_identity_file(configured)
    shown = told.identities(_now()).verify(first["access"], datetime.now(UTC))
    assert (shown.issuer, shown.subject) == (of.issuer, ADA)

    said = calls("identity", "status", "--json")
    assert (said.code, said.json["issuer"]) == (0, of.issuer)
    assert kept(tmp_path)["access"] == first["access"]
    told_apart = calls("identity", "check", "--json", given=first["access"])
    assert told_apart.json["accepted"] is True
    assert told_apart.json["credential"] == shown.credential
    assert ADA not in told_apart.out

    soon = datetime.fromisoformat(first["until"]) - timedelta(seconds=30)
    session, provided = Session(file), Provided(told.providers[0])
    renewed = session.current(
        soon, lambda it: provided.renewed(it.refresh or ""), lambda it: _until(told, it)
    )
    assert renewed
    assert renewed.access != first["access"]

    said = calls("identity", "sign-out", "--json")
    assert said.json == {"signed_out": True, "provider_told": True}
    assert not file.exists()
    with pytest.raises(SignedOutElsewhere):
        provided.renewed(renewed.refresh or "")


def _now() -> SetClock:
    return SetClock(datetime.now(UTC))


def _until(told: IdentityFile, token: str) -> datetime:
    return told.identities(_now()).verify(token, datetime.now(UTC)).until


def test_who_does_not_agree_is_not_signed_in(terminal: Terminal, tmp_path: Path) -> None:
    with terminal.running("identity", "sign-in") as running:
        address, code = invited(running)
        Browser(ADA).sign_in(address, code, agreeing=False)
        said = running.wait()
    assert said.code == 3
    assert "refused at the sign-in page" in said.err
    assert not (tmp_path / "config").exists()


def granted(of: RealProvider, told: IdentityFile) -> Any:
    """The tokens of a sign-in, without a terminal."""
    provided = Provided(told.providers[0])
    invitation = provided.invitation()
    Browser(ADA).sign_in(invitation.address, invitation.code)
    return provided.granted(invitation, lambda _: None)


@pytest.mark.parametrize("provider", ["RS256", "ES256", "EdDSA"], indirect=True)
def test_its_keys_turn_it_is_away_for_an_hour_and_no_storm_meets_it_after(
    of: RealProvider, configured: Path
) -> None:
    told = read_identity_file(configured)
    begun = datetime.now(UTC)
    clock = SetClock(begun)
    known = told.identities(clock)
    provided = Provided(told.providers[0])
    before = granted(of, told)
    of("counts")
    assert known.verify(before.access, begun).subject == ADA
    assert of("counts") == {"/.well-known/openid-configuration": 1, "/jwks": 1}

    of("rotate")
    after = provided.renewed(before.refresh)
    of("counts")
    clock.set(begun + timedelta(minutes=1))
    for token in (after.access, before.access):
        assert known.verify(token, datetime.now(UTC)).subject == ADA
    assert of("counts")["/jwks"] == 1

    of("away")
    for minute in range(2, 63):
        clock.set(begun + timedelta(minutes=minute))
        for token in (after.access, before.access):
            assert known.verify(token, datetime.now(UTC)).subject == ADA
    asked = of("counts")
    assert set(asked) == {"/.well-known/openid-configuration"}
    assert 50 <= asked["/.well-known/openid-configuration"] <= 61

    of("back")
    of("withdraw")
    clock.set(begun + timedelta(minutes=64))
    tokens = [after.access, before.access] * 500

    def code(token: str) -> str:
        try:
            return known.verify(token, datetime.now(UTC)).issuer
        except NotIdentified as refusal:
            return refusal.code

    with ThreadPoolExecutor(8) as threads:
        codes = list(threads.map(code, tokens))
    assert of("counts")["/jwks"] == 1
    assert set(codes[::2]) == {of.issuer}
    assert code(before.access) == "identity.not-genuine"
    assert known.verify(after.access, datetime.now(UTC)).subject == ADA


def test_an_id_token_is_no_access_token(of: RealProvider, configured: Path) -> None:
    told = read_identity_file(configured)
    provided = Provided(told.providers[0])
    invitation = provided.invitation()
    Browser(ADA).sign_in(invitation.address, invitation.code)
    form = {
        "grant_type": "urn:ietf:params:oauth:grant-type:device_code",
        "client_id": CLIENT,
        "device_code": invitation.device,
        "resource": AUDIENCE,
    }
    _, answer = provided._post("token_endpoint", form)
    with pytest.raises(NotForUs):
        told.identities(_now()).verify(answer["id_token"], datetime.now(UTC))
    assert told.identities(_now()).verify(answer["access_token"], datetime.now(UTC))


def test_while_the_provider_is_away_the_terminal_says_so(of: RealProvider, calls: Calls) -> None:
    of("away")
    said = calls("identity", "sign-in")
    assert said.code == 3
    assert f"{of.issuer} can't be asked" in said.err


async def consents(client: Client, who: str, shown: str) -> Reply:
    return await ask(client, "person.give-consent", {"data": {"person_id": who}}, token=shown)


def test_whoever_signed_in_is_let_in_at_the_door_once_tied_and_not_once_untied(
    fresh: Engines, terminal: Terminal, calls: Calls, configured: Path, tmp_path: Path
) -> None:
    """From the provider's pages to a command on a real bus."""
    signed_in(terminal)
    mine, shown = calls("identity", "status", "--json").json, kept(tmp_path)["access"]
    of_the_door = tmp_path / "identity of the door.toml"
    own = OWN.replace('"identity', f'"{IDENTITY.parent}/identity')
    of_the_door.write_text(own + configured.read_text())
    here = replace(station(fresh, tmp_path), clock=SystemClock())
    settings = here.settings.model_copy(update={"identity_file": of_the_door})

    async def scene() -> None:
        async with door_on(replace(here, settings=settings)) as client:
            data = {"full_name": "Ada", "email": "ada@example.org"}
            met = await ask_as(client, RUTH, "person.register", {"data": data})
            ada = (met.ids or {})["person_id"]
            assert (await consents(client, ada, shown)).code == "identity.not-tied"
            said = {"person_id": ada, "issuer": mine["code"], "subject": mine["subject"]}
            tied = await ask_as(client, RUTH, "identity.tie", {"data": said})
            assert tied.status == "accepted"
            await asyncio.sleep(FRESH)
            assert (await consents(client, ada, shown)).status == "accepted"
            gone = {"person_id": ada, "tie_id": (tied.events or ())[0].subject}
            reply = await ask(client, "identity.untie", {"data": gone}, token=shown)
            assert reply.status == "accepted"
            assert (await consents(client, ada, shown)).code == "identity.not-tied"

    asyncio.run(scene())
    facts = {one.event.name: one.envelope.origin for one in history_of(fresh)}
    given = facts["person.consent-given"]
    assert (given.actor, given.issuer) == (facts["identity.untied"].actor, mine["code"])
    assert given.credential
