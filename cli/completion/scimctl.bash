# SPDX-License-Identifier: MIT
# bash completion of scimctl: the program itself says what may come next. Needs bash 4.4.
_scimctl() {
  COMPREPLY=()
  mapfile -t COMPREPLY < <("$1" __complete bash "${COMP_LINE:0:COMP_POINT}" "$2" 2>/dev/null)
  if [[ ${COMPREPLY[0]-} == :files ]]; then
    compopt -o filenames
    mapfile -t COMPREPLY < <(compgen -f -- "$2")
  elif [[ ${COMPREPLY[0]-} == *= ]]; then
    compopt -o nospace
  fi
}
complete -F _scimctl scimctl
