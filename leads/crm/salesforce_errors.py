"""What Salesforce's refusals mean, in the words of the person who has to do something.

Codes: "Status Codes and Error Responses" and the StatusCode list of the SOAP reference, which the
REST answers share. An unknown code shows what Salesforce said.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from leads.crm.base import CrmError, RowError
from salesagent.lib.http import Answer, HttpFault
from salesagent.lib.scrub import scrub
from salesagent.lib.text import one_line

DAY = 6 * 3600.0  # the limit is of the last 24 hours: some of it is free again by then
CROWDED = 60.0  # seconds, when too many long calls run at once
BUSY = 300.0

AGAIN = frozenset(
    {
        "UNABLE_TO_LOCK_ROW",
        "QUERY_TIMEOUT",
        "SERVER_UNAVAILABLE",
        "UNKNOWN_EXCEPTION",
        "REQUEST_RUNNING_TOO_LONG",
        "ALL_OR_NONE_OPERATION_ROLLED_BACK",
    }
)
_RECORD = re.compile(r"\bid:? ?([A-Za-z0-9]{15}(?:[A-Za-z0-9]{3})?)\b")
_ROWS = {
    "FIELD_CUSTOM_VALIDATION_EXCEPTION": "A rule in Salesforce refused it: {said}",
    "REQUIRED_FIELD_MISSING": "Salesforce wants a value for {fields}. Fill it in, then sync again.",
    "DUPLICATES_DETECTED": "Salesforce has a record like it already. Join the two, or change one.",
    "DUPLICATE_VALUE": "Salesforce has a record with the same key already.",
    "DUPLICATE_EXTERNAL_ID": "Several records there carry our key. Clear it on all but one.",
    "UNABLE_TO_LOCK_ROW": "Somebody else was changing the record. It is tried again.",
    "INVALID_EMAIL_ADDRESS": "Salesforce takes this for no e-mail address.",
    "STRING_TOO_LONG": "The text is too long for {fields} in Salesforce.",
    "NUMBER_OUTSIDE_VALID_RANGE": "The number does not fit into {fields} in Salesforce.",
    "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST": (
        "{fields} takes only values of its list in Salesforce. Add this value there, or change it."
    ),
    "JSON_PARSER_ERROR": "Salesforce cannot read the value: {said}",
    "INVALID_TYPE_ON_FIELD_IN_RECORD": "The value does not fit into {fields} in Salesforce.",
    "INVALID_FIELD_FOR_INSERT_UPDATE": (
        "Salesforce lets us read but not write {fields}. Give the user we run as the right to edit."
    ),
    "INVALID_FIELD": "Salesforce does not know a field we write to. Look at the field table.",
    "ENTITY_IS_DELETED": "The record was deleted in Salesforce.",
    "INVALID_CROSS_REFERENCE_KEY": "The record, or one it belongs to, is gone in Salesforce.",
    "INSUFFICIENT_ACCESS_OR_READONLY": "The user we run as may not change this in Salesforce.",
    "INSUFFICIENT_ACCESS_ON_CROSS_REFERENCE_ENTITY": (
        "The user we run as may not use a record this one belongs to."
    ),
    "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY": "Code in your Salesforce refused it: {said}",
    "CANNOT_EXECUTE_FLOW_TRIGGER": "A flow in your Salesforce refused it: {said}",
    "FIELD_INTEGRITY_EXCEPTION": "Salesforce refused the value of {fields}: {said}",
    "FIELD_FILTER_VALIDATION_EXCEPTION": "A filter in Salesforce refused it: {said}",
    "INACTIVE_OWNER_OR_USER": "The owner is no active user in Salesforce.",
    "STORAGE_LIMIT_EXCEEDED": "The storage of your Salesforce is full. Make room there first.",
    "DELETE_FAILED": "Salesforce does not delete it: {said}",
}
_CALLS = {
    "API_DISABLED_FOR_ORG": (
        "This Salesforce has no API: the edition lacks it, or the user we run as lacks the "
        "permission API Enabled."
    ),
    "API_CURRENTLY_DISABLED": "The API of this Salesforce is switched off.",
    "INSUFFICIENT_ACCESS": "The user we run as lacks a right. Look at its permission set.",
    "INVALID_FIELD": "Salesforce does not know a field of the table, or hides it: {said}",
    "INVALID_TYPE": "The user we run as cannot see a kind of record: {said}",
    "UNSUPPORTED_API_VERSION": "This Salesforce does not speak the version we use.",
    "MALFORMED_QUERY": "Salesforce could not read our question. Please report it.",
}
_LOGIN = {
    "invalid_client_id": "Salesforce does not know the consumer key. Copy it again.",
    "invalid_client": "Salesforce does not take the consumer secret. Copy it again.",
    "invalid_grant": (
        "Salesforce gives no access: {said} Check the app's policies: client credentials flow on, "
        "and a user to run as."
    ),
    "unsupported_grant_type": (
        "The client credentials flow is off in the app. Switch it on in its policies, or use the "
        "My Domain address."
    ),
    "inactive_user": "The user we run as is not active in Salesforce.",
    "inactive_org": "This Salesforce organisation is locked or closed.",
    "invalid_app_access": "The user we run as may not use the app. Allow it in the app's policies.",
}


def row(error: Mapping[str, Any], labels: Mapping[str, tuple[str, str]]) -> RowError:
    """`labels`: their field -> (our code, label for a person)."""
    code = str(error.get("statusCode") or error.get("errorCode") or "")
    said = words(error.get("message"))
    fields = [str(name) for name in error.get("fields") or ()]
    named = [labels[name][0] for name in fields if name in labels]
    shown = ", ".join(labels[name][1] if name in labels else name for name in fields)
    text = _ROWS.get(code, "Salesforce refused it: {said}")
    return RowError(
        text.format(said=said or code, fields=shown or "a field"),
        code=code,
        field=named[0] if named else "",
        existing_id=_existing(error) if code.startswith("DUPLICATE") else "",
        again=code in AGAIN,
    )


def _existing(error: Mapping[str, Any]) -> str:
    """The id of the record that is there already: in the text, or in the matches of a rule."""
    if found := _RECORD.search(str(error.get("message") or "")):
        return found[1]
    # the service's own misspelling; the right one should they mend it
    result = error.get("duplicateResut") or error.get("duplicateResult")
    for match in _list(result, "matchResults"):
        for one in _list(match, "matchRecords"):
            record = one.get("record")
            if isinstance(record, dict) and record.get("Id"):
                return str(record["Id"])
    return ""


def _list(value: Any, name: str) -> list[dict[str, Any]]:
    found = value.get(name) if isinstance(value, dict) else None
    return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []


def words(text: object) -> str:
    """Their text for a page: one line, no secret, not long."""
    return one_line(scrub(str(text or "")), 200)


def first(answer: Answer) -> tuple[str, str]:
    """Code and text of a refusal; both empty when the body says nothing readable."""
    try:
        found = answer.json()
    except HttpFault:
        return "", ""
    if isinstance(found, Sequence) and not isinstance(found, str) and found:
        found = found[0]
    if not isinstance(found, dict):
        return "", ""
    code = found.get("errorCode") or found.get("error") or ""
    return str(code), words(found.get("message") or found.get("error_description"))


def of_answer(answer: Answer) -> CrmError:
    """An answer that is no success, of any call but the one for a token."""
    code, said = first(answer)
    if code == "REQUEST_LIMIT_EXCEEDED":
        return _limit(said)
    if text := _CALLS.get(code):
        return CrmError(_stopped(text.format(said=said)), permanent=True)
    if answer.status == 401:
        text = "Salesforce no longer accepts our access. Connect it again."
        return CrmError(text, permanent=True)
    if code in AGAIN or answer.status == 429 or answer.status >= 500:
        text = "Salesforce is busy or has a problem of its own. We try again later."
        return CrmError(text, permanent=False, wait=answer.retry_after or BUSY)
    detail = f": {said}" if said else f" (HTTP {answer.status})."
    return CrmError(_stopped(f"Salesforce refused{detail}"), permanent=answer.status in (403, 404))


def _stopped(text: str) -> str:
    return text if text.endswith((".", "!", "?")) else f"{text}."


def _limit(said: str) -> CrmError:
    if "oncurrent" in said:
        text = "Salesforce is busy with too many long calls. We try again in a minute."
        return CrmError(text, permanent=False, wait=CROWDED)
    text = (
        "Salesforce's calls of the last 24 hours are used up, for all programs that use it. "
        "We go on in some hours."
    )
    return CrmError(text, permanent=False, wait=DAY)


def of_login(answer: Answer) -> CrmError:
    """Why there was no access token."""
    code, said = first(answer)
    if answer.status >= 500 or answer.status == 429 or "exceeded" in f"{code} {said}":
        text = "Salesforce gives no access at the moment. We try again later."
        return CrmError(text, permanent=False, wait=answer.retry_after or BUSY)
    said = f"{said.rstrip('.')}." if said else ""
    text = _LOGIN.get(code, "Salesforce gives no access. {said} Connect it again.")
    return CrmError(text.format(said=said), permanent=True)


def of_fault(fault: HttpFault) -> CrmError:
    """No answer at all, or one nobody can use."""
    text = str(fault).replace("salesforce", "Salesforce", 1)
    if fault.kind == "redirect":
        if fault.status == 300:
            text = "Several records in Salesforce carry the same key. Clear it on all but one."
            return CrmError(text, permanent=False)
        text = "Salesforce sends us elsewhere. Was the My Domain renamed? Enter the new address."
        return CrmError(text, permanent=True)
    return CrmError(text, permanent=fault.kind == "refused", wait=fault.retry_after)
