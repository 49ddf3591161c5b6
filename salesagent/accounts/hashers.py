from django.contrib.auth.hashers import Argon2PasswordHasher


class SmallArgon2(Argon2PasswordHasher):
    """Argon2id at OWASP's 19 MiB, t=2, p=1: four logins at once stay near 115 MB, not 439 MB."""

    time_cost = 2
    memory_cost = 19456
    parallelism = 1
