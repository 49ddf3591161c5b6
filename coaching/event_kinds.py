from leads.thread import EventKind, register

register(EventKind("coaching.given", "Private feedback for the rep", icon="message-2-star"))
