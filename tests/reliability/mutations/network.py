"""Breaks in how hosts are asked about tokens: the way there, what is sent, and what their word counts for."""

from reliability.mutations import Mutation

_GUARD = "verification/test_guard.py::"

MUTATIONS = (
    Mutation(
        "operations/answering.py",
        "use the network at an operation of Git's",
        "    target = locate(call.request, around.settings.providers)\n    return OPERATIONS",
        '    __import__("socket").socket().connect_ex(("127.0.0.1", 9))\n'
        "    target = locate(call.request, around.settings.providers)\n    return OPERATIONS",
        ("verification/test_secrets.py::test_gits_operations_use_no_network",),
    ),
    Mutation(
        "web/asking.py",
        "trust every certificate",
        "        if not self.checks(url):\n",
        "        if url:\n",
        ("verification/test_certificates.py::test_a_certificate_that_is_no_good_gets_no_token",),
    ),
    Mutation(
        "web/asking.py",
        "follow redirects",
        "                redirect=False,\n                retries=False,\n",
        "                redirect=True,\n                retries=3,\n",
        ("verification/test_secrets.py::test_a_redirect_gets_no_token_wherever_it_leads",),
    ),
    Mutation(
        "hosts/support/verification.py",
        "send a token to another server on its host",
        "    own = subject.server\n",
        "    own = replace(subject, base=()).server\n",
        (f"{_GUARD}test_a_verifier_that_asks_another_server_is_stopped_before_it_is_asked",),
    ),
    Mutation(
        "hosts/support/verdict.py",
        "believe another application that refuses a token",
        "    if stranger and reply.status in (401, 403):\n",
        "    if stranger and reply.status == 403:\n",
        ("verification/test_answers.py::test_an_answer_means_what_it_says",),
    ),
    Mutation(
        "web/asking.py",
        "hand a proxy's login to the host behind it",
        "proxy.address, proxy_headers=proxy.headers, ",
        "proxy.address, headers=proxy.headers, ",
        ("verification/test_ways.py::test_a_proxy_gets_its_login_from_the_setting",),
    ),
    Mutation(
        "web/asking.py",
        "wait for a host without end",
        "        asking.join(max(0.0, deadline - monotonic()))\n",
        "        asking.join()\n",
        ("verification/test_deadline.py::test_who_answers_a_byte_at_a_time_is_given_up_at_the_deadline",),
    ),
)
