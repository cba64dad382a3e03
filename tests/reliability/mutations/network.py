"""Breaks in how hosts are asked about tokens: the way there, what is sent, and what their word counts for."""

from reliability.mutations.cases import answer
from reliability.mutations.mutation import Mutation

_ASKING = "web/asking.py"
_WAYS = "tests/verification/test_ways.py::"
_CERTIFICATES = "tests/verification/test_certificates.py::"
_SECRETS = "tests/verification/test_secrets.py::"
_OPEN = "tests/verification/test_open.py::"
_GUARD = (
    "tests/verification/test_guard.py::test_a_verifier_that_asks_another_server_is_stopped_before_it_is_asked"
)
_SEED = "tests/commands/test_seed_verify.py::"

MUTATIONS = (
    Mutation(
        "use the network at an operation of Git's",
        "helper.py",
        "    target = locate(request, settings.providers)\n    return OPERATIONS",
        '    __import__("socket").socket().connect_ex(("127.0.0.1", 9))\n'
        "    target = locate(request, settings.providers)\n    return OPERATIONS",
        (f"{_SECRETS}test_gits_operations_use_no_network",),
    ),
    Mutation(
        "trust every certificate",
        _ASKING,
        "        if not self.checks(url):\n",
        "        if url:\n",
        (
            f"{_CERTIFICATES}test_a_host_that_the_system_does_not_trust_gets_no_token",
            f"{_CERTIFICATES}test_a_certificate_that_is_no_good_gets_no_token",
        ),
    ),
    Mutation(
        "leave certificates unchecked for every host where they are for one",
        _ASKING,
        '"config", "--null", "--get-urlmatch", "http", url],',
        '"config", "--null", "--get-urlmatch", "http", "https://git.example.com/"],',
        (f"{_CERTIFICATES}test_another_hosts_setting_does_not_leave_a_certificate_unchecked",),
    ),
    Mutation(
        "take a certificate of any name",
        _ASKING,
        "        if not self.checks(url):\n",
        "        context.check_hostname = False\n        if not self.checks(url):\n",
        (f"{_CERTIFICATES}test_a_certificate_that_is_no_good_gets_no_token",),
    ),
    Mutation(
        "say nothing of certificates that are not checked",
        "commands/verifying.py",
        "        if not session.web.checks(url):\n",
        "        if not url:\n",
        (f"{_CERTIFICATES}test_certificates_are_not_checked_where_git_does_not_either_and_that_is_said",),
    ),
    Mutation(
        "ignore http.sslCAInfo",
        _ASKING,
        'self._file("GIT_SSL_CAINFO", "sslcainfo", settings)',
        'self._file("GIT_SSL_CAINFO", "", settings)',
        (
            f"{_CERTIFICATES}test_certificates_may_be_named_for_one_host",
            f"{_CERTIFICATES}test_a_file_without_certificates_trusts_nobody",
        ),
    ),
    Mutation(
        "trust the system's certificates beside those of http.sslCAInfo that are of no use",
        _ASKING,
        '            raise UnreachableError(f"{shown(file or folder)} of http.sslCAInfo {what}") from None\n',
        "            return ssl.create_default_context()\n",
        (f"{_CERTIFICATES}test_a_file_without_certificates_trusts_nobody",),
    ),
    Mutation(
        "follow redirects",
        _ASKING,
        "            redirect=False,\n            retries=False,\n",
        "            redirect=True,\n            retries=3,\n",
        (f"{_SECRETS}test_a_redirect_gets_no_token_wherever_it_leads",),
    ),
    Mutation(
        "take a redirect for a yes",
        "verification/verdict.py",
        '        return not_verified("the host sends elsewhere, where the token is not sent")\n',
        "        return valid()\n",
        (f"{_SECRETS}test_a_redirect_gets_no_token_wherever_it_leads",),
    ),
    Mutation(
        "ask again after a fault",
        _ASKING,
        "            retries=False,\n",
        "            retries=urllib3.Retry(3, status_forcelist=[503]),\n",
        (f"{_SECRETS}test_a_repeated_question_is_asked_once",),
    ),
    Mutation(
        "send a token to a host that is not its own",
        "verification/__init__.py",
        "    if not any(asked.startswith(",
        "    if not question.host and not any(asked.startswith(",
        (_GUARD,),
    ),
    Mutation(
        "send a token to its host by another protocol or port",
        "verification/__init__.py",
        "    asked = question.url.lower()",
        "    asked = f'https://{question.host}/'",
        (_GUARD,),
    ),
    Mutation(
        "send a token to another server on its host",
        "verification/__init__.py",
        "    own = subject.server\n",
        "    own = replace(subject, base=()).server\n",
        (_GUARD,),
    ),
    Mutation(
        "send a token before it is known where its server stands",
        "verification/__init__.py",
        "        if not base and family.name in SELF_HOSTED and",
        "        if base is None and",
        (answer("azure-devops-server-whole", "the root is of another program, which gets no token"),),
    ),
    Mutation(
        "take one of Atlassian's servers for another",
        "verification/bitbucket.py",
        "    return is_page or any(",
        "    return bool(reply.value('x-arequestid')) or is_page or any(",
        (answer("bitbucket-below-a-path", "another server of Atlassian's refuses"),),
    ),
    Mutation(
        "believe another application that refuses a token",
        "verification/verdict.py",
        "    if stranger and reply.status in (401, 403):\n",
        "    if stranger and reply.status == 403:\n",
        (
            answer("gitea-below-a-path", "another application refuses what it does not know"),
            answer("gitlab-below-a-path", "another application refuses what it does not know"),
            answer("bitbucket-below-a-path", "another application refuses what it does not know"),
            answer("github-server", "another application refuses what it does not know"),
        ),
    ),
    Mutation(
        "ask a server at the root of its host",
        "verification/verdict.py",
        "self.scope._replace(path=self.base).text",
        "self.scope._replace(path=()).text",
        (answer("gitea-below-a-path", "the token works"),),
    ),
    Mutation(
        "tell what a host says that speaks no HTTP",
        _ASKING,
        'lambda _: "what it answers is not HTTP"',
        'lambda error: f"what it answers is not HTTP ({error})"',
        (f"{_WAYS}test_what_a_host_says_that_speaks_no_http_is_not_repeated",),
    ),
    Mutation(
        "ask a GitHub of one's own at the public one",
        "verification/github.py",
        "    is_public = subject.scope.host == _PUBLIC\n",
        "    is_public = True\n",
        ("tests/verification/test_answers.py::test_exactly_the_headers_of_the_host_are_sent",),
    ),
    Mutation(
        "hand a proxy's login to the host behind it",
        _ASKING,
        "        address, proxy_headers=headers, ssl_context=context, proxy_ssl_context=proxy_context\n",
        "        address, headers=headers, ssl_context=context, proxy_ssl_context=proxy_context\n",
        (f"{_WAYS}test_a_proxy_gets_its_login_from_the_setting",),
    ),
    Mutation(
        "tell the library's own words of a proxy",
        _ASKING,
        '    return next(fitting, "no connection")\n',
        '    return f"{error.__dict__} {[vars(one) for one in _chain(error)]}"\n',
        (f"{_WAYS}test_a_proxy_that_wants_another_login_is_told_without_the_one_that_was_given",),
    ),
    Mutation(
        "leave a proxy's certificate unchecked where the host's is",
        _ASKING,
        "        proxy_context = self._authorities(settings)\n",
        "        proxy_context = self.trust(question.url, settings)\n",
        ("tests/verification/test_tls_proxy.py::test_a_host_that_is_not_checked_leaves_its_proxy_checked",),
    ),
    Mutation(
        "ask through a proxy what needs none",
        _ASKING,
        '            return ""\n        if urllib.request.proxy_bypass_environment',
        "            pass\n        if not parts.scheme and urllib.request.proxy_bypass_environment",
        (
            f"{_WAYS}test_what_needs_no_proxy_is_asked_directly",
            f"{_WAYS}test_an_address_of_ipv6_needs_no_proxy_either",
        ),
    ),
    Mutation(
        "read a body without end",
        _ASKING,
        "response.read(_BODY_LIMIT, decode_content=False)",
        "response.read(1 << 28, decode_content=False)",
        ("tests/verification/test_slow.py::test_of_an_endless_answer_only_the_beginning_is_read",),
    ),
    Mutation(
        "wait for a host without end",
        _ASKING,
        "        asking.join(max(0.0, deadline - monotonic()))\n",
        "        asking.join()\n",
        (
            "tests/verification/test_deadline.py::test_who_answers_a_byte_at_a_time_is_given_up_at_the_deadline",
        ),
    ),
    Mutation(
        "take what anybody gets of a repository for a yes",
        "verification/repository.py",
        "    if not is_granted(push, PUSH):\n        fetch",
        "    if not push:\n        fetch",
        (f"{_OPEN}test_a_token_that_may_only_do_what_anybody_may_is_not_called_valid",),
    ),
    Mutation(
        "take a page with status 200 for a Git server's answer",
        "verification/repository.py",
        "    return reply.status == 200 and is_git  # noqa: PLR2004  # OK\n",
        "    return reply.status == 200 or is_git\n",
        ("tests/verification/test_answers.py::test_an_answer_means_what_it_says",),
    ),
    Mutation(
        "take an anonymous answer of Azure DevOps for a yes",
        "verification/azure_answers.py",
        "reply.status == _OK and _user(reply) == _ANONYMOUS",
        "False",
        ("tests/verification/test_answers.py::test_an_answer_means_what_it_says",),
    ),
    Mutation(
        "keep a token that its host refused",
        "commands/verifying.py",
        "    if verdict.outcome == INVALID:\n        odd",
        "    if not verdict.outcome:\n        odd",
        (
            f"{_SEED}test_a_token_that_the_host_refuses_is_not_kept",
            f"{_SEED}test_a_refused_token_leaves_the_one_before_it",
        ),
    ),
    Mutation(
        "show a token that a host gives for a name, if it looks like one",
        "verification/verdict.py",
        'without_tokens("".join(character for character in text if character.isprintable()))',
        '"".join(character for character in text if character.isprintable())',
        (f"{_SECRETS}test_a_name_that_looks_like_a_token_of_another_place_is_not_shown",),
    ),
    Mutation(
        "show a token that a host repeats",
        "verification/__init__.py",
        "        return _without(subject, _answered(subject, family, ask, deadline))\n",
        "        return _answered(subject, family, ask, deadline)\n",
        (f"{_SECRETS}test_a_host_that_repeats_a_token_of_no_known_shape_does_not_get_it_shown_or_kept",),
    ),
    Mutation(
        "let a host's words steer the terminal",
        "verification/verdict.py",
        'without_tokens("".join(character for character in text if character.isprintable()))[:100]',
        "without_tokens(text)[:100]",
        (f"{_SECRETS}test_the_name_of_an_owner_steers_no_terminal",),
    ),
    Mutation(
        "keep what a host told over what another process changed",
        "commands/verifying.py",
        "            if entry in kept and told(entry, verdict) != entry\n",
        "            if told(entry, verdict) != entry\n",
        (
            (
                "tests/commands/test_verifying.py::"
                "test_what_another_process_changed_or_removed_meanwhile_is_left_as_it_is"
            ),
        ),
    ),
    Mutation(
        "end the thread of a question by a traceback",
        _ASKING,
        "        except Exception as error:  # noqa: BLE001",
        "        except AssertionError as error:  # noqa: BLE001",
        (
            (
                "tests/verification/test_deadline.py::"
                "test_a_fault_of_ours_ends_the_call_and_shows_nothing_by_itself"
            ),
        ),
    ),
)
