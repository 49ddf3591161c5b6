"""Outgoing webhooks: other programs are told of events, signed, at least once."""
