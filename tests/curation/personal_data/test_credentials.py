import pytest

from taojin.curation.personal_data.credentials import find_secrets


def found(text):
    return [text[start:end] for start, end in find_secrets(text)]


@pytest.mark.parametrize(
    "key",
    [
        "AKIA7Q2ZC4M9XW1B5T8K",
        "ghp_" + "aB3dE6gH9jK2" * 3,
        "glpat-aB3dE6gH9jK2mN5pQ8rS",
        "sk_live_aB3dE6gH9jK2mN5pQ8rS1tU4",
        "hf_" + "aB3dE6gH9jK2mN5pQ8rS1tU4vW7xY0zAbC",
        "AIza" + "aB3dE6gH9jK2mN5pQ8rS1tU4vW7xY0zAbCd",
    ],
)
def test_a_key_is_found_by_the_prefix_of_its_issuer(key):
    assert found(f"I pasted {key}, sorry") == [key]
    assert found(f"密钥{key}已泄露") == [key]
    assert found(f"x{key}") == []


def test_a_password_in_a_url_of_a_public_host_is_found_alone():
    assert found("git clone https://bot:Hq7v2Lm9@git.quill.net/x") == ["Hq7v2Lm9"]


@pytest.mark.parametrize(
    "text",
    [
        "postgresql://scott:tiger@localhost/test",
        "https://user:password1@git.quill.net",
        "https://bot:Hq7v2Lm9@git.example.com/x",
        "redis://:Hq7v2Lm9@cache:6379",
        "https://host.net:8080/@me",
    ],
)
def test_credentials_of_examples_are_left(text):
    assert found(text) == []


@pytest.mark.parametrize(
    "text",
    [
        'api_key = "aB3dE6gH9jK2mN5p"',
        "PASSWORD: aB3dE6gH9jK2mN5p",
        "密码是aB3dE6gH9jK2mN5p。",
        "{'access_token':'aB3dE6gH9jK2mN5p'}",
    ],
)
def test_a_random_value_that_is_assigned_to_a_secret_is_found(text):
    assert found(text) == ["aB3dE6gH9jK2mN5p"]


def test_a_key_that_is_longer_than_any_is_none():
    assert found("AKIA7Q2ZC4M9XW1B5T8K7") == []
    assert found("hf_aB3dE6gH9jK2mN5pQ8rS1tU4vW7xY0zAbC_1") == []


@pytest.mark.parametrize(
    "text",
    [
        "AKIAIOSFODNN7EXAMPLE",
        "ghp_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
        'token = "your-token-goes-here-123"',
        "token = get_token_from_vault_v2(",
        "password = settings.DATABASE_PASSWORD_2",
        "secret_key: 0123456789abcdef0123456789abcdef",
        "sha1 da39a3ee5e6b4b0d3255bfef95601890afd80709",
        "token: 12345678901234567890",
    ],
)
def test_fillers_names_and_hashes_are_no_secrets(text):
    assert found(text) == []
