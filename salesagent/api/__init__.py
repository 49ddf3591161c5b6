"""The REST API under /api/v1/ and outgoing webhooks: it calls the apps, no rule lives here."""
