"""Breaks in what is kept of an approval and in what a rejection puts aside."""

from reliability.mutations.cases import conversation, place
from reliability.mutations.mutation import Mutation

NEAR_MISSES = "campaign:near_misses=20000"

MUTATIONS = (
    Mutation(
        "keep a repository's token for all of its owner",
        "changes.py",
        "    if family.is_for_repository(secret.value):\n",
        "    if family is None:\n",
        (
            conversation("repository-tokens", "Bitbucket: the tokens of two repositories"),
            conversation("repository-tokens", "GitLab: deploy tokens of two projects"),
            conversation("repository-tokens", "GitHub: a user's token stays"),
        ),
    ),
    Mutation(
        "take a request without a path for one to a server below it",
        "hosts/__init__.py",
        "if row.scope.covers(scope.folded)]",
        "if row.scope.covers(scope.folded) or not scope.path]",
        (place("code-hosts", "without a path, no server below one is meant"),),
    ),
    Mutation(
        "keep what is ephemeral",
        "changes.py",
        "if secret is None or request.ephemeral or",
        "if secret is None or",
        (conversation("approvals", "an ephemeral credential is not kept"),),
    ),
    Mutation(
        "keep what has expired already",
        "changes.py",
        " or _is_past(request.password_expiry_utc, now):",
        ":",
        (conversation("approvals", "an already expired token is not kept"),),
    ),
    Mutation(
        "keep a token in the second in which it expires",
        "changes.py",
        "expires * SECOND <= now",
        "expires * SECOND < now",
        (conversation("approvals", "a token that expires in this second"),),
    ),
    Mutation(
        "write what is held already",
        "changes.py",
        "[change for change in changes if change.before != change.after]",
        "[change._replace(before=change.before and change.before._replace(label=change.before.label + ' '))"
        " for change in changes]",
        (conversation("approvals", "approved again, it costs no write, at whatever address"),),
    ),
    Mutation(
        "note a time at each approval",
        "changes.py",
        "return entry if confirmed == entry else confirmed._replace(updated=now)",
        "return confirmed._replace(updated=now)",
        (conversation("approvals", "approved again, it costs no write, at whatever address"),),
    ),
    Mutation(
        "leave a rejected token that succeeded as it is",
        "changes.py",
        "        state=ACTIVE,\n        put_aside=None,\n",
        "",
        (conversation("approvals", "a rejected token that succeeded is active again"),),
    ),
    Mutation(
        "keep approvals for the very path at Azure DevOps",
        "hosts/azure_devops.py",
        "own=scope._replace(path=segments[:1]), least=1)",
        "own=scope, least=1)",
        (
            conversation("approvals", "a new token is kept for the organization"),
            conversation("approvals", "a token is kept for the whole organization, and answers"),
        ),
    ),
    Mutation(
        "erase without comparing the password",
        "changes.py",
        " if secret is None else _holding(match, secret, request.username)",
        "",
        (conversation("rejections", "an entry with another token is left alone: a stale"),),
    ),
    Mutation(
        "take an empty password for none",
        "changes.py",
        "    if request.password is not None:\n        return Secret",
        "    if request.password:\n        return Secret",
        (conversation("rejections", "an empty password is a password, and rejects no other token"),),
    ),
    Mutation(
        "destroy what is rejected",
        "changes.py",
        "Change(entry, entry._replace(state=state, put_aside=put_aside))",
        "Change(entry, None)",
        (conversation("rejections", "the rejected token is put aside and not answered again"),),
    ),
    Mutation(
        "reject pinned entries",
        "changes.py",
        "if not entry.pinned and entry.state not in (state, REJECTED)",
        "if entry.state not in (state, REJECTED)",
        (
            conversation("rejections", "pinned entries ignore rejections"),
            conversation("organizations", "a pinned entry does not become doubtful"),
        ),
    ),
    Mutation(
        "reject what was only inferred",
        "changes.py",
        "state = DOUBTFUL if match.inferred else REJECTED",
        "state = REJECTED",
        (conversation("organizations", "rejected after an inference: doubtful, answered only"),),
    ),
    Mutation(
        "reject any user's entry where usernames are exact",
        "usernames.py",
        'anyone = family.rule != "exact" or requested is None\n    return [entry',
        "anyone = True\n    return [entry",
        (conversation("rejections", "exact: the username must match"), NEAR_MISSES),
    ),
    Mutation(
        "drop what was put aside a moment ago",
        "changes.py",
        "before = now - settings.keep_rejected * SECOND",
        "before = now",
        (conversation("rejections", "what was put aside longer ago than 30 days goes with"),),
    ),
)
