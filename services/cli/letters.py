"""Whether letters can go out as it is set, before anybody waits for one."""

from services.cli.leaving import INVALID, fail
from services.engines.addresses import Engines
from services.notices.office import office_for
from services.notices.post import post_for
from services.notices.returns import mailbox_for
from services.settings import Settings, WrongSetting


def must_be_able_to_write(settings: Settings, engines: Engines) -> None:
    """Ends this call with a line if letters can't go out as it is set: they would all fail."""
    try:
        office_for(settings, own_engines=engines.are_ours)
        post_for(settings, settings.data)
        mailbox_for(settings)
    except WrongSetting as problem:
        fail(str(problem), INVALID)
