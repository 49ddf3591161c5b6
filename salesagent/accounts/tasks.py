"""Queue entry points of accounts: ids in, one service call each. Every task may run twice."""

from salesagent.accounts import ai_page


def test_model(job_id: int) -> None:
    ai_page.run_test(job_id)
