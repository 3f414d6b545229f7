"""Guards that hold in every test."""

import ipaddress
import os
import socket
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tokenizers import Tokenizer

# Before anything imports the libraries that read them.
for switch in ("DO_NOT_TRACK", "KEDRO_DISABLE_TELEMETRY", "MLFLOW_DISABLE_TELEMETRY"):
    os.environ.setdefault(switch, "true")

PROJECT = Path(__file__).parent.parent


@pytest.fixture(scope="session")
def project_path() -> Path:
    return PROJECT


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Real benchmark data beside the project; tests that need it skip without it."""
    folder = PROJECT.parent / "shared" / "data"
    if not folder.is_dir():
        pytest.skip(f"benchmark data is not at {folder}")
    return folder


@pytest.fixture(scope="session")
def byte_tokenizer() -> "Tokenizer":
    """A token a byte, and the one that ends a document, which is the first."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers

    from taojin.models.encoding import END_OF_DOCUMENT

    words = [END_OF_DOCUMENT, *sorted(pre_tokenizers.ByteLevel.alphabet())]
    tokenizer = Tokenizer(models.BPE({word: i for i, word in enumerate(words)}, []))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    return tokenizer


@pytest.fixture(autouse=True)
def _no_network(monkeypatch):
    """Fail a test that looks up or connects to anything but this machine."""
    connect, getaddrinfo = socket.socket.connect, socket.getaddrinfo

    def guarded_connect(self, address):
        if isinstance(address, tuple) and not is_loopback(address[0]):
            pytest.fail(f"a test connects to {address}")
        return connect(self, address)

    def guarded_getaddrinfo(host, *args, **kwargs):
        if not is_loopback(host):
            pytest.fail(f"a test looks up {host}")
        return getaddrinfo(host, *args, **kwargs)

    monkeypatch.setattr(socket.socket, "connect", guarded_connect)
    monkeypatch.setattr(socket, "getaddrinfo", guarded_getaddrinfo)


def is_loopback(host) -> bool:
    if host in (None, "", "localhost", b"localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
