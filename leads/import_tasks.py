"""Queue entry points of imports: a job's id in, one service call each. Every one may run twice."""


def check_import(job_id: int) -> None:
    from leads.services import import_check

    import_check.check(job_id)


def run_import(job_id: int) -> None:
    from leads.services import import_run

    import_run.run(job_id)


def undo_import(job_id: int) -> None:
    from leads.services import import_undo

    import_undo.undo(job_id)


def look_after_imports() -> None:
    from leads.services import imports

    imports.look_after()
