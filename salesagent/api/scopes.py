"""What a token may be allowed to do. A route names one scope; a token carries some of them."""

SCOPES = {
    "leads:read": "Read leads, companies and their threads",
    "leads:write": "Change leads, their stage and notes; archive them",
    "intake:write": "Bring in new leads",
    "sequences:read": "Read sequences and who is in them",
    "sequences:write": "Make and change sequences; add, pause and stop people",
    "drafts:read": "Read drafts with their checks",
    "drafts:write": "Change the words of drafts, or turn them down",
    "approve": "Approve drafts, so that they are sent",
    "channels:read": "Read how a lead may be reached",
    "channels:write": "Change how a lead may be reached; send test messages to oneself",
    "intelligence:read": "Read scores, next steps, forecast and numbers",
    "email:write": "Have drafts and subject lines written",
}
PERSONAL = frozenset({"approve"})  # a person's own word: no machine token carries it
