# SPDX-License-Identifier: MIT
# Debian wants manual pages and changelogs compressed, and the same bytes whenever the same is packed.
file(GLOB pages ${CPACK_TEMPORARY_INSTALL_DIRECTORY}/usr/share/man/man*/*.[0-9]
  ${CPACK_TEMPORARY_INSTALL_DIRECTORY}/usr/share/doc/scimctl/changelog.Debian)
if(NOT pages)
  message(FATAL_ERROR "no manual pages in ${CPACK_TEMPORARY_INSTALL_DIRECTORY}")
endif()
execute_process(COMMAND gzip -9 -n -f ${pages} COMMAND_ERROR_IS_FATAL ANY)
