import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

from sequence_learning.hooks.secrets import secrets_of, without_login, without_secrets

WORDS = st.lists(st.text("0123456789", min_size=4, max_size=8), min_size=1, max_size=4)


@given(words=WORDS, separator=st.sampled_from("@/:?#"))
def test_no_word_of_a_password_is_repeated_however_its_address_is_misread(words: list[str], separator: str) -> None:
    address = f"postgresql+psycopg://analyst:{separator.join(words)}@db.example.com/shop"
    try:
        url = make_url(address)
        said = f"no host {url.host}, port {url.port}, database {url.database} {url.query}"
    except (ArgumentError, ValueError) as error:
        said = str(error)
    shown = without_secrets(said, secrets_of({"shop": {"con": address}}))
    assert not any(word in shown for word in words)


def test_host_and_user_may_be_told() -> None:
    secrets = secrets_of({"con": "postgresql://analyst:hunter2@db.example.com:5432/shop"})
    assert (
        without_secrets("db.example.com refuses analyst (hunter2)", secrets) == "db.example.com refuses analyst (***)"
    )


def test_a_password_is_a_secret_in_both_its_spellings() -> None:
    secrets = secrets_of("postgresql://analyst:p%40ss%2Fw@localhost/shop")
    assert without_secrets("p@ss/w and p%40ss%2Fw", secrets) == "*** and ***"


def test_keys_of_other_services_are_secrets() -> None:
    assert secrets_of({"s3": {"key": "AKIA123", "secret": ["abcdef"], "anon": False, "port": 1}}) == {
        "AKIA123",
        "abcdef",
    }


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("https://me:hunter2@mlflow.example.com/x@y", "https://mlflow.example.com/x@y"),
        ("sqlite:////tmp/a@b/mlflow.db", "sqlite:////tmp/a@b/mlflow.db"),
        ("http://127.0.0.1:5000", "http://127.0.0.1:5000"),
    ],
)
def test_addresses_are_shown_without_login(address: str, shown: str) -> None:
    assert without_login(address) == shown
