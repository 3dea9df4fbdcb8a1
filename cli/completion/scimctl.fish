# SPDX-License-Identifier: MIT
# fish completion of scimctl: the program itself says what may come next.
function __scimctl_complete
    set -l words (commandline -opc)
    set -l word (commandline -ct)
    type -q $words[1]; or return
    # Without the quotes that have been begun.
    set -l plain (string unescape -- $word; or string trim -l -c "'\"" -- $word)
    set -l lines ($words[1] __complete fish $words[2..-1] "$plain" 2>/dev/null)
    if test "$lines[1]" = :files
        # --file=NAME: fish wants the whole word.
        set -l option (string match -r '^--[a-z-]+=' -- $plain)
        __fish_complete_path (string replace -r '^--[a-z-]+=' '' -- $plain) | string replace -r '^' -- "$option"
    else
        printf '%s\n' $lines
    end
end
complete -c scimctl -f -a '(__scimctl_complete)'
