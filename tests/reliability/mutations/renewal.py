"""Breaks in how tokens are renewed: what is kept before a host is asked, and after a lost answer."""

from reliability.mutations import Mutation

_ROTATE = "renewal/test_rotate_gitlab.py::"
_AZURE = "renewal/test_rotate_azure.py::"
_LOST = "verification/test_lost_answers.py::"
_RENEWAL = "core/test_renewal.py::"
_SAFE = "renewal/test_rotation_safety.py::"
_BESIDE = "renewal/test_beside_safety.py::"

MUTATIONS = (
    Mutation(
        "renewal/rotating.py",
        "note an intent only after the host was asked",
        "    intending = changed(kept, lambda entry: noting(entry, noting_it), around, still_meant)\n",
        "    intending = list(kept)\n",
        (f"{_SAFE}test_the_intent_is_in_the_vault_before_the_host_is_asked", "campaign:rotations=2"),
    ),
    Mutation(
        "renewal/rotating.py",
        "hold room for the commit before the intent, which takes it",
        "            held.enter_context(around.backend.room())\n",
        "",
        (f"{_SAFE}test_a_disk_that_is_filled_while_the_host_is_asked_keeps_the_token",),
    ),
    Mutation(
        "system/files.py",
        "leave out the flush of what is written into the room",
        "        os.ftruncate(descriptor, len(data))\n        os.fsync(descriptor)\n",
        "        os.ftruncate(descriptor, len(data))\n",
        (f"{_SAFE}test_what_the_host_gave_is_flushed_before_it_takes_its_place",),
    ),
    Mutation(
        "renewal/rotating.py",
        "ask again after a lost answer",
        "        except AnswerLostError as error:\n            return failed(intending, _after_lost",
        "        except AnswerLostError as error:\n"
        "            carried_out(lifecycle.rotate(expires), lifecycle, around)\n"
        "            return failed(intending, _after_lost",
        (f"{_ROTATE}test_after_a_lost_answer_nothing_is_repeated_and_the_user_is_led_to_the_page",),
    ),
    Mutation(
        "renewal/rotating.py",
        "rotate without a look before",
        "        facts = carried_out(lifecycle.look(), lifecycle, around)\n    except DeadError as error:\n"
        "        return failed(kept, _lost",
        "        facts = Facts(permissions=('api',))\n    except DeadError as error:\n"
        "        return failed(kept, _lost",
        (
            f"{_ROTATE}test_a_dead_token_is_never_rotated",
            f"{_ROTATE}test_after_a_lost_answer_nothing_is_repeated_and_the_user_is_led_to_the_page",
        ),
    ),
    Mutation(
        "renewal/rotating.py",
        "rotate at once after a request that may still be on its way",
        "    if intent and is_in_flight(intent.since, Seconds(around.now // SECOND)):\n",
        "    if intent and around.now // SECOND - intent.since < 0:\n",
        (f"{_ROTATE}test_a_request_that_the_host_did_not_see_is_not_repeated_at_once",),
    ),
    Mutation(
        "renewal/rotating.py",
        "let two runs renew at once",
        "    with alone(around):\n        kept = still_meant",
        "    with ExitStack():\n        kept = still_meant",
        (f"{_SAFE}test_of_two_runs_at_once_one_rotates_and_the_other_sees_it",),
    ),
    Mutation(
        "renewal/keeping.py",
        "use what a host gave in the place of what its user stored meanwhile",
        "still_there(group, around) if not entry.is_replaced]\n",
        "still_there(group, around)]\n",
        (f"{_SAFE}test_a_token_that_its_user_stores_in_its_place_meanwhile_is_the_one_in_use",),
    ),
    Mutation(
        "renewal/unfinished.py",
        "leave alive what was made and whose answer was lost",
        "    for stray in strays:\n",
        "    for stray in ():\n",
        (
            f"{_AZURE}test_what_was_made_and_lost_is_revoked_by_a_later_run_which_makes_another",
            "campaign:rotations=2",
        ),
    ),
    Mutation(
        "renewal/unfinished.py",
        "make a token at once after a request that may still be on its way",
        "    if is_in_flight(intent.since, seen):\n",
        "    if seen - intent.since < 0:\n",
        (f"{_AZURE}test_after_a_lost_answer_the_old_one_stays_and_the_next_run_waits",),
    ),
    Mutation(
        "renewal/beside.py",
        "forget an intent when the answer was lost",
        '            return failed(intending, UnreachableError(f"{error}{_MAYBE_MADE}"), around)\n',
        "            changed(intending, lambda entry: noting(entry, known), around)\n"
        '            return failed(intending, UnreachableError(f"{error}{_MAYBE_MADE}"), around)\n',
        (f"{_AZURE}test_what_was_made_and_lost_is_revoked_by_a_later_run_which_makes_another",),
    ),
    Mutation(
        "hosts/support/azure_lifecycle.py",
        "revoke what another machine has made at the same time",
        "            exact = [facts for facts, end in ends if abs(end - asked) <= _ROUNDING]\n",
        "            exact = [facts for facts, _ in ends]\n",
        (f"{_BESIDE}test_what_another_machine_has_made_at_the_same_second_is_no_stray",),
    ),
    Mutation(
        "renewal/rotating.py",
        "let Ctrl-C come between a host's answer and the commit",
        "            held.enter_context(held_back())\n",
        "",
        (f"{_SAFE}test_ctrl_c_while_the_host_is_asked_waits_until_the_token_is_kept",),
    ),
    Mutation(
        "renewal/rotating.py",
        "leave a token alive that cannot be kept",
        "            carried_out(successor.revoke(), successor, around)\n            done",
        "            done",
        (f"{_SAFE}test_a_token_that_cannot_be_kept_is_revoked_and_the_page_is_named",),
    ),
    Mutation(
        "renewal/rotating.py",
        "revoke a token that is in its place because the disk does not confirm it",
        "        except UnconfirmedError as error:\n            notice",
        "        except KeyError as error:\n            notice",
        (f"{_SAFE}test_a_token_in_its_place_is_not_revoked_because_the_disk_does_not_confirm_it",),
    ),
    Mutation(
        "model/renewal.py",
        "take what was noted of another token",
        "    if not entry.renewal or mark != _mark_of(entry):\n",
        "    if not entry.renewal:\n",
        (f"{_RENEWAL}test_nothing_is_noted_of_another_token",),
    ),
    Mutation(
        "model/renewal.py",
        "read a field that is cut off",
        "    if at > len(noted):\n        raise ValueError\n",
        "",
        (f"{_RENEWAL}test_a_cut_field_invents_nothing",),
    ),
    Mutation(
        "model/renewal.py",
        "fail at a name that is no text",
        '    return text.encode(errors="replace")',
        "    return text.encode()",
        (f"{_RENEWAL}test_any_name_of_a_host_can_be_noted",),
    ),
    Mutation(
        "backends/keyring.py",
        "drop from the keyring's index what older versions do not know",
        "(*_later_fields(entry), *entry.unknown)",
        "entry.unknown",
        ("backends/test_contract.py::test_an_entry_comes_back_whole",),
    ),
    Mutation(
        "web/asking.py",
        "follow the redirect of a question that changes something",
        "                redirect=False,\n                retries=False,\n",
        "                redirect=not question.is_safe,\n                retries=3,\n",
        (f"{_LOST}test_no_redirect_is_followed",),
    ),
    Mutation(
        "web/asking.py",
        "ask a host again that is out of order",
        "                retries=False,\n",
        "                retries=urllib3.Retry(2, allowed_methods=None, status_forcelist=[502]),\n",
        (f"{_LOST}test_a_host_that_is_out_of_order_is_not_asked_again",),
    ),
    Mutation(
        "web/asking.py",
        "take an answer that is cut off for a whole one",
        "        if not question.is_safe and not _is_whole(reply):\n",
        "        if not question.is_safe and not reply.status:\n",
        (f"{_LOST}test_only_a_whole_answer_is_one_wherever_it_is_cut",),
    ),
    Mutation(
        "web/asking.py",
        "take a transfer encoding that is cut off for one",
        'reply.value("transfer-encoding").lower() == "chunked"',
        'bool(reply.value("transfer-encoding"))',
        (f"{_LOST}test_only_a_whole_answer_is_one_wherever_it_is_cut",),
    ),
    Mutation(
        "web/asking.py",
        "send a question after its deadline",
        "        if monotonic() >= self.deadline:\n",
        "        if monotonic() < 0:\n",
        (f"{_LOST}test_a_question_is_not_sent_after_its_deadline",),
    ),
    Mutation(
        "web/asking.py",
        "take a lost answer for a question that was not sent",
        "    is_lost = sending.has_begun and not question.is_safe\n",
        "    is_lost = False\n",
        (
            f"{_LOST}test_a_host_that_does_not_answer_in_time_may_have_done_it",
            f"{_ROTATE}test_a_request_that_the_host_did_not_see_is_not_repeated_at_once",
        ),
    ),
    Mutation(
        "renewal/asking.py",
        "ask a server that is not the token's",
        '    if not any(url.lower().startswith(f"{server}/".lower()) for server in servers):\n',
        "    if not servers:\n",
        (f"{_SAFE}test_a_lifecycle_that_asks_another_server_is_stopped_before_it_is_asked",),
    ),
)
