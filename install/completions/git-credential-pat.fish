set -l commands seed list token header remove restore configure unconfigure vault unlock lock agent help
complete -c git-credential-pat -f
complete -c git-credential-pat -n "not __fish_seen_subcommand_from $commands" -a "$commands"
complete -c git-credential-pat -n "not __fish_seen_subcommand_from $commands" -l backend -x -a "vault keyring"
complete -c git-credential-pat -n "not __fish_seen_subcommand_from $commands" -l version
complete -c git-credential-pat -s h -l help
complete -c git-credential-pat -n "__fish_seen_subcommand_from seed token header remove restore" -l username -x
complete -c git-credential-pat -n "__fish_seen_subcommand_from seed" -l expires -x
complete -c git-credential-pat -n "__fish_seen_subcommand_from seed" -l days -x
complete -c git-credential-pat -n "__fish_seen_subcommand_from seed" -l label -x
complete -c git-credential-pat -n "__fish_seen_subcommand_from seed" -l permission -x
complete -c git-credential-pat -n "__fish_seen_subcommand_from seed" -l pinned
complete -c git-credential-pat -n "__fish_seen_subcommand_from seed" -l from-env -x
complete -c git-credential-pat -n "__fish_seen_subcommand_from seed" -l no-verify
complete -c git-credential-pat -n "__fish_seen_subcommand_from seed" -l no-configure
complete -c git-credential-pat -n "__fish_seen_subcommand_from seed" -l allow-http
complete -c git-credential-pat -n "__fish_seen_subcommand_from seed" -l provider -x -a "azure-devops-server github gitlab gitea bitbucket generic"
complete -c git-credential-pat -n "__fish_seen_subcommand_from remove" -l all
complete -c git-credential-pat -n "__fish_seen_subcommand_from remove" -s y -l yes
complete -c git-credential-pat -n "__fish_seen_subcommand_from list vault agent" -l json
complete -c git-credential-pat -n "__fish_seen_subcommand_from configure unconfigure" -l system
complete -c git-credential-pat -n "__fish_seen_subcommand_from vault" -a "info add-slot remove-slot rekey backup recover"
complete -c git-credential-pat -n "__fish_seen_subcommand_from add-slot" -a "keyring passphrase keyfile"
complete -c git-credential-pat -n "__fish_seen_subcommand_from backup recover" -F
complete -c git-credential-pat -n "__fish_seen_subcommand_from recover" -l yes
complete -c git-credential-pat -n "__fish_seen_subcommand_from agent" -a "status stop"
complete -c git-credential-pat -n "__fish_seen_subcommand_from agent" -l foreground
complete -c git-credential-pat -n "__fish_seen_subcommand_from agent" -l timeout -x
