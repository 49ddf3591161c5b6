"""Queue entry points of syncs: ids in, one service call each. Every one may run twice."""

from salesagent.lib import hold


def run_sync(job_id: int) -> None:
    from leads.services import crm_sync

    crm_sync.work(job_id)


def undo_sync(job_id: int) -> None:
    from leads.services import crm_undo

    crm_undo.work(job_id)


@hold.paused
def touched(provider: str, account: str, kind: str, ids: list[str], why: str = "") -> None:
    from leads.services import crm_clock

    crm_clock.touched(provider, account, kind, ids, why)


@hold.paused
def tell_opt_out(event_id: int) -> None:
    """While all is held nobody is told: what was held is queued again (services.restored)."""
    from leads.services import crm_clock

    crm_clock.tell_opt_out(event_id)


@hold.paused
def look_after_syncs() -> None:
    from leads.services import crm_clock

    crm_clock.look_after()


def forget_old_syncs() -> None:
    from leads.services import crm_clock

    crm_clock.forget_old()


def check_connections(user_id: int) -> None:
    from leads.services import crm_connect

    crm_connect.check_all()
