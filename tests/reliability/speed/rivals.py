"""Other credential helpers: RIVALS maps a row's name to what sets it up.

Each holds one credential and answers for it without a network. A rival that is not installed is left
out. `rivals.sh` makes those that distributions do not package.
"""

from reliability.speed.contender import Contender, Home, SetUp
from reliability.speed.secret_service import start_secret_service
from reliability.speed.targets import KEYRING_PROGRAM, LIBSECRET
from support.program import attributes

PASSWORD = "a-made-up-password-of-forty-characters-00"
GET = attributes("protocol=https", "host=dev.azure.com")
ANSWER = attributes("username=fabrikam", f"password={PASSWORD}").rstrip()
APPROVAL = attributes("protocol=https", "host=dev.azure.com", "username=fabrikam", f"password={PASSWORD}")


def _store(home: Home) -> Contender:
    helper = home.find("git-credential-store")
    home.run(helper, "store", stdin=APPROVAL)
    return home.contender(helper, "get", request=GET, answer=ANSWER)


def _cache(home: Home) -> Contender:
    helper = home.find("git-credential-cache")
    home.at_end(helper, "exit")
    home.run(helper, "store", stdin=APPROVAL)
    return home.contender(helper, "get", request=GET, answer=ANSWER)


def _libsecret(home: Home) -> Contender:
    helper = home.find("git-credential-libsecret")
    start_secret_service(home)
    home.run(helper, "store", stdin=APPROVAL)
    return home.contender(helper, "get", request=GET, answer=ANSWER)


def _keyring(home: Home) -> Contender:
    program = home.find("keyring")
    home.environment["GIT_CREDENTIAL_PAT_HANDED_ON"] = "1"  # without our own backend in the library
    start_secret_service(home)
    home.run(program, "set", "https://dev.azure.com", "fabrikam", stdin=PASSWORD.encode())
    return home.contender(program, "get", "https://dev.azure.com", "fabrikam", answer=PASSWORD.encode())


def _gh(home: Home) -> Contender:
    helper = home.find("gh")
    hosts = home.folder / "hosts.yml"
    hosts.write_text(f"github.com:\n    user: fabrikam\n    oauth_token: {PASSWORD}\n")
    hosts.chmod(0o600)
    home.environment["GH_CONFIG_DIR"] = str(home.folder)
    request = attributes("protocol=https", "host=github.com")
    return home.contender(helper, "auth", "git-credential", "get", request=request, answer=ANSWER)


def _pass(home: Home) -> Contender:
    helper, gpg, store = home.find("pass-git-helper"), home.find("gpg"), home.find("pass")
    gnupg = home.folder / "gnupg"
    gnupg.mkdir(mode=0o700)
    home.environment["GNUPGHOME"] = str(gnupg)
    home.at_end(home.find("gpgconf"), "--kill", "all")
    user = "made-up@git.example"
    home.run(gpg, "--batch", "--passphrase", "", "--quick-generate-key", user, "future-default")
    home.run(store, "init", user)
    home.run(store, "insert", "--multiline", "azure", stdin=f"{PASSWORD}\nfabrikam\n".encode())
    mapping = home.folder / ".config/pass-git-helper/git-pass-mapping.ini"
    mapping.parent.mkdir(parents=True)
    mapping.write_text("[dev.azure.com*]\ntarget=azure\n")
    return home.contender(helper, "get", request=GET, answer=ANSWER)


def _oauth(home: Home) -> Contender:
    """It keeps nothing: it signs in anew by a browser, or does not answer for a host it does not know."""
    return home.contender(home.find("git-credential-oauth"), "get", request=GET)


def _gcm(home: Home) -> Contender:
    helper = home.find("git-credential-manager")
    home.environment.update(GCM_CREDENTIAL_STORE="plaintext", GCM_INTERACTIVE="never")
    # The organization comes from the path; a host other than this would be looked at over the network.
    where = ("protocol=https", "host=dev.azure.com", "path=fabrikam/web/_git/web")
    approval = attributes(*where, "username=fabrikam", f"password={PASSWORD}")
    home.run(helper, "store", stdin=approval)
    return home.contender(helper, "get", request=attributes(*where), answer=ANSWER)


RIVALS: dict[str, SetUp] = {
    "git-credential-store (plain text, C)": _store,
    "git-credential-cache (memory, C)": _cache,
    LIBSECRET: _libsecret,
    KEYRING_PROGRAM: _keyring,
    "git-credential-oauth, no answer (Go)": _oauth,
    "gh auth git-credential (Go)": _gh,
    "pass-git-helper (Python, pass, gpg)": _pass,
    "Git Credential Manager (.NET)": _gcm,
}
