"""Server names of common mail providers, to fill the form with. Data only.

Sources: the providers' own help pages. `note` says what a person has to do there first.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Provider:
    code: str
    label: str
    smtp: tuple[str, int, str]
    imap: tuple[str, int, str]
    note: str = ""
    sent_folder: str = ""


_PLAIN = "Use the address and the password of the mailbox."
PROVIDERS = {
    provider.code: provider
    for provider in (
        Provider(
            "gmail",
            "Gmail with an app password",
            ("smtp.gmail.com", 587, "starttls"),
            ("imap.gmail.com", 993, "tls"),
            "Google wants an app password: switch on 2-step verification, then make one at "
            "myaccount.google.com/apppasswords and enter it here. Google keeps Sent copies itself.",
        ),
        Provider(
            "outlook",
            "Outlook, Microsoft 365",
            ("smtp.office365.com", 587, "starttls"),
            ("outlook.office365.com", 993, "tls"),
            "Microsoft takes passwords only where the administrator allows SMTP AUTH and IMAP. "
            "Check connection tells at once whether yours does.",
        ),
        Provider(
            "icloud",
            "iCloud",
            ("smtp.mail.me.com", 587, "starttls"),
            ("imap.mail.me.com", 993, "tls"),
            "Apple wants an app-specific password, made at account.apple.com.",
            "Sent Messages",
        ),
        Provider(
            "yahoo",
            "Yahoo",
            ("smtp.mail.yahoo.com", 465, "tls"),
            ("imap.mail.yahoo.com", 993, "tls"),
            "Yahoo wants an app password, made under Account security.",
            "Sent",
        ),
        Provider(
            "fastmail",
            "Fastmail",
            ("smtp.fastmail.com", 465, "tls"),
            ("imap.fastmail.com", 993, "tls"),
            "Fastmail wants an app password, made under Privacy and security.",
            "Sent",
        ),
        Provider(
            "ionos",
            "IONOS",
            ("smtp.ionos.com", 465, "tls"),
            ("imap.ionos.com", 993, "tls"),
            _PLAIN,
        ),
        Provider("other", "Other", ("", 587, "starttls"), ("", 993, "tls"), _PLAIN),
    )
}
