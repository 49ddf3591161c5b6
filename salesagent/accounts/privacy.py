"""What is kept about a lead down here: questions to a language model, notices, mails kept here."""

from salesagent.accounts import notices
from salesagent.lib import ai_ledger, mail_folder, privacy


def erase(lead_id: int) -> None:
    """Texts go; what they cost stays."""
    ai_ledger.forget(f"lead:{lead_id}")
    mail_folder.forget_people()


def export(lead_id: int) -> dict[str, object]:
    return {"language_model": ai_ledger.export(f"lead:{lead_id}")}


privacy.register("language model", privacy.Holder(erase=erase, export=export))
privacy.register("notices", privacy.Holder(erase=notices.erase, export=notices.export))
