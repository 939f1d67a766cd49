import pytest

from tests.races.conftest import Fresh
from tests.races.findings import in_words
from tests.races.processes import together

PROCESSES, SECONDS = 3, 1.5


@pytest.mark.timeout(300)
def test_writer_processes_are_right_and_share_the_log_fairly(another: Fresh) -> None:
    with another() as engines:
        shares, findings = together(engines, PROCESSES, SECONDS)
    assert not +findings, in_words(findings)
    groups = [len(share.waits) for share in shares]
    assert min(groups) > sum(groups) / PROCESSES / 3, groups
    assert max(wait for share in shares for wait in share.waits) < SECONDS
