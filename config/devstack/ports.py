"""The one TCP port of a development system: the web address."""

import socket

PREFERRED_PORT = 8000
NEIGHBOURS = 50
BACKLOG = 512


def listen(host: str, preferred: int, *, neighbours: int = NEIGHBOURS) -> socket.socket:
    """Return a listening socket on ``preferred``, else on one of the next ``neighbours`` ports, else on any.

    The socket is handed to the web server, so nobody can take the port in between or while the server restarts.
    ``preferred`` 0 asks the system for any free port.
    """
    candidates = [*range(preferred, min(preferred + neighbours + 1, 65536)), 0] if preferred else [0]
    for port in candidates:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        listener = socket.socket(family, socket.SOCK_STREAM)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((host, port))
            listener.listen(BACKLOG)
        except OSError:
            listener.close()
            if port == 0:
                raise
            continue
        return listener
    raise AssertionError("unreachable: port 0 either binds or raises")


def port_of(listener: socket.socket) -> int:
    """The port that a listening socket got."""
    return int(listener.getsockname()[1])


def local_address(listener: socket.socket) -> str:
    """``host:port`` under which this machine reaches a listening socket."""
    host = str(listener.getsockname()[0])
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104
    return f"[{host}]:{port_of(listener)}" if ":" in host else f"{host}:{port_of(listener)}"
