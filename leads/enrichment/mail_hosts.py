"""Who hosts a domain's mail, by the names of its mail servers (MX). Data and one function."""

# ending of the server's name -> host, as the hosts' own set-up pages name their servers
ENDINGS = {
    "google.com": "Google",
    "googlemail.com": "Google",
    "smtp.goog": "Google",
    "outlook.com": "Microsoft 365",
    "mx.microsoft": "Microsoft 365",
    "olc.protection.outlook.com": "Microsoft 365",
    "zoho.com": "Zoho",
    "zoho.eu": "Zoho",
    "protonmail.ch": "Proton",
    "messagingengine.com": "Fastmail",
    "icloud.com": "iCloud",
    "yahoodns.net": "Yahoo",
    "yandex.net": "Yandex",
    "yandex.ru": "Yandex",
    "mail.ru": "Mail.ru",
    "kundenserver.de": "IONOS",
    "ionos.com": "IONOS",
    "ionos.de": "IONOS",
    "1and1.com": "IONOS",
    "rzone.de": "STRATO",
    "ovh.net": "OVHcloud",
    "gandi.net": "Gandi",
    "infomaniak.ch": "Infomaniak",
    "one.com": "one.com",
    "simply.com": "Simply.com",
    "unoeuro.com": "Simply.com",
    "hostinger.com": "Hostinger",
    "titan.email": "Titan",
    "emailsrvr.com": "Rackspace",
    "secureserver.net": "GoDaddy",
    "registrar-servers.com": "Namecheap",
    "privateemail.com": "Namecheap",
    "mailbox.org": "mailbox.org",
    "aruba.it": "Aruba",
    "home.pl": "home.pl",
    "loopia.se": "Loopia",
    "amazonaws.com": "Amazon",
    "pphosted.com": "Behind Proofpoint",
    "ppe-hosted.com": "Behind Proofpoint",
    "mimecast.com": "Behind Mimecast",
    "barracudanetworks.com": "Behind Barracuda",
    "messagelabs.com": "Behind Symantec",
    "iphmx.com": "Behind Cisco",
    "hornetsecurity.com": "Behind Hornetsecurity",
    "antispameurope.com": "Behind Hornetsecurity",
    "retarus.com": "Behind Retarus",
    "sophos.com": "Behind Sophos",
    "mxlogic.net": "Behind Trellix",
    "trendmicro.com": "Behind Trend Micro",
    "trendmicro.eu": "Behind Trend Micro",
    "mailgun.org": "Mailgun",
    "cloudflare.net": "Cloudflare routing",
    "improvmx.com": "ImprovMX",
}
OWN = "Their own server"
OTHER = "Another host"
NONE = "Takes no mail"


def host_of(domain: str, records: tuple[str, ...]) -> str:
    """The host behind MX records such as "10 aspmx.l.google.com", the most preferred first."""
    servers = sorted(_parts(record) for record in records)
    names = [name for _, name in servers if name]
    if servers and not names:
        return NONE  # the null record of RFC 7505
    for name in names:
        labels = name.split(".")
        for start in range(len(labels) - 1):
            if known := ENDINGS.get(".".join(labels[start:])):
                return known
    if any(name == domain or name.endswith(f".{domain}") for name in names):
        return OWN
    return OTHER if names else ""


def _parts(record: str) -> tuple[int, str]:
    priority, _, name = record.strip().partition(" ")
    return (int(priority) if priority.isdecimal() else 65_535, name.strip().rstrip(".").lower())
