"""`exec URL -- CMD…`: becomes another program, with the token in the variables that it reads."""

import os
import re
from collections.abc import Sequence

import click

from git_credential_pat.commands.support.places import bare_token, token_at
from git_credential_pat.commands.support.session import Session, pass_session
from git_credential_pat.errors import PatError, UsageError
from git_credential_pat.git.settings import working_folder_is_gone
from git_credential_pat.hosts import Family
from git_credential_pat.hosts.support.variables import feed_variables
from git_credential_pat.model.entry import Entry
from git_credential_pat.operations.usernames import stored_username
from git_credential_pat.system.background import in_child
from git_credential_pat.system.becoming import become, users_environment
from git_credential_pat.text import shown

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*", re.ASCII)
_LOADING = ("LD_", "DYLD_")
"""Variables of programs' loaders, which complain on standard error about all in them that is no library."""
_LONGEST_NAME = 50  # a longer one may be a token in the wrong place, so it is not repeated


class _ThenAnother(click.Command):
    """A command whose own options stand on either side of its URL; the rest is another's command line."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Move the options behind the URL before it, where click looks for them."""
        from_url = self._after_options(ctx, args)
        command = self._after_options(ctx, from_url[1:])
        before, behind = args[: len(args) - len(from_url)], from_url[1 : len(from_url) - len(command)]
        options = [word for word in (*before, *behind) if word != "--"]
        return super().parse_args(ctx, [*options, "--", *from_url[:1], *command])

    def _after_options(self, ctx: click.Context, args: list[str]) -> list[str]:
        only_options = click.Command(
            self.name, params=[one for one in self.params if isinstance(one, click.Option)]
        )
        _, rest, _ = only_options.make_parser(ctx).parse_args(args=[*args])
        return rest


@click.command("exec", cls=_ThenAnother, context_settings={"allow_interspersed_args": False})
@click.argument("url")
@click.argument("words", metavar="CMD...", nargs=-1, required=True, type=click.UNPROCESSED)
@click.option("--username", metavar="NAME", help="Username, if several tokens are stored.")
@click.option("--env", metavar="NAME", multiple=True, help="One more variable for the token; repeatable.")
@click.option("--feed", metavar="FEED", multiple=True, help="For NuGet: a feed's name or URL; repeatable.")
@pass_session
def command(  # noqa: PLR0913  # one for each of the command line's
    session: Session,
    *,
    url: str,
    words: Sequence[str],
    username: str | None,
    env: Sequence[str],
    feed: Sequence[str],
) -> None:
    """Run a command with the token in environment variables.

    CMD replaces this program, so its exit status is CMD's.

    \b
    Examples:
      git credential-pat exec https://dev.azure.com/fabrikam -- az repos list
      git credential-pat exec fabrikam --feed packages -- dotnet restore
      git credential-pat exec https://git.example.com --env API_TOKEN -- make
    """  # noqa: D301  # \b is click's mark for lines to leave as they are
    if session.caller.folder is None:
        raise working_folder_is_gone()
    for name in env:
        _check_name(name)
    if not words[0]:
        raise UsageError("the command is empty; give a program")
    entry, family = token_at(url, username, session)
    variables = _variables(entry, family, session, env, feed)
    if session.has_asked:
        in_child(session.share_key)  # what it starts is to be no child of CMD's
    environment = {**users_environment(session.environment), **variables}
    become(words, environment, session.folder, session.caller.umask)


def _check_name(name: str) -> None:
    if len(name) > _LONGEST_NAME or not _NAME.fullmatch(name):
        raise UsageError("--env needs the name of a variable: letters, digits and underscores")
    if name == "PATH" or name.startswith(_LOADING):
        raise UsageError(
            f"{name} controls which programs are loaded, so it cannot hold a token; give another name"
        )


def _variables(
    entry: Entry, family: Family, session: Session, names: Sequence[str], feeds: Sequence[str]
) -> dict[bytes, bytes]:
    token = _token(entry)
    organization = family.organization(entry.scope)
    read = family.variables(organization)
    if not read.token and not names:
        raise UsageError(f"the tools of {shown(organization.host)} read no known variable; give --env NAME")
    inherited = {os.fsdecode(name) for name in session.environment}
    steering = {name: value for name, value in read.steering.items() if name in inherited}
    others = {**steering, **read.others}
    if feeds:
        username = stored_username(entry, family, session.settings).decode("utf-8", "replace")
        others |= feed_variables(feeds, family, organization, username, _as_text(token))
    tokens = dict.fromkeys((os.fsencode(name) for name in (*read.token, *names)), token)
    return {**{os.fsencode(name): os.fsencode(value) for name, value in others.items()}, **tokens}


def _token(entry: Entry) -> bytes:
    token = bare_token(entry)
    if not token or b"\0" in token:
        raise PatError(f"the token for {entry.scope.text} does not fit into a variable; seed it again")
    return token


def _as_text(token: bytes) -> str:
    try:
        return token.decode("utf-8")
    except UnicodeDecodeError:
        raise PatError("the token is not text, so --feed cannot pass it on; leave out --feed") from None
