"""What `configure renew` and `unconfigure renew` do: the timer that renews tokens, switched on and off."""

from typing import TYPE_CHECKING

from git_credential_pat import suggest
from git_credential_pat.backends import open_backend
from git_credential_pat.commands.support.git_lines import LinesToPasteError
from git_credential_pat.commands.support.session import Session
from git_credential_pat.commands.support.tool_setup import (
    places_of,
    text_of,
    would_configure,
    would_unconfigure,
)
from git_credential_pat.errors import LockedError, MissingKeyError, PatError
from git_credential_pat.stdio import notice, say
from git_credential_pat.system.services import Services
from git_credential_pat.tools.support import timer
from git_credential_pat.tools.support.setup import Setup
from git_credential_pat.tools.support.timer import Timer

if TYPE_CHECKING:
    from git_credential_pat.tools import Around


def configure_timer(session: Session, place: "Around") -> None:
    """Write the units and start the timer; raise PatError where a run could not do its work, or none runs."""
    services = _services(session, place)
    outcome = Setup(place).configure(Timer())
    for obstacle in outcome.obstacles:
        say(text_of(Timer(), obstacle, place))
    if outcome.obstacles:
        raise PatError("the timer is not configured; the lines above say why")
    if not services.start(timer.UNIT):
        raise PatError(f"the timer could not be started; see: systemctl --user status {timer.UNIT}")
    written = f" ({places_of(outcome.changed, place)})" if outcome.changed else ""
    say(f"A timer renews tokens once a day, where pat.renew is auto{written}.")
    for line in _remarks(session, services):
        say(line)


def would_configure_timer(session: Session, place: "Around") -> bool:
    """Print what `configure_timer` would write; return whether that is anything."""
    _services(session, place)
    return would_configure((Timer(),), place)


def unconfigure_timer(place: "Around", *, is_all: bool) -> None:
    """Stop the timer and remove its units; with `is_all`, a timer that is not there is not mentioned."""
    setup, services = Setup(place), Services(place.variables)
    if any(change.is_there() for change in setup.alone(Timer())):
        services.stop(*timer.UNITS)
    changed = setup.unconfigure(Timer()).changed
    if changed:
        services.reload()
        say(f"No timer renews tokens any more ({places_of(changed, place)}).")
    elif not is_all:
        say("There is no timer of this helper.")
    if timer.is_in(services.crontab):
        notice("warning: a line of your crontab still renews tokens; to take it out, run: crontab -e")


def would_unconfigure_timer(place: "Around") -> bool:
    """Print what `unconfigure_timer` would remove; return whether that is anything."""
    return would_unconfigure((Timer(),), place)


def _services(session: Session, place: "Around") -> Services:
    """Return the services; raise PatError if there are none, or if what is stored asks for something."""
    backend = open_backend(session.settings)
    try:
        backend.entries()
    except LockedError as error:
        if not backend.shares_key or isinstance(error, MissingKeyError):
            raise  # another slot with a key file would not help
        add = suggest.own("vault", "add-slot", "keyfile")
        raise LockedError(
            f"the {backend.title} does not open without a question, and a timer asks none; run: {add}"
        ) from error
    services = Services(place.variables)
    if not services.are_managed:
        raise LinesToPasteError(
            "there is no systemd that runs your services; to have cron renew tokens, add the line above by: "
            "crontab -e",
            timer.cron_line(place),
        )
    return services


def _remarks(session: Session, services: Services) -> list[str]:
    """Return what else a timer needs to be of use."""
    remarks = []
    settings = session.settings
    if not settings.renews_any:
        command = suggest.git_config("pat.renew", "auto")
        remarks.append(f"No token is renewed so far; to have all renewed that can be, run: {command}")
    if services.linger is False:
        remarks.append("It runs while you are logged in; to have it run always: loginctl enable-linger")
    if open_backend(settings).keyring() is not None:
        remarks.append("If only the keyring opens what is stored, it must be unlocked when the timer runs.")
    return remarks
