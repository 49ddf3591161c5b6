"""Queue entry points of Google Sheets: a job's id in, one service call each. All may run twice."""

from salesagent.lib import hold


def read_sheet(job_id: int) -> None:
    from leads.services import sheet_read

    sheet_read.read(job_id)


def write_sheet(job_id: int) -> None:
    from leads.services import sheet_status

    sheet_status.write(job_id)


@hold.paused
def look_after_sheets() -> None:
    from leads.services import sheets

    sheets.look_after()


def check_connections(user_id: int) -> None:
    from leads.services import sheet_access

    sheet_access.check()
