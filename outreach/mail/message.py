"""What a message is, for every channel: no I/O, no tables."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Attachment:
    name: str
    content_type: str
    content: bytes


@dataclass(frozen=True, slots=True)
class OutboundMessage:
    """One message as a channel gets it. Only `to` and `text` matter to all channels.

    `sent_at` is the Date header, aware. `company`, `postal_address`, `reason` and
    `unsubscribe_url` make the footer that every commercial mail needs (CAN-SPAM, RFC 8058);
    `unsubscribe_mailto` is an address without "mailto:". `automatic` marks what no person sent
    just now (RFC 3834), so that other machines do not answer it. `thread_id`: the provider's word
    for the conversation that is answered. `content_sid`, `content_variables`: a template that the
    provider has approved, sent in place of `text`. `html`: another form of the text; empty: made
    from it.
    """

    channel: str
    to: str
    text: str
    subject: str = ""
    to_name: str = ""
    sender: str = ""
    sender_name: str = ""
    message_id: str = ""
    in_reply_to: str = ""
    references: str = ""
    sent_at: datetime | None = None
    company: str = ""
    postal_address: str = ""
    reason: str = ""
    unsubscribe_url: str = ""
    unsubscribe_mailto: str = ""
    automatic: bool = False
    attachments: tuple[Attachment, ...] = ()
    thread_id: str = ""
    content_sid: str = ""
    content_variables: Mapping[str, str] = field(default_factory=dict)
    html: str = ""


THREAD = " thread:"


def thread_mark(message: str, thread: str) -> str:
    """A provider's word for a message together with that of its conversation."""
    return f"{message}{THREAD}{thread}" if thread else message


def thread_of(provider_id: str) -> str:
    """The conversation in what `thread_mark` made; "" for any other provider's word."""
    return provider_id.partition(THREAD)[2]
