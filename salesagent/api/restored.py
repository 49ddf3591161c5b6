"""After a restore nothing gets in, and no address is told, that was shut out since the backup."""

import hashlib
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from django.utils import timezone

from salesagent.accounts import audit
from salesagent.api.models import ApiToken, Hook
from salesagent.api.tokens import active
from salesagent.lib.text import plural

SIGNED_ANEW = (
    "Its secret was changed after the backup that was restored, and is the old one again. Make a"
    " new one, then start it."
)
WHY = "Removed or paused after the backup that was restored."


def present(database: bool) -> Iterator[dict[str, Any]]:
    """Tokens that open something, addresses that are told; the first row says these are all."""
    if not database:
        return
    yield {"all": True}
    for token in ApiToken.objects.filter(active(timezone.now())).values_list("hash", flat=True):
        yield {"token": token}
    for hook in Hook.objects.filter(active=True):
        yield {"hook": hook.pk, "url": hook.url, "secret": _print(hook)}


def _print(hook: Hook) -> str:
    """Tells two secrets apart, and nothing of them: they are long and by chance."""
    return hashlib.sha256(hook.secret.encode()).hexdigest()


def again(rows: Sequence[Mapping[str, Any]]) -> list[str]:
    if not any("all" in row for row in rows):
        return _unknown()
    tokens = {row["token"] for row in rows if "token" in row}
    hooks = {(row["hook"], row["url"]): row.get("secret") for row in rows if "hook" in row}
    lines = []
    if count := _revoke(tokens):
        lines.append(f"{plural(count, 'API token')} that ended since the backup stay ended")
    if count := _pause(hooks):
        lines.append(f"{plural(count, 'webhook')} that ended since the backup stay off")
    if count := _signed_anew(hooks):
        lines.append(f"{plural(count, 'webhook')} with a secret from before its change stay off")
    return lines


def _unknown() -> list[str]:
    """Nothing is known of the time since: whatever the backup holds is alive."""
    alive = ApiToken.objects.filter(active(timezone.now())).exists()
    return ["API tokens work as when the backup was made. Look at Settings, API"] if alive else []


def _revoke(kept: set[str]) -> int:
    rows = ApiToken.objects.filter(active(timezone.now()))
    gone = [token.pk for token in rows if token.hash not in kept]
    for pk in gone:
        audit.note(None, "api.token_revoked", str(pk))
    return ApiToken.objects.filter(pk__in=gone).update(revoked_at=timezone.now())


def _signed_anew(kept: Mapping[tuple[int, str], str | None]) -> int:
    """It was changed since, perhaps because somebody else knew it: nothing is signed with it."""
    rows = [hook for hook in Hook.objects.filter(active=True) if (hook.pk, hook.url) in kept]
    old = [row.pk for row in rows if kept[row.pk, row.url] not in (None, _print(row))]
    return Hook.objects.filter(pk__in=old).update(active=False, stopped_why=SIGNED_ANEW)


def _pause(kept: Collection[tuple[int, str]]) -> int:
    gone = [hook.pk for hook in Hook.objects.filter(active=True) if (hook.pk, hook.url) not in kept]
    return Hook.objects.filter(pk__in=gone).update(active=False, stopped_why=WHY)
