"""A Secret Service for one home: a session bus and GNOME's keyring, unlocked."""

from reliability.speed.contender import Home, NotHereError


def start_secret_service(home: Home) -> None:
    """Start both, and put their addresses into the environment; raise NotHereError if that fails."""
    for program in ("dbus-daemon", "gnome-keyring-daemon"):
        home.find(program)
    from support.secret_service import running  # its libraries are there on Linux only

    try:
        service = home.ends.enter_context(running())
    except AssertionError as error:
        raise NotHereError(str(error)) from None
    home.environment["DBUS_SESSION_BUS_ADDRESS"] = service.address
