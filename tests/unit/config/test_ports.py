"""The web port: the wished one, its neighbours, or any."""

import socket
from contextlib import closing

from config.devstack.ports import listen, local_address, port_of


def free_port() -> int:
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def test_takes_the_wished_port() -> None:
    wished = free_port()
    with closing(listen("127.0.0.1", wished)) as listener:
        assert port_of(listener) == wished
        assert local_address(listener) == f"127.0.0.1:{wished}"


def test_takes_a_neighbour_when_the_port_is_taken() -> None:
    with closing(listen("127.0.0.1", 0)) as first, closing(listen("127.0.0.1", port_of(first))) as second:
        assert port_of(first) < port_of(second) <= port_of(first) + 50


def test_takes_any_port_when_all_neighbours_are_taken() -> None:
    with closing(listen("127.0.0.1", 0)) as first, closing(listen("127.0.0.1", port_of(first), neighbours=0)) as second:
        assert port_of(second) not in {0, port_of(first)}


def test_notices_a_port_taken_on_every_address() -> None:
    with closing(listen("0.0.0.0", 0)) as first, closing(listen("127.0.0.1", port_of(first))) as second:
        assert port_of(second) != port_of(first)


def test_the_address_for_this_machine_is_never_the_wildcard() -> None:
    with closing(listen("0.0.0.0", 0)) as listener:
        assert local_address(listener) == f"127.0.0.1:{port_of(listener)}"


def test_the_socket_accepts_connections_before_any_server_runs() -> None:
    with closing(listen("127.0.0.1", 0)) as listener, socket.create_connection(("127.0.0.1", port_of(listener)), 1):
        assert listener.accept()[1][0] == "127.0.0.1"
