from leads.thread import EventKind, register

register(
    EventKind("lead.imported", "Came in by a file", personal=("file",), icon="upload"),
    EventKind("lead.pulled", "Came in from another system", icon="refresh"),
    EventKind("lead.created", "Added by hand", icon="user-plus"),
    EventKind(
        "lead.inquired",
        "Came in by the web form",
        personal=("message",),
        engagement=20,
        icon="world",
    ),
    EventKind("lead.changed", "Changed", personal=("changes",), icon="pencil"),
    EventKind("lead.assigned", "Owner changed", icon="user-check"),
    EventKind("lead.stage_changed", "Stage changed", icon="target-arrow"),
    EventKind("lead.scored", "Scored", icon="activity"),
    EventKind("lead.suppressed", "Will not be contacted", personal=("source",), icon="circle-x"),
    EventKind(
        "lead.unsuppressed", "May be contacted again", personal=("source",), icon="circle-check"
    ),
    EventKind("lead.archived", "Archived", personal=("file",), icon="file-text"),
    EventKind("lead.restored", "Back in the list", icon="refresh"),
    EventKind("lead.merged", "Two leads became one", personal=("name", "into"), icon="users"),
    EventKind("lead.unmerged", "A merge was taken back", personal=("name",), icon="users"),
    EventKind(
        "consent.given", "Agreed to be contacted", personal=("wording",), icon="shield-check"
    ),
    EventKind("consent.withdrawn", "Consent withdrawn", icon="shield-check"),
    EventKind("note.added", "Note", group="notes", quiet=False, icon="note"),
    EventKind("deal.opened", "Deal opened", icon="file-text"),
    EventKind("deal.moved", "Deal moved", icon="route"),
    EventKind("deal.changed", "Deal changed", icon="pencil"),
    EventKind("deal.reopened", "Deal open again", icon="refresh"),
    EventKind("deal.won", "Deal won", engagement=10, icon="circle-check"),
    EventKind("deal.lost", "Deal lost", icon="circle-x"),
)
