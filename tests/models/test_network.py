"""Whether a server is silent, at several addresses."""

import threading

import pytest

from dlsuite.models.network import silence_of

NOWHERE, SLOW, HERE = "2001:db8::1", "2001:db8::2", "192.0.2.1"  # for documents alone (RFC 5737)


class Line:
    def close(self):
        pass


@pytest.fixture
def addresses(monkeypatch):
    """The addresses of every host, which a test sets; a slow one says nothing while it lasts."""
    known: list[str] = []
    over = threading.Event()

    def connect(address, **options):
        if address[0] == SLOW:
            over.wait()
        if address[0] != HERE:
            raise OSError(101, "Network is unreachable")
        return Line()

    module = "dlsuite.models.network"
    found = lambda *given, **more: [(0, 0, 0, "", (each, 443)) for each in known]  # noqa: E731
    monkeypatch.setattr(f"{module}.urllib.request.getproxies", dict)
    monkeypatch.setattr(f"{module}.socket.getaddrinfo", found)
    monkeypatch.setattr(f"{module}.socket.create_connection", connect)
    yield known
    over.set()


@pytest.mark.parametrize("first", [NOWHERE, SLOW])
def test_a_server_that_answers_at_one_of_its_addresses_is_there(first, addresses):
    addresses += [first, HERE]
    assert silence_of("example.org") == ""


def test_a_server_none_of_whose_addresses_can_be_reached_is_silent_at_once(addresses, monkeypatch):
    monkeypatch.setattr("dlsuite.models.network.WAIT", 3600)
    addresses += [NOWHERE]
    assert silence_of("example.org") == "example.org cannot be reached, Network is unreachable"


def test_a_server_that_says_nothing_is_given_up(addresses, monkeypatch):
    monkeypatch.setattr("dlsuite.models.network.WAIT", 0.01)
    addresses += [NOWHERE, SLOW]
    assert silence_of("example.org") == "example.org does not answer within 0.01 s"
