"""A desktop that shows notices: org.freedesktop.Notifications on a bus, as far as `notify-send` wants it.

with bus() as session, notices(session.address) as shown:
    ...
    assert shown == [("A title", "A text")]
"""

from __future__ import annotations

from contextlib import contextmanager
from threading import Event, Thread
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jeepney import Message  # type: ignore[import-untyped]  # it has no types
    from jeepney.io.blocking import DBusConnection  # type: ignore[import-untyped]  # as above

NAME = "org.freedesktop.Notifications"


@contextmanager
def notices(address: str) -> Iterator[list[tuple[str, str]]]:
    """Answer on a bus; give the titles and texts of the notices that are shown."""
    from jeepney import message_bus
    from jeepney.io.blocking import Proxy, open_dbus_connection

    shown: list[tuple[str, str]] = []
    over = Event()
    connection = open_dbus_connection(address)
    Proxy(message_bus, connection).RequestName(NAME)
    thread = Thread(target=_serve, args=(connection, shown, over))
    thread.start()
    try:
        yield shown
    finally:
        over.set()
        thread.join()
        connection.close()


def _serve(connection: DBusConnection, shown: list[tuple[str, str]], over: Event) -> None:
    from jeepney import MessageType

    while not over.is_set():
        try:
            message = connection.receive(timeout=0.1)
        except TimeoutError:
            continue
        if message.header.message_type is MessageType.method_call:
            connection.send(_answer(message, shown))


def _answer(message: Message, shown: list[tuple[str, str]]) -> Message:
    from jeepney import HeaderFields, new_method_return

    called = message.header.fields[HeaderFields.member]
    if called == "GetServerInformation":
        return new_method_return(message, "ssss", ("desktop", "tests", "1", "1.2"))
    if called == "GetCapabilities":
        return new_method_return(message, "as", (["body", "body-markup"],))
    if called == "Notify":
        shown.append((message.body[3], message.body[4]))
        return new_method_return(message, "u", (1,))
    return new_method_return(message)
