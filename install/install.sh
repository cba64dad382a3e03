#!/bin/sh
# Installs git-credential-pat for this user and has Git use it. Asks nothing; run again to update.
#   sh install/install.sh [--prefix DIR]      (DIR is ~/.local unless given)
set -eu
umask 022
. "$(dirname -- "$0")/environment.sh"
. "$here/prefix.sh"
need_git

# Prints a word as the shell takes it literally.
quoted() {
	printf "'%s'" "$(printf '%s' "$1" | sed "s/'/'\\\\''/g")"
}

# put FILE TARGET MODE: copies a file, and notes it and the folders made for it.
put() {
	make_folder "$(dirname -- "$2")"
	cp -- "$1" "$2.new"
	chmod "$3" "$2.new"
	mv -f -- "$2.new" "$2"
	note "$2"
}

make_folder() {
	[ ! -d "$1" ] || return 0
	make_folder "$(dirname -- "$1")"
	mkdir -- "$1"
	note "$1"
}

# A note of an earlier run stays: what that run made is still ours.
note() {
	grep -qxF -- "$1" "$notes" || printf '%s\n' "$1" >>"$notes"
}

notes=$(mktemp)
trap 'rm -rf "$notes" "$program.new"' EXIT
[ ! -f "$manifest" ] || cat -- "$manifest" >"$notes"

say "Installing the program into $program ..."
make_folder "$(dirname -- "$program")"
rm -rf -- "$program.new"
what=.
for library in "$program"/lib/python3*/site-packages/msal; do
	[ ! -d "$library" ] || what='.[entra]' # the user has added the library of that extra
done
make_environment "$program.new" "$what"
main=$(cd "$program.new" && echo lib/python3*/site-packages/git_credential_pat/__main__.py)
[ -f "$program.new/$main" ] || fail "the installation is not whole; please report it"
python=${main#lib/}
python=${python%%/*}

cat >"$program.new/launcher" <<LAUNCHER
#!/bin/sh
# Starts git-credential-pat isolated from the user's Python settings and from the working folder.
ulimit -S -c 0 2>/dev/null || :
# What is the user's own is kept for programs that "exec" becomes.
[ -z "\${OPENSSL_CONF+set}" ] || export GIT_CREDENTIAL_PAT_OPENSSL_CONF="\$OPENSSL_CONF"
[ -z "\${OPENSSL_MODULES+set}" ] || export GIT_CREDENTIAL_PAT_OPENSSL_MODULES="\$OPENSSL_MODULES"
[ -z "\${OPENSSL_ENGINES+set}" ] || export GIT_CREDENTIAL_PAT_OPENSSL_ENGINES="\$OPENSSL_ENGINES"
[ -z "\${LC_CTYPE+set}" ] || export GIT_CREDENTIAL_PAT_LC_CTYPE="\$LC_CTYPE"
unset OPENSSL_CONF OPENSSL_MODULES OPENSSL_ENGINES
if [ ! -x $(quoted "$program/bin/$python") ]; then
	echo "git-credential-pat: its Python is gone; run install.sh again" >&2
	exit 1
fi
# Another name, as docker-credential-pat, says which tool asks.
case \$0 in
git-credential-pat | */git-credential-pat) GIT_CREDENTIAL_PAT_LAUNCHER=$(quoted "$launcher") ;;
/*) GIT_CREDENTIAL_PAT_LAUNCHER=\$0 ;;
*) GIT_CREDENTIAL_PAT_LAUNCHER=\$PWD/\$0 ;;
esac
export GIT_CREDENTIAL_PAT_LAUNCHER
exec $(quoted "$program/bin/$python") -I -S $(quoted "$program/$main") "\$@"
LAUNCHER
rm -rf -- "$program"
mv -- "$program.new" "$program"
for name in "$here"/*-credential-pat; do
	put "$program/launcher" "$bin/${name##*/}" 755
done
put "$here/git-credential-pat.1" "$share/man/man1/git-credential-pat.1" 644
put "$here/completions/git-credential-pat.bash" "$share/bash-completion/completions/git-credential-pat" 644
put "$here/completions/_git-credential-pat" "$share/zsh/site-functions/_git-credential-pat" 644
put "$here/completions/git-credential-pat.fish" "$share/fish/vendor_completions.d/git-credential-pat.fish" 644
cp -- "$notes" "$manifest"

"$launcher" agent stop >/dev/null || : # one of before would go on with the program of before
status=0
"$launcher" configure || status=$? # where the configuration is read-only, it prints the lines to put there
say "Installed $("$launcher" --version): $launcher"
case :$PATH: in
*":$bin:"*)
	say "Now seed a token: git credential-pat seed https://dev.azure.com/ORGANIZATION"
	;;
*)
	say "To type \"git credential-pat\", run this line now, and add it to your shell's start-up file:"
	say "  export PATH=$(quoted "$bin"):\"\$PATH\""
	say "Then seed a token: git credential-pat seed https://dev.azure.com/ORGANIZATION"
	;;
esac
exit "$status"
