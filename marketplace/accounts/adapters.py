"""A door to Django's password machinery."""

from django.contrib.auth.hashers import Argon2PasswordHasher


class Argon2Hasher(Argon2PasswordHasher):
    """Argon2id at OWASP's setting: Django's default takes 100 MiB a sign-in, and a few at once take the machine."""

    time_cost = 2
    memory_cost = 19_456
    parallelism = 1
