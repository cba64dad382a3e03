# Completion of git-credential-pat, and of "git credential-pat" through git's own completion.

_git_credential_pat_words() {
	local word command=
	for word in "${words[@]:1}"; do
		case $word in
		seed | list | token | header | remove | restore | configure | unconfigure | vault | unlock | lock | agent | help) command=$word && break ;;
		esac
	done
	case $command in
	seed) echo "--username --expires --days --label --permission --pinned --from-env --no-verify --no-configure --allow-http --provider --help" ;;
	list) echo "--json --help" ;;
	token | header | restore) echo "--username --help" ;;
	remove) echo "--username --all --yes --help" ;;
	configure | unconfigure) echo "--system --help" ;;
	vault) _git_credential_pat_vault_words ;;
	agent) echo "status stop --foreground --timeout --json --help" ;;
	unlock | lock) echo "--help" ;;
	help) echo "seed list token header remove restore configure unconfigure vault unlock lock agent" ;;
	*) echo "seed list token header remove restore configure unconfigure vault unlock lock agent help --backend --version --help" ;;
	esac
}

_git_credential_pat_vault_words() {
	case " ${words[*]} " in
	*" add-slot "*) echo "keyring passphrase keyfile" ;;
	*" backup "* | *" recover "*) compgen -f -- "${words[${#words[@]} - 1]}" ;;
	*) echo "info add-slot remove-slot rekey backup recover --json --yes --help" ;;
	esac
}

# git's completion calls this one, with its own variables set.
_git_credential_pat() {
	__gitcomp "$(_git_credential_pat_words)"
}

_git_credential_pat_alone() {
	local words=("${COMP_WORDS[@]}")
	COMPREPLY=($(compgen -W "$(_git_credential_pat_words)" -- "${COMP_WORDS[COMP_CWORD]}"))
}

complete -F _git_credential_pat_alone git-credential-pat
