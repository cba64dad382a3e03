# Sourced by the scripts beside it: brings packages of a newer Debian's Git into a folder, and installs nothing.
# They come from where this machine's apt has its own. Sets $folder from the script's first argument, and $work.
suite=trixie # has Git 2.47, the first Debian whose Git asks helpers for whole headers (from 2.46)

fail() {
	printf '%s: %s\n' "${0##*/}" "$*" >&2
	exit 1
}

[ $# = 1 ] || { echo "usage: sh $0 FOLDER" >&2; exit 2; }
mkdir -p "$1"
folder=$(CDPATH='' cd -- "$1" && pwd)
case $folder in *[!A-Za-z0-9/._+-]*) fail "the folder's name may hold letters, digits and /._+- only: $folder" ;; esac

# apt_of TYPE: makes the settings $work/apt.conf for packages of a type, deb or deb-src, and fetches their list.
apt_of() {
	# shellcheck disable=SC2016 # apt's own variable
	archive=$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' 'Origin: Debian' 'Label: Debian' |
		head -n 1)
	[ -n "$archive" ] || fail "apt knows no archive of Debian here; run: sudo apt-get update"
	work=$(mktemp -d "$folder/apt.XXXXXX")
	trap 'rm -rf "$work"' EXIT
	mkdir -p "$work/lists/partial" "$work/cache/archives/partial"
	cat >"$work/$suite.sources" <<-SOURCES
		Types: $1
		URIs: $archive
		Suites: $suite
		Components: main
		Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg
	SOURCES
	: >"$work/status"
	# Read after the machine's own settings, of which proxies matter here, and hooks must not.
	cat >"$work/apt.conf" <<-CONF
		#clear APT::Update;
		#clear DPkg;
		APT::Sandbox::User "root";
		Acquire::Languages "none";
		Dir::Etc::sourcelist "$work/$suite.sources";
		Dir::Etc::sourceparts "/dev/null";
		Dir::Etc::preferences "/dev/null";
		Dir::Etc::preferencesparts "/dev/null";
		Dir::State "$work";
		Dir::State::lists "lists";
		Dir::State::status "$work/status";
		Dir::Cache "$work/cache";
		Dir::Cache::pkgcache "pkgcache.bin";
		Dir::Log "$work";
	CONF
	apt-get -qq -c "$work/apt.conf" update
}
