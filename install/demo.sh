#!/bin/sh
# Shows the main job on this machine, against a local HTTPS Git server, in a throw-away home:
# two organizations of one host, each with its own token, cloned and pushed to without a question.
set -eu
. "$(dirname -- "$0")/environment.sh"

need_git
say "Making the environment $project/.venv ..."
make_environment "$project/.venv" -e ".[test]"

place=$(mktemp -d)
server=
cleanup() {
	[ "$HOME" != "$place/home" ] || git-credential-pat agent stop >/dev/null 2>&1 || true
	[ -z "$server" ] || kill "$server" 2>/dev/null || true
	rm -rf "$place"
}
trap cleanup EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

step() {
	printf '\n== %s\n' "$*"
}

# Shows a command as a user would type it, then runs it.
run() {
	printf '$ %s\n' "$*"
	"$@"
}

HOME=$place/home
PATH=$project/.venv/bin:$PATH
GIT_TERMINAL_PROMPT=0
GIT_CONFIG_NOSYSTEM=1
export HOME PATH GIT_TERMINAL_PROMPT GIT_CONFIG_NOSYSTEM
unset XDG_DATA_HOME XDG_CONFIG_HOME XDG_RUNTIME_DIR GIT_CONFIG_GLOBAL GIT_ASKPASS SSH_ASKPASS
mkdir "$HOME"

step "A local Git server that answers for dev.azure.com; each organization takes only its own token"
for organization in fabrikam contoso; do
	awk -v seed="$organization" 'BEGIN { t = ""; while (length(t) < 76) t = t seed; print substr(t, 1, 76) "AZDO" substr(seed, 1, 4) }' \
		>"$place/$organization.token"
done
mkfifo "$place/stdin"
PYTHONPATH=$project/tests "$project/.venv/bin/python" -m support.git_server --root "$place/server" \
	--organization "fabrikam=$place/fabrikam.token" --organization "contoso=$place/contoso.token" \
	--repository https://dev.azure.com/fabrikam/web/_git/web \
	--repository https://dev.azure.com/contoso/shop/_git/shop \
	<"$place/stdin" >"$place/server.out" &
server=$!
exec 3>"$place/stdin"
tries=0
until [ "$(grep -c . "$place/server.out")" = 2 ]; do
	tries=$((tries + 1))
	[ "$tries" -lt 100 ] || fail "the local server did not start"
	kill -0 "$server" 2>/dev/null || fail "the local server ended early"
	sleep 0.1
done
proxy=$(sed -n 's/^proxy=//p' "$place/server.out")
authority=$(sed -n 's/^ca=//p' "$place/server.out")
git config --global http.proxy "$proxy"
git config --global http.sslCAInfo "$authority"
git config --global user.name "Demo"
git config --global user.email demo@example.com
say "A proxy at $proxy sends requests for dev.azure.com to it."

step "Have Git use the helper"
run git credential-pat configure

step "Seed a token for each of two organizations, once; the host is asked whether it takes it"
for organization in fabrikam contoso; do
	# shellcheck disable=SC2016  # shown as the user would type it
	printf '$ printf "%%s\\n" "$TOKEN" | git credential-pat seed https://dev.azure.com/%s\n' "$organization"
	git credential-pat seed "https://dev.azure.com/$organization" <"$place/$organization.token"
done

step "Clone both; Git may not ask (GIT_TERMINAL_PROMPT=0)"
cd "$place"
run git clone --quiet https://dev.azure.com/fabrikam/web/_git/web
run git clone --quiet https://dev.azure.com/contoso/shop/_git/shop

step "Commit and push; fetch by the organization's older address"
for repository in web shop; do
	echo "Hello from the demo" >"$repository/hello.txt"
	git -C "$repository" add hello.txt
	run git -C "$repository" commit --quiet -m Hello
	run git -C "$repository" push --quiet
done
run git clone --quiet https://fabrikam.visualstudio.com/web/_git/web web-again
[ "$(cat web-again/hello.txt)" = "Hello from the demo" ] || fail "the push did not arrive"

step "What is stored, and what the host says about it"
run git credential-pat list
run git credential-pat verify https://dev.azure.com/fabrikam/web/_git/web

step "Done: two organizations of one host, two tokens, no question."
