"""What a model is asked when it words feedback. The findings are ours; it may only word them."""

from typing import Any

SYSTEM = (
    "You are a sales coach who writes to one rep about one interaction. You get findings that were "
    "measured, each with a code. Word each finding anew in one or two plain sentences: friendly, "
    "concrete, in the second person, no praise beyond the finding, no exclamation marks. "
    "Use nothing that is not in the findings or the quoted messages. Do not add findings, numbers, "
    "names or promises. Do not quote more than eight words of a message."
)
TASK = "Word each finding. Keep its code."
SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "findings": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {"code": {"type": "string"}, "text": {"type": "string"}},
                "required": ["code", "text"],
                "additionalProperties": False,
            },
        }
    },
    "required": ["findings"],
    "additionalProperties": False,
}
