"""Azure DevOps Services: a person's sign-in by Entra makes, extends and revokes personal access tokens.

    https://vssps.dev.azure.com/{organization}/_apis/tokens/pats      (MicrosoftDocs/vsts-rest-api-specs)

A token is meant by its `authorizationId`, which its value does not show. That of a token which was pasted
is looked for by its name and its end, and used only where exactly one fits. A policy shortens a token's
life in silence.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timezone
from typing import ClassVar
from urllib.parse import urlencode

from git_credential_pat import suggest
from git_credential_pat.hosts.support.azure_token_answers import object_of, pat_of
from git_credential_pat.hosts.support.lifecycle import (
    IN_FLIGHT,
    Authority,
    DeadError,
    Facts,
    Issued,
    Lifecycle,
    RefusedError,
    Steps,
    UnidentifiedError,
    Wanted,
    host_time,
    is_done,
    issued,
    timestamp,
)
from git_credential_pat.hosts.support.verdict import member, permitted, printable
from git_credential_pat.model.entry import DAY, Seconds
from git_credential_pat.model.renewal import Intent
from git_credential_pat.web import Question, Reply

_SERVER = "https://vssps.dev.azure.com"
_VERSION = "7.2-preview.1"
_MOST = 100
"""Tokens of one page of the list."""
_MOST_PAGES = 50
_ROUNDING = 1
"""Second by which the end that the host says may differ from the one that was asked for."""
_FULL, _OURS = "app_token", "vso."
"""What allows everything, and how what allows less begins."""


class AzureLifecycle(Lifecycle):
    """A personal access token of one organization, or of all."""

    authority: ClassVar[Authority] = "entra"
    revoking: ClassVar[Authority] = "entra"
    creating: ClassVar[Authority] = "entra"
    revokes: ClassVar[bool] = True
    leaves_old: ClassVar[bool] = True
    extends: ClassVar[bool] = True
    creates: ClassVar[bool] = True
    usual_permissions: ClassVar[tuple[str, ...]] = ("vso.code_write",)
    package_permissions: ClassVar[tuple[str, ...]] = ("vso.packaging",)

    def servers(self) -> tuple[str, ...]:
        """Return the organization's part of the one interface: the sign-in goes nowhere else."""
        organization = self.subject.scope.path[0].decode("ascii")
        return (f"{_SERVER}/{organization}",)

    def look(self) -> Steps[Facts]:
        """Ask for the token of the noted id, else for the only active one that fits."""
        if self.noted.id:
            _, facts = yield from self._shown(self.noted.id)
            return facts
        return (yield from self._identified())

    def clock(self) -> Steps[Seconds | None]:
        """Ask for the shortest list."""
        reply = yield self._question("GET", {"displayFilterOption": "active", "$top": "1"})
        object_of(reply)
        return host_time(reply)

    def among(self, permissions: tuple[str, ...]) -> tuple[str, ...]:
        """Know them by how they begin."""
        return tuple(name for name in permissions if name == _FULL or name.startswith(_OURS))

    def create(self, wanted: Wanted) -> Steps[Issued]:
        """Have another token made, for this organization alone."""
        reply = yield self._question(
            "POST",
            body={
                "displayName": wanted.name,
                "scope": " ".join(wanted.permissions),
                "validTo": _text(wanted.expires),
                "allOrgs": False,
            },
        )
        try:
            said = pat_of(reply, is_safe=False)
        except RefusedError as error:  # which may suggest a command for the organization
            place = self.family.organization(self.subject.scope).text
            raise type(error)(str(error).replace(suggest.EXAMPLE, place)) from None
        return issued(member(said, "token"), _facts(said, reply))

    def made_for(self, intent: Intent) -> Steps[tuple[str, ...]]:
        """Look for them in the list of the active ones, by name, by when they were made, and by their end.

        What is made later is none that an answer lost; another end is another machine's, but for one that
        a policy brought nearer, by a day at least.
        """
        found = yield from self._listed()
        alike = [
            facts
            for facts in found
            if facts.name == intent.name
            and facts.id not in ("", self.noted.id)
            and facts.created is not None
            and intent.since <= facts.created <= intent.since + IN_FLIGHT
        ]
        asked = intent.expires
        if asked is not None:
            ends = [(facts, facts.expires) for facts in alike if facts.expires is not None]
            exact = [facts for facts, end in ends if abs(end - asked) <= _ROUNDING]
            alike = exact or [facts for facts, end in ends if end < asked - DAY // 2]
        return tuple(facts.id for facts in alike)

    def extend(self, expires: Seconds) -> Steps[Facts]:
        """Have the end moved; all else is sent as it is, for what is left out could become something else."""
        wanted = self.noted.id or (yield from self.look()).id
        said, before = yield from self._shown(wanted)
        as_it_is = {name: said[name] for name in ("displayName", "scope") if said.get(name) is not None}
        if "targetAccounts" in said:  # it has no value for a token of all organizations
            as_it_is["allOrgs"] = not said["targetAccounts"]
        body = {"authorizationId": wanted, **as_it_is, "validTo": _text(expires)}
        reply = yield self._question("PUT", body=body)
        after = _facts(pat_of(reply, is_safe=False), reply)
        return replace(after, id=wanted.lower(), name=after.name or before.name)

    def revoke(self) -> Steps[None]:
        """Have the token of the noted id ended, else the only one that fits; none at all is as good."""
        wanted = self.noted.id or (yield from self.look()).id
        reply = yield self._question("DELETE", {"authorizationId": wanted})
        if is_done(reply):
            return
        try:
            object_of(reply, is_safe=False)
        except DeadError:
            return

    def _question(
        self, method: str, query: Mapping[str, str] | None = None, body: Mapping[str, object] | None = None
    ) -> Question:
        words = urlencode({"api-version": _VERSION, **(query or {})}, safe="$")
        headers = {
            "Accept": "application/json",
            "Authorization": f"Bearer {self.key}",
            "X-TFS-FedAuthRedirect": "Suppress",
            "X-VSS-ForceMsaPassThrough": "true",
        }
        data = b""
        if body is not None:
            headers["Content-Type"] = "application/json"
            data = json.dumps(body).encode("ascii")
        return Question(f"{self.servers()[0]}/_apis/tokens/pats?{words}", headers, method, data)

    def _shown(self, wanted: str) -> Steps[tuple[dict[str, object], Facts]]:
        """Return what the host says of the token of an id: all of it, and the facts."""
        reply = yield self._question("GET", {"authorizationId": wanted})
        said = pat_of(reply)
        facts = _facts(said, reply)
        if facts.id != wanted.lower():
            raise RefusedError("the host answers with another token than the one that was asked for")
        return said, facts

    def _listed(self) -> Steps[list[Facts]]:
        """Return what the host says of every active token of the person who is signed in."""
        found: list[Facts] = []
        mark = ""
        for _ in range(_MOST_PAGES):
            more = {"continuationToken": mark} if mark else {}
            reply = yield self._question("GET", {"displayFilterOption": "active", "$top": str(_MOST), **more})
            said = object_of(reply)
            rows, after = said.get("patTokens"), said.get("continuationToken")
            if not isinstance(rows, list):
                raise RefusedError("the host's answer has no list of tokens in it")
            found += (_facts(row, reply) for row in rows)
            if not isinstance(after, str) or after in ("", mark):
                return found
            mark = after
        raise RefusedError("the host's list of tokens has no end")

    def _identified(self) -> Steps[Facts]:
        """Return the facts of the only active token that fits; raise UnidentifiedError otherwise."""
        active = yield from self._listed()
        named = [facts for facts in active if not self.noted.name or facts.name == self.noted.name]
        fitting = [facts for facts in named if self.ends is None or _ends_by(facts, self.ends)]
        is_known = bool(self.noted.name) or self.ends is not None
        if is_known and len(fitting) == 1:
            return fitting[0]
        raise UnidentifiedError(tuple(fitting or active), is_among=bool(fitting))


_ID = re.compile(r"[0-9A-Fa-f-]{32,38}")
"""An id at the host, such as 0d55247a-1c47-4462-9b1f-0123456789ab."""


def _ends_by(facts: Facts, ends: Seconds) -> bool:
    """Return whether a token ends when its user says, who may know the day alone, in some zone."""
    return facts.expires is not None and abs(facts.expires - ends) <= DAY


def _text(moment: Seconds) -> str:
    return datetime.fromtimestamp(moment, timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def _facts(said: object, reply: Reply) -> Facts:
    scope, identity = member(said, "scope"), member(said, "authorizationId")
    return Facts(
        identity.lower() if isinstance(identity, str) and _ID.fullmatch(identity) else "",
        printable(member(said, "displayName")),
        permitted(scope.split() if isinstance(scope, str) else ()),
        timestamp(member(said, "validFrom")),
        timestamp(member(said, "validTo")),
        host_time(reply),
    )
