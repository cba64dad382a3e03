"""`exec URL… -- CMD…`: becomes another program, with tokens in the variables that it reads."""

import os
import re
from collections.abc import Mapping, Sequence
from typing import NoReturn

import click

from git_credential_pat import suggest
from git_credential_pat.commands.support.places import bare_token, is_place, token_at
from git_credential_pat.commands.support.session import Session, pass_session
from git_credential_pat.errors import PatError, UsageError
from git_credential_pat.git.settings import launcher_path, working_folder_is_gone
from git_credential_pat.hosts.support.variables import feed_variables
from git_credential_pat.operations.usernames import stored_username
from git_credential_pat.stdio import notice
from git_credential_pat.system.background import in_child
from git_credential_pat.system.becoming import NotFoundError, become, users_environment
from git_credential_pat.system.lending import Lent, lend, new_folder
from git_credential_pat.system.printing import print_table
from git_credential_pat.text import printable, shown
from git_credential_pat.variables import Around, Given, Token, give

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*", re.ASCII)
_LOADING = ("LD_", "DYLD_")
"""Variables of programs' loaders, which complain on standard error about all in them that is no library."""
_LONGEST_NAME = 50  # a longer one may be a token in the wrong place, so it is not repeated


class _ThenAnother(click.Command):
    """A command whose own options stand on either side of its URLs; the rest is another's command line."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Move the options behind the URLs before them, where click looks for them."""
        from_url = self._after_options(ctx, args)
        rest = self._after_options(ctx, from_url[1:])
        options = [*_before(args, from_url), *_before(from_url[1:], rest)]
        urls, rest, more = self._more_urls(ctx, options, from_url[:1], rest)
        options = [word for word in (*options, *more) if word != "--"]
        left = super().parse_args(ctx, [*options, "--", *urls[:1], *rest])
        ctx.params["urls"] = urls
        return left

    def collect_usage_pieces(self, ctx: click.Context) -> list[str]:
        """Show the URLs before the options, as they are mostly written."""
        del ctx
        return ["URL [URL...]", "[OPTIONS]", "[--]", "CMD..."]

    def _more_urls(
        self, ctx: click.Context, options: Sequence[str], urls: list[str], rest: list[str]
    ) -> tuple[list[str], list[str], list[str]]:
        """Return all URLs, the command, and the options among the former.

        Several URLs end at a `--`. A command's own words may have one too, so it ends URLs only if each word
        before it is a URL or a known organization. Where variables are only shown, no command need follow.
        """
        more_urls, more_options, behind = [*urls], [*options], rest
        while behind and "--" not in more_options:
            more_urls.append(behind[0])
            try:
                after = self._after_options(ctx, behind[1:])
            except click.UsageError:
                return urls, rest, []
            more_options += _before(behind[1:], after)
            behind = after
        ends = "--" in more_options or "--show" in more_options
        session = ctx.find_object(Session)
        others = more_urls[len(urls) :]
        if ends and others and session and all(is_place(word, session) for word in others):
            return more_urls, behind, more_options[len(options) :]
        return urls, rest, []

    def _after_options(self, ctx: click.Context, args: list[str]) -> list[str]:
        only_options = click.Command(
            self.name, params=[one for one in self.params if isinstance(one, click.Option)]
        )
        _, rest, _ = only_options.make_parser(ctx).parse_args(args=[*args])
        return rest


@click.command("exec", cls=_ThenAnother, context_settings={"allow_interspersed_args": False})
@click.argument("url")
@click.argument("words", metavar="CMD...", nargs=-1, type=click.UNPROCESSED)
@click.option("--tool", metavar="NAME", multiple=True, help="Set only what this tool reads; repeatable.")
@click.option("--show", is_flag=True, help="Only show the variables' names, not their values.")
@click.option("--username", metavar="NAME", help="Username, if several tokens are stored.")
@click.option("--env", metavar="NAME", multiple=True, help="One more variable for the token; repeatable.")
@click.option("--feed", metavar="FEED", multiple=True, help="For NuGet: a feed's name or URL; repeatable.")
@pass_session
def command(  # noqa: PLR0913  # one for each of the command line's
    session: Session,
    *,
    url: str,
    urls: Sequence[str],
    words: Sequence[str],
    tool: Sequence[str],
    show: bool,
    username: str | None,
    env: Sequence[str],
    feed: Sequence[str],
) -> None:
    """Run a command with tokens in the environment variables that it reads.

    CMD replaces this program, so its exit status is CMD's. The manual lists the tools.

    \b
    Examples:
      git credential-pat exec https://dev.azure.com/fabrikam -- az repos list
      git credential-pat exec fabrikam contoso -- dotnet restore
      git credential-pat exec https://git.example.com --env API_TOKEN -- make
    """  # noqa: D301  # \b is click's mark for lines to leave as they are
    del url  # the first of the URLs
    if not show:
        _check_command(words)
    if session.caller.folder is None:
        raise working_folder_is_gone()
    for name in env:
        _check_name(name)
    tokens = _tokens(urls, username, session)
    given = _given(tokens, session, tool, env, feed)
    for line in given.all_lines():
        notice(line)
    if show:
        _show(given)
        return
    if session.has_asked:
        in_child(session.share_key)  # what it starts is to be no child of CMD's
    _run(words, given, session)


def _run(words: Sequence[str], given: Given, session: Session) -> NoReturn:
    links = {name: launcher_path() for name in given.links}
    environment = users_environment(session.environment)

    def start(paths: Mapping[str, str]) -> NoReturn:
        values = {**given.values, **{name: os.fsencode(path) for name, path in paths.items()}}
        variables = {os.fsencode(name): value for name, value in values.items()}
        try:
            become(words, {**environment, **variables}, session.folder, session.caller.umask)
        except NotFoundError:
            if "--" not in words:
                raise
            raise _neither(
                words[0]
            ) from None  # what is before a "--" may have been meant for an organization

    lend(Lent(given.folder, given.files, given.contents, links), start)


def _neither(word: str) -> PatError:
    name = shown(word)
    return NotFoundError(
        f'"{name}" is neither a program nor a known organization; '
        f"to store a token for it, run: {suggest.seed(f'https://dev.azure.com/{name}')}"
    )


def _before(words: Sequence[str], rest: Sequence[str]) -> list[str]:
    return [*words[: len(words) - len(rest)]]


def _check_command(words: Sequence[str]) -> None:
    if not words:
        context = click.get_current_context()
        raise click.MissingParameter(ctx=context, param_hint="'CMD...'", param_type="argument")
    if not words[0]:
        raise UsageError("the command is empty; give a program")


def _check_name(name: str) -> None:
    if len(name) > _LONGEST_NAME or not _NAME.fullmatch(name):
        raise UsageError("--env needs the name of a variable: letters, digits and underscores")
    if name == "PATH" or name.startswith(_LOADING):
        raise UsageError(
            f"{name} controls which programs are loaded, so it cannot hold a token; give another name"
        )


def _tokens(urls: Sequence[str], username: str | None, session: Session) -> list[Token]:
    """Return the token for each URL, once."""
    found: dict[object, Token] = {}
    for url in urls:
        entry, family = token_at(url, username, session)
        secret = bare_token(entry)
        if not secret or b"\0" in secret:
            raise PatError(f"the token for {entry.scope.text} does not fit into a variable; seed it again")
        name = stored_username(entry, family, session.settings).decode("utf-8", "replace")
        found[entry.key] = Token(entry.scope, family, name or "pat", secret)
    return [*found.values()]


def _given(
    tokens: Sequence[Token],
    session: Session,
    tools: Sequence[str],
    names: Sequence[str],
    feeds: Sequence[str],
) -> Given:
    environment = {
        os.fsdecode(name): os.fsdecode(value)
        for name, value in users_environment(session.environment).items()
    }
    given = Given(environment, new_folder(environment.get("XDG_RUNTIME_DIR", "")))
    if not tools:
        _give_hosts(tokens, environment, given)
    if names and len(tokens) > 1:
        raise UsageError("--env holds one token; give one URL")
    for name in names:
        given.put(name, tokens[0].secret, tokens[0].organization)
    _give_feeds(tokens, feeds, given)
    texts = [token for token in tokens if _is_text(token)]
    if tools and len(texts) < len(tokens):
        raise _not_text("--tool")
    settings = session.settings
    give(tools, Around(texts, environment, session.folder, settings.providers, given, is_asked=bool(tools)))
    if given.count():
        return given
    hosts = ", ".join(sorted({shown(token.organization.host) for token in tokens}))
    raise UsageError(f"the tools of {hosts} read no known variable; give --env NAME")


def _give_hosts(tokens: Sequence[Token], environment: Mapping[str, str], given: Given) -> None:
    """Give what the hosts' own tools read; of those with one variable for several tokens none, and say so."""
    read = {token: _read_by_host(token, environment) for token in tokens}
    for token, values in read.items():
        rivals = [other for other, others in read.items() if _differ(values, others)]
        if rivals:
            given.leave_out(token.family.variables(token.organization).token, [token, *rivals])
            continue
        for name, value in values.items():
            given.put(name, value, token.organization)


def _read_by_host(token: Token, environment: Mapping[str, str]) -> dict[str, bytes]:
    read = token.family.variables(token.organization)
    steering = {name: value for name, value in read.steering.items() if name in environment}
    others = {name: os.fsencode(value) for name, value in {**steering, **read.others}.items()}
    return {**others, **dict.fromkeys(read.token, token.secret)} if read.token else {}


def _differ(values: Mapping[str, bytes], others: Mapping[str, bytes]) -> bool:
    return any(values[name] != others[name] for name in values.keys() & others.keys())


def _give_feeds(tokens: Sequence[Token], feeds: Sequence[str], given: Given) -> None:
    if not feeds:
        return
    if len(tokens) > 1:
        raise UsageError("--feed is for one organization; give one URL, or name the feeds in nuget.config")
    token = tokens[0]
    if not _is_text(token):
        raise _not_text("--feed")
    for name, value in feed_variables(
        feeds, token.family, token.organization, token.username, token.text
    ).items():
        given.put(name, value.encode(), token.organization)


def _is_text(token: Token) -> bool:
    try:
        return bool(token.text)
    except UnicodeDecodeError:
        return False


def _not_text(option: str) -> PatError:
    return PatError(f"the token is not text, so {option} cannot pass it on; leave out {option}")


def _show(given: Given) -> None:
    rows = [(printable(name), given.places[name]) for name in sorted(given.values)]
    if rows:
        print_table(("VARIABLE", "FOR"), rows, [""] * len(rows))
