#!/bin/sh
# Puts Git of a newer Debian into a folder, with all the libraries it needs, and installs nothing:
#   sh newer_git.sh FOLDER
# Then FOLDER/bin/git is that Git. It and the programs it starts of its own run by that Debian's own loader,
# whose library path is an argument: what Git starts besides (helpers, hooks, pagers) runs as ever.
# The packages come from where this machine's apt has its own; a second run finds all done.
set -eu
. "$(dirname -- "$0")/debian_git.sh"

root=$folder/root
[ ! -e "$folder/bin/git" ] || exit 0

apt_of deb
# What Git's package depends on and fetching and pushing does without is said to be there.
for package in perl liberror-perl git-man; do
	printf 'Package: %s\nStatus: install ok installed\nVersion: 99\nArchitecture: all\nMulti-Arch: foreign\n\n' \
		"$package"
done >"$work/status"
apt-get -qq -c "$work/apt.conf" install --yes --download-only --no-install-recommends git >/dev/null
for package in "$work"/cache/archives/*.deb; do
	dpkg-deb -x "$package" "$root"
done
mv "$root/usr/share/doc/git/contrib/credential/libsecret" "$folder/libsecret" # the source of a helper
rm -rf "$root/usr/share/doc" "$root/usr/share/locale"

set -- "$root"/usr/lib/*/ld-linux-*.so.*
loader=$1
core=$root/usr/lib/git-core

# wrap NAME: makes exec/NAME, which runs the package's program of that name.
wrap() {
	cat >"$folder/exec/$1" <<WRAPPER
#!/bin/sh
export GIT_EXEC_PATH='$folder/exec' GIT_TEMPLATE_DIR='$root/usr/share/git-core/templates'
exec '$loader' --library-path '${loader%/*}' --argv0 "\$0" '$core/$1' "\$@"
WRAPPER
	chmod 755 "$folder/exec/$1"
}

mkdir -p "$folder/exec"
for program in "$core"/*; do
	name=${program##*/}
	if [ -L "$program" ]; then
		target=$(readlink "$program")
		ln -sf "${target##*/}" "$folder/exec/$name" # git, or what is wrapped under another name
	elif [ -f "$program" ] && [ "$(head -c 2 "$program")" != '#!' ] && [ -x "$program" ]; then
		wrap "$name"
	else
		ln -sf "$program" "$folder/exec/$name"
	fi
done
"$folder/exec/git" version
mkdir -p "$folder/bin"
ln -s ../exec/git "$folder/bin/git"
