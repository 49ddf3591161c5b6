"""What was asked of a language model about a lead: blanked when the lead is erased."""

from salesagent.lib import ai_ledger, privacy


def erase(lead_id: int) -> None:
    """Texts go; what they cost stays."""
    ai_ledger.forget(f"lead:{lead_id}")


def export(lead_id: int) -> dict[str, object]:
    return {"language_model": ai_ledger.export(f"lead:{lead_id}")}


privacy.register("language model", privacy.Holder(erase=erase, export=export))
