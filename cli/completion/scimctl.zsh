#compdef scimctl
# SPDX-License-Identifier: MIT
# zsh completion of scimctl: the program itself says what may come next.
_scimctl() {
  local line
  local -a values shown begun
  for line in "${(@f)$("${(Q)words[1]}" __complete zsh "${(@Q)words[2,CURRENT-1]}" "${(Q)PREFIX}" 2>/dev/null)}"; do
    if [[ $line == :files ]]; then
      compset -P '--*='
      _files
      return
    fi
    [[ -n $line ]] || continue
    if [[ $line == *=(|$'\t'*) ]]; then
      begun+=("${line%%$'\t'*}")
    else
      values+=("${line%%$'\t'*}")
      shown+=("${line/$'\t'/  -- }")
    fi
  done
  (( $#begun )) && compadd -U -S '' -a begun
  (( $#values )) && compadd -U -l -d shown -a values
  (( $#begun + $#values ))
}
if [[ $funcstack[1] == _scimctl ]]; then
  _scimctl "$@"
else
  compdef _scimctl scimctl
fi
