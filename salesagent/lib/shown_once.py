"""A secret from the answer to a form to the one page that shows it: made, redirected, shown, gone.

So that a page that is loaded again never sends the form again. It waits encrypted in the session.
"""

import time

from django.http import HttpRequest

from salesagent.lib.crypto import SecretUnreadable, decrypt, encrypt

KEY = "shown_once"
WAITS = 600  # seconds


def keep(request: HttpRequest, what: str, secret: str) -> None:
    """`what` names it, as "token:12". One at a time: a second one takes the first one's place."""
    request.session[KEY] = [what, encrypt(secret), int(time.time())]


def take(request: HttpRequest, what: str) -> str:
    """The secret, the first time it is asked for; "" afterwards."""
    kept = request.session.get(KEY)
    if not kept or kept[0] != what or request.method != "GET":
        return ""
    del request.session[KEY]
    try:
        return decrypt(kept[1]) if time.time() - kept[2] < WAITS else ""
    except SecretUnreadable:
        return ""
