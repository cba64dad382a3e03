# Completion of git-credential-pat; fish's own for git hands "git credential-pat" on to it.

# Prints the words before the cursor, without the program's name, options, and the value of --backend.
function __git_credential_pat_words
    set -l last
    for word in (commandline -opc)[2..]
        if not string match -q -- '-*' $word; and test "$last" != --backend
            echo $word
        end
        set last $word
    end
end

# Tells whether the words before the cursor begin so.
function __git_credential_pat_in
    set -l words (__git_credential_pat_words)
    test "$words[1..$(count $argv)]" = "$argv"
end

# Tells whether the words before the cursor are just these.
function __git_credential_pat_at
    set -l words (__git_credential_pat_words)
    test "$words" = "$argv"
end

# Prints the scopes of stored tokens. Asks nothing: if the vault is locked, it prints nothing.
function __git_credential_pat_scopes
    GIT_TERMINAL_PROMPT=0 git-credential-pat list --json 2>/dev/null </dev/null | string replace -rf '^ *"scope": "(.*)",$' '$1'
end

# Prints what the program takes: its providers, backends or sources.
function __git_credential_pat_taken
    git-credential-pat help $argv[1] 2>/dev/null </dev/null
end

set -l pat complete -c git-credential-pat
set -l commands seed list verify token rotate extend revoke header answer exec remove restore import configure unconfigure vault unlock lock agent doctor help

$pat -f
$pat -s h -l help -d "show help"
$pat -n __git_credential_pat_at -a "$commands"
$pat -n __git_credential_pat_at -l backend -x -a "(__git_credential_pat_taken backends)" -d "where tokens are stored"
$pat -n __git_credential_pat_at -l version -d "show the version"
for command in seed verify token rotate extend revoke header exec remove restore
    $pat -n "__git_credential_pat_at $command" -a "(__git_credential_pat_scopes)"
    $pat -n "__git_credential_pat_in $command" -l username -x
end
$pat -n "__git_credential_pat_in seed" -l expires -x -d "last day"
$pat -n "__git_credential_pat_in seed" -l days -x -d "days from now"
$pat -n "__git_credential_pat_in seed" -l label -x -d note
$pat -n "__git_credential_pat_in seed" -l permission -x -d "what it may do"
$pat -n "__git_credential_pat_in seed" -l pinned -d "keep it in use"
$pat -n "__git_credential_pat_in seed" -l exact -d "only for this repository"
$pat -n "__git_credential_pat_in seed" -l replace -d "replace the token of the owner"
$pat -n "__git_credential_pat_in seed" -l from-env -x -a "(set -xn)" -d "environment variable"
$pat -n "__git_credential_pat_in seed" -l no-verify -d "do not ask the host"
$pat -n "__git_credential_pat_in seed" -l no-configure -d "do not change git config"
$pat -n "__git_credential_pat_in seed" -l allow-http -d "allow a host without TLS"
$pat -n "__git_credential_pat_in seed" -l provider -x -a "(__git_credential_pat_taken providers)"
$pat -n "__git_credential_pat_in seed" -l for -x -a packages -d "permissions to name"
$pat -n "__git_credential_pat_in seed" -l create -d "have the host make it"
$pat -n "__git_credential_pat_in seed" -l authtype -x -a bearer -d "sign in by Bearer"
$pat -n "__git_credential_pat_in seed" -l sign-in -x -a "entra federated managed" -d "store a way to a token"
for command in list verify rotate extend revoke import configure doctor "vault info" "agent status"
    $pat -n "__git_credential_pat_in $command" -l json -d "for scripts"
end
$pat -n "__git_credential_pat_in list" -l within -x -d "only what ends in so many days"
$pat -n "__git_credential_pat_in list" -l ics -r -F -d "write a calendar"
$pat -n "__git_credential_pat_in token" -l copy -d "copy it to the clipboard"
for command in rotate extend
    $pat -n "__git_credential_pat_in $command; and not __git_credential_pat_at $command" -a "(__git_credential_pat_scopes)"
    $pat -n "__git_credential_pat_in $command" -l all -d "every token"
    $pat -n "__git_credential_pat_in $command" -l within -x -d "only what ends in so many days"
    $pat -n "__git_credential_pat_in $command" -l label -x -d "its name at the host"
    $pat -n "__git_credential_pat_in $command" -s y -l yes -d "do not ask"
    $pat -n "__git_credential_pat_in $command" -l dry-run -d "only show"
end
for command in seed rotate extend revoke
    $pat -n "__git_credential_pat_in $command" -l entra-token-stdin -d "read an Entra token"
end
$pat -n "__git_credential_pat_in rotate" -l days -x -d "how long the next one lives"
$pat -n "__git_credential_pat_in rotate" -l grace -x -d "days that the old one lives on"
$pat -n "__git_credential_pat_in rotate" -l extend-first -d "rather give it a later end"
$pat -n "__git_credential_pat_in extend" -l days -x -d "valid for so many days from now"
$pat -n "__git_credential_pat_in revoke; and not __git_credential_pat_at revoke" -a "(__git_credential_pat_scopes)"
$pat -n "__git_credential_pat_in revoke" -l all -d "every token, after a leak"
$pat -n "__git_credential_pat_in revoke" -s y -l yes -d "do not ask"
$pat -n "__git_credential_pat_in revoke" -l label -x -d "its name at the host"
$pat -n "__git_credential_pat_in exec" -l tool -x -a "(__git_credential_pat_taken exec-tools)" -d "only for this tool"
$pat -n "__git_credential_pat_in exec" -l show -d "only show the names"
$pat -n "__git_credential_pat_in exec" -l env -x -d "another variable"
$pat -n "__git_credential_pat_in exec" -l feed -x -d "feed of NuGet"
$pat -n "__git_credential_pat_in exec; and not __git_credential_pat_at exec" -a "(__fish_complete_command)"
$pat -n "__git_credential_pat_in remove" -l all -d "all usernames"
$pat -n "__git_credential_pat_in remove; or __git_credential_pat_in import" -s y -l yes -d "do not ask"
$pat -n "__git_credential_pat_at answer" -a "(__git_credential_pat_taken frontends)"
$pat -n "__git_credential_pat_at import" -a "(__git_credential_pat_taken sources)"
$pat -n "__git_credential_pat_in import; and not __git_credential_pat_at import" -F
$pat -n "__git_credential_pat_in import" -l scrub -d "then delete at the source"
$pat -n "__git_credential_pat_in import" -l no-verify -d "do not ask the host"
$pat -n "__git_credential_pat_in import" -l no-configure -d "do not change git config"
for command in configure unconfigure
    $pat -n "__git_credential_pat_in $command" -a "(__git_credential_pat_taken tool-names)"
    $pat -n "__git_credential_pat_in $command" -l system -d "for every user"
end
for command in import configure unconfigure
    $pat -n "__git_credential_pat_in $command" -l dry-run -d "only show"
end
$pat -n "__git_credential_pat_in configure" -l list -d "show the tools"
$pat -n "__git_credential_pat_at vault" -a "info add-slot remove-slot rekey backup recover"
$pat -n "__git_credential_pat_at vault add-slot" -a "keyring passphrase keyfile"
$pat -n "__git_credential_pat_at vault backup; or __git_credential_pat_at vault recover" -F
$pat -n "__git_credential_pat_in vault recover" -l yes -d "do not ask"
$pat -n "__git_credential_pat_at agent" -a "status stop"
$pat -n "__git_credential_pat_at agent" -l foreground -d "stay in the foreground"
$pat -n "__git_credential_pat_at agent" -l timeout -x -d "idle seconds"
$pat -n "__git_credential_pat_in doctor" -l offline -d "ask no host"
$pat -n "__git_credential_pat_at help" -a "$commands (__git_credential_pat_taken topics)"
