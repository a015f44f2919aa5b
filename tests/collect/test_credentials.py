"""Who may tell us something."""

import pytest

from dialboard.collect.credentials import find_account, hash_token
from dialboard.shapes.event import Sender, Snapshot

SENDERS = Snapshot(
    1, {"crd_alice": Sender("acc_alice", hash_token("t0ken")), "crd_bob": Sender("acc_bob", hash_token("other"))}
)


def test_a_pair_that_belongs_together_names_its_account() -> None:
    assert find_account(SENDERS, "crd_alice", "t0ken") == "acc_alice"


@pytest.mark.parametrize(
    ("auth_id", "auth_token"),
    [
        ("crd_alice", "other"),
        ("crd_alice", ""),
        ("crd_alice", "T0KEN"),
        ("crd_alice", "t0ken "),
        ("CRD_ALICE", "t0ken"),
        ("crd_nobody", "t0ken"),
        ("", ""),
        ("crd_alice", "töken"),
    ],
)
def test_any_other_pair_names_none(auth_id: str, auth_token: str) -> None:
    assert find_account(SENDERS, auth_id, auth_token) is None


def test_the_stand_in_for_nobody_lets_nobody_in() -> None:
    """Its hash is 32 zero bytes; no token has that hash, and if one had, the account would still be None."""
    assert find_account(Snapshot(1, {}), "", "") is None
    assert len(hash_token("")) == 32
