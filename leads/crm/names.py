"""What other systems are called, by the name that wiring.CRMS and the tables give them."""

LABELS = {"hubspot": "HubSpot", "salesforce": "Salesforce", "fake": "Practice CRM"}


def label_of(provider: str) -> str:
    return LABELS.get(provider) or provider.title()
