"""Rotation by a person, who is led through it: the page, the next token, what its host says, the old one.

Whatever goes wrong before the next token is kept, the one that is stored stays in use.
"""

import os
from collections.abc import Sequence

from git_credential_pat.backends import Change
from git_credential_pat.commands.support.expiry import ask_expiry
from git_credential_pat.commands.support.session import Session
from git_credential_pat.commands.support.showing import rfc3339
from git_credential_pat.commands.support.verifying import verdict_on, with_answer
from git_credential_pat.errors import InterruptedByUserError, PatError
from git_credential_pat.hosts import Family, family_of
from git_credential_pat.hosts.support.repository import GIVE_CLONE_URL
from git_credential_pat.hosts.support.verdict import INVALID, VALID, Verdict
from git_credential_pat.model import NamedTuple
from git_credential_pat.model.entry import ACTIVE, DAY, REJECTED, SECOND, Entry, Nanoseconds, Seconds
from git_credential_pat.model.token import cleaned
from git_credential_pat.operations.answering import commit
from git_credential_pat.operations.changes import seed_changes
from git_credential_pat.prompts import renewal as questions
from git_credential_pat.renewal import REVOKED, ROTATED, Around, Outcome
from git_credential_pat.renewal.revoking import is_revocable, revoke
from git_credential_pat.renewal.rotating import failed, page_of, renewal_page_of
from git_credential_pat.stdio import notice, say
from git_credential_pat.system.browser import open_page
from git_credential_pat.system.printing import progress
from git_credential_pat.system.terminal import ask, confirm

_ATTEMPTS = 3


class _Next(NamedTuple):
    """The next token, and what its host says of it."""

    token: bytes
    verdict: Verdict


class Guide(NamedTuple):
    """What leads a person; `days` is how long the next token is to live, `yes` has the old one revoked."""

    session: Session
    around: Around
    days: int | None
    yes: bool

    def lead(self, waiting: Sequence[Outcome], count: str) -> list[Outcome]:
        """Lead through the rotation of one token; raise InterruptedByUserError if the person breaks off.

        `waiting` are the entries that hold it, and why a person is needed; `count` is as in "2 of 5".
        """
        group = [outcome.entry for outcome in waiting]
        scope = group[0].scope.text
        try:
            before = self._asked(group[0])
            page = renewal_page_of(group[0], self.around, before.permissions or group[0].permissions)
            question = self._question(group, before, count, waiting[0].why, page)
            found = self._next(question, group[0], before)
            if found is None:
                return [outcome._replace(why="skipped", page=page) for outcome in waiting]
            kept = self._kept(group, found, self._end(found))
        except (InterruptedByUserError, KeyboardInterrupt):
            raise InterruptedByUserError(
                f"interrupted; the token for {scope} that is stored stays in use"
            ) from None
        except PatError as error:
            return failed(group, error, self.around)
        try:
            about_old = self._end_old(group, before)
        except (InterruptedByUserError, KeyboardInterrupt):
            raise InterruptedByUserError(
                f"interrupted; the next token for {scope} is in use, and the old one was not revoked"
            ) from None
        return [Outcome(entry, ROTATED, about_old) for entry in kept]

    def _family(self, entry: Entry) -> Family:
        return family_of(entry.scope, self.session.settings.providers)

    def _asked(self, entry: Entry) -> Verdict:
        with progress(f"Asking {_host(entry)}", 1):
            return verdict_on(entry, self._family(entry), None, self.session)

    def _question(self, group: Sequence[Entry], before: Verdict, count: str, why: str, page: str) -> str:
        """Open the page, and return the question for the next token."""
        entry, family = group[0], self._family(group[0])
        permissions = before.permissions or entry.permissions
        variables = {
            os.fsdecode(name): os.fsdecode(value) for name, value in self.session.environment.items()
        }
        if page and open_page(page, variables, self.session.caller.umask):
            page += " (your browser opens it)"
        return questions.next_token(
            questions.heading(group, count),
            why or f"{family.title} does not let a program do this",
            page,
            ", ".join(permissions) or family.permissions,
        )

    def _next(self, question: str, entry: Entry, before: Verdict) -> _Next | None:
        """Ask until a token fits, at most three times; None for an empty answer. Raises PatError."""
        problem = ""
        for _ in range(_ATTEMPTS):
            if problem:
                notice(f"{problem}; give another one")
            token = cleaned(ask(question, hidden=True).encode("utf-8", "surrogateescape"))
            question = question.rpartition("\n")[2]
            if not token:
                return None
            if entry.login and token == entry.login[1]:
                problem = "that is the token that is stored"
                continue
            verdict = self._asked(entry.with_token(token))
            problem = self._problem(verdict, before, entry)
            if not problem:
                unverified = questions.store_unverified(verdict.why.removesuffix(GIVE_CLONE_URL))
                is_wanted = verdict.outcome == VALID or confirm(unverified)
                return _Next(token, verdict) if is_wanted else None
        raise PatError(f"{problem}; the one that is stored stays in use")

    def _problem(self, verdict: Verdict, before: Verdict, entry: Entry) -> str:
        """Return what is wrong with the next token, by what its host says of both; empty if nothing is."""
        family = self._family(entry)
        if verdict.outcome == INVALID:
            return f"{_host(entry)} rejected that token: {verdict.why}"
        if verdict.outcome != VALID:
            return ""
        owner = before.owner or entry.owner
        known = family.user_in(owner), family.user_in(verdict.owner)
        if all(known) and known[0] != known[1]:
            return f"that token is of {verdict.owner}, and the stored one of {owner}"
        lacking = family.lacking(verdict.permissions, before.permissions) if verdict.permissions else []
        if lacking:
            return f"that token lacks permissions that the stored one has: {', '.join(lacking)}"
        return ""

    def _end(self, found: _Next) -> Seconds | None:
        """Return when the next token ends: as its host says, else as its user does."""
        if found.verdict.expires is not None:
            return found.verdict.expires
        if self.days is not None:
            return Seconds(self.session.now // SECOND + self.days * DAY)
        return ask_expiry(self.session.now)

    def _kept(self, group: Sequence[Entry], found: _Next, expires: Seconds | None) -> list[Entry]:
        """Keep the next token wherever the old one was, which is put aside; return the entries."""
        session = self.session
        new = [_following(old, found, expires, session.now) for old in group]

        def decide() -> list[Change]:
            stored = session.backend.entries()
            return [
                change
                for entry in new
                for change in seed_changes(
                    entry, [old for old in stored if old.is_beside(entry)], session.settings, session.now
                )
            ]

        commit(session.backend, decide)
        owner = f" of {found.verdict.owner}" if found.verdict.owner else ""
        end = f"; it ends on {rfc3339(expires)[:10]}" if expires else ""
        say(f"Stored the next token{owner}{end}.")
        return new

    def _end_old(self, group: Sequence[Entry], before: Verdict) -> str:
        """Have the old token revoked, if the user wants it; return what to say of it."""
        old, page = group[0], page_of(group[0], self.around)
        if before.outcome == INVALID:
            return "the old one is dead"
        works_on = f"the old one works until it is revoked{f' at {page}' if page else ''}"
        in_use = [one for one in self.session.backend.entries() if one.state != REJECTED]
        if old.login and any(one.login and one.login[1] == old.login[1] for one in in_use):
            return "the old one still answers elsewhere"
        if not is_revocable(old, self.around):
            return works_on
        if not self.yes and not confirm(questions.revoke_old(_host(old))):
            return works_on
        outcome = revoke(group, self.around)[0]
        return "the old one is revoked" if outcome.outcome == REVOKED else f"{works_on} ({outcome.why})"


def _host(entry: Entry) -> str:
    return entry.scope.host.decode("ascii")


def _following(old: Entry, found: _Next, expires: Seconds | None, now: Nanoseconds) -> Entry:
    """Return an entry with the next token, and what its host and its user say of that."""
    entry = old.with_token(found.token)._replace(
        state=ACTIVE,
        created=now,
        updated=now,
        approved=None,
        put_aside=None,
        permissions=(),
        renewal=b"",
        number=0,
    )
    return with_answer(entry, found.verdict)._replace(expires=expires)
