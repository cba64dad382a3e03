"""Breaks in what is kept secret: in messages, representations, variables, command lines and notes."""

from reliability.mutations import Mutation

_HOSTS = "verification/test_secrets.py::"

MUTATIONS = (
    Mutation(
        "model/entry.py",
        "show the secret in an entry's representation",
        'return f"Entry({self.scope.text!r}, {self.username!r}, {self.state})"',
        'return f"Entry({self.scope.text!r}, {self.username!r}, {self.secret!r})"',
        ("vault/test_backend.py::test_neither_files_nor_messages_nor_representations_show_a_token",),
    ),
    Mutation(
        "cli.py",
        "repeat a token in a message",
        "        return report(error, _without_tokens(str(error)))\n",
        "        return report(error, str(error))\n",
        ("test_unrepeated.py::test_a_token_in_the_place_of_a_file_s_name_is_not_repeated",),
    ),
    Mutation(
        "cli.py",
        "print the text of an unforeseen error",
        'f"internal error ({type(error).__name__} at {place});',
        'f"internal error ({error!r} at {place});',
        ("test_internal_errors.py::test_a_fault_of_ours_is_reported_by_its_kind_and_place_alone",),
    ),
    Mutation(
        "commands/support/session.py",
        "have children inherit the variable that holds a token",
        "self.environment.items() if kept != taken}\n",
        "self.environment.items() if taken}\n",
        (
            "campaign:canary=1",
            "commands/test_seed.py::test_no_child_inherits_the_variable_that_holds_the_token",
        ),
    ),
    Mutation(
        "commands/exec_.py",
        "give a command its token as a word",
        "            become(words, {**environment, **variables},",
        "            become([*words, *variables.values()], {**environment, **variables},",
        ("commands/test_exec.py::test_the_token_stands_on_no_command_line",),
    ),
    Mutation(
        "variables/support/around.py",
        "give a token to a URL of a project without https",
        'if parsed.scope.protocol != b"https" or holds_secret(parsed):',
        "if holds_secret(parsed):",
        ("variables/test_tools.py::test_a_url_without_tls_gets_no_token_though_git_may_have_one_there",),
    ),
    Mutation(
        "variables/support/around.py",
        "give a token to a name that stands for two URLs",
        "if len(fitting[0]) != 1 or any(tokens != fitting[0] for tokens in fitting):",
        "if len(fitting[0]) != 1:",
        ("variables/test_tools.py::test_a_name_that_stands_for_two_urls_gets_no_token",),
    ),
    Mutation(
        "system/lending.py",
        "leave the folder of a command",
        "        status = _accompany(child)\n    finally:\n        _remove(folder)\n",
        "        status = _accompany(child)\n    finally:\n        pass\n",
        ("commands/test_exec_files.py::test_its_exit_status_is_the_command_s_and_the_folder_is_gone",),
    ),
    Mutation(
        "hosts/support/verification.py",
        "show a token that a host repeats",
        "        return _without(subject, _answered(subject, family, ask, deadline))\n",
        "        return _answered(subject, family, ask, deadline)\n",
        (f"{_HOSTS}test_a_host_that_repeats_a_token_of_no_known_shape_does_not_get_it_shown_or_kept",),
    ),
    Mutation(
        "hosts/support/verdict.py",
        "show a token in a host's own words",
        '        text = text.replace(secret, "(a token)")\n',
        "        pass\n",
        ("verification/test_answers.py::test_an_answer_means_what_it_says",),
    ),
)
