from __future__ import annotations

from acctsync.providers.redaction import Secrets


def test_every_known_secret_is_hidden_the_longer_first() -> None:
    secrets = Secrets()
    secrets.add("token-abc", "token-abc-longer", "tiny")

    assert secrets.clean("a token-abc-longer, a token-abc, a tiny one") == (
        "a [hidden], a [hidden], a tiny one"
    )
    assert repr(secrets) == "Secrets(2 hidden)"
