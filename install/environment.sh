# Sourced by the scripts beside it: finds Python, and makes an environment of packages in a folder.
# Says what is missing on the machine, and the command that brings it.

here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
project=${here%/*}

# Git's own variable would override what the scripts configure; Python's would reach into the environments.
unset GIT_SSL_CAINFO PYTHONPATH PYTHONHOME PYTHONSTARTUP

say() {
	printf '%s\n' "$*"
}

fail() {
	printf '%s: %s\n' "${0##*/}" "$*" >&2
	exit 1
}

need_git() {
	command -v git >/dev/null || fail "Git is missing; run: sudo apt-get install git (or what your system has)"
}

# Prints the first Python of 3.10 or later that can make environments.
find_python() {
	for python in python3 python3.13 python3.12 python3.11 python3.10; do
		"$python" -I -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 10))' 2>/dev/null || continue
		printf '%s\n' "$python"
		return
	done
	return 1
}

# make_environment FOLDER WHAT ...: installs this project into FOLDER; WHAT is as pip has it: ".", or -e ".[test]".
make_environment() {
	environment=$1
	shift
	if python=$(find_python); then
		[ -x "$environment/bin/pip" ] || "$python" -m venv --clear "$environment" || fail "cannot make $environment"
		(cd "$project" && "$environment/bin/python" -m pip install -qq --disable-pip-version-check "$@")
	elif command -v uv >/dev/null; then
		[ -x "$environment/bin/python" ] || uv --quiet venv --python '>=3.10' "$environment" || fail "cannot make $environment"
		(cd "$project" && uv --quiet pip install --python "$environment/bin/python" --compile-bytecode \
			--reinstall-package git-credential-pat "$@")
	elif command -v python3 >/dev/null; then
		fail "Python 3.10 or later with its venv module is missing; run: sudo apt-get install python3-venv"
	else
		fail "Python 3.10 or later is missing; run: sudo apt-get install python3 python3-venv"
	fi || fail "the packages could not be installed; is there a network, or a package mirror that pip knows of?"
}
