"""Access tokens of connected accounts, refreshed by one process at a time."""


class OAuthError(Exception):
    """No token. `permanent`: only a person can help, by connecting the account anew."""

    def __init__(self, message: str, *, permanent: bool) -> None:
        super().__init__(message)
        self.message = message
        self.permanent = permanent


def access_token(connection_id: int) -> str:
    """A token that is good for some minutes at least. Raises OAuthError."""
    raise OAuthError(f"Connection {connection_id} has no sign-in.", permanent=True)
