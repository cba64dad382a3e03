"""The sign-in for Azure DevOps that commands share which renew tokens: each tenant's once in a run."""

from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress

from git_credential_pat.commands.support.session import Session
from git_credential_pat.entra import EntraToken, from_web, sign_in
from git_credential_pat.entra.tenant import tenant_of
from git_credential_pat.entra.tokens import given, require_user
from git_credential_pat.errors import InterruptedByUserError, PatError
from git_credential_pat.hosts import family_of
from git_credential_pat.model.entry import Entry
from git_credential_pat.model.scope import Scope
from git_credential_pat.model.token import LIMIT
from git_credential_pat.operations.sign_in_cache import SignInCache
from git_credential_pat.renewal import Around
from git_credential_pat.renewal.asking import kind_of
from git_credential_pat.stdio import first_line, stdin_is_terminal


def signing_in(session: Session, *, from_stdin: bool, dry_run: bool = False) -> Callable[[Scope], str]:
    """Return what signs in to an organization: by standard input's token alone, or by the ways of `entra`.

    Nobody is asked in an unattended run, in a dry run, or without a terminal, and a dry run keeps nothing of
    it. It raises PatError, with what was tried.
    """
    outcomes: dict[str, str | PatError] = {}
    tenants: dict[Scope, str] = {}

    def once(key: str, give: Callable[[], EntraToken]) -> str:
        """Return the token of a sign-in; one that failed fails again at once, for nobody is asked twice."""
        if key not in outcomes:
            try:
                token = give()
                require_user(token)
                outcomes[key] = token.value
            except PatError as error:
                outcomes[key] = error
        outcome = outcomes[key]
        if isinstance(outcome, PatError):
            raise outcome
        return outcome

    def by_ways(organization: Scope) -> str:
        around = from_web(session.environment, session.folder, session.settings)
        if organization not in tenants:
            tenants[organization] = tenant_of(organization.text, around.ask)
        tenant = tenants[organization]
        is_there = session.may_ask and stdin_is_terminal() and not session.settings.no_prompt
        may_ask = is_there and not dry_run
        cache = SignInCache(session.backend, tenant, session.now, is_kept=not dry_run)
        around = around._replace(may_ask=may_ask, cache=cache)
        return once(tenant, lambda: sign_in(organization.text, around, tenant))

    def by_stdin(_: Scope) -> str:
        return once("", lambda: given(first_line(LIMIT)))

    return by_stdin if from_stdin else by_ways


def sign_in_first(groups: Iterable[Sequence[Entry]], around: Around) -> None:
    """Sign in where that is needed, before anything is shown: a person may have to answer."""
    for group in groups:
        kind = kind_of(group[0], around)
        organization = family_of(group[0].scope, around.settings.providers).organization(group[0].scope)
        if "entra" in (kind.authority, kind.revoking) and organization.path:
            try:
                with suppress(PatError):  # which the token's own outcome is to say
                    around.sign_in(organization)
            except KeyboardInterrupt:
                raise InterruptedByUserError("interrupted; nothing was changed") from None
