# SPDX-License-Identifier: MIT
# cmake -D PROGRAM=path -D FILTER=patterns -P filter.cmake: fails unless each pattern of a filter of GoogleTest, before "-" as
# after it, names tests of the program.
string(REGEX MATCHALL "[^:-]+" patterns "${FILTER}")
foreach(pattern IN LISTS patterns)
  execute_process(COMMAND ${PROGRAM} --gtest_list_tests --gtest_filter=${pattern} OUTPUT_VARIABLE output COMMAND_ERROR_IS_FATAL ANY)
  if(NOT output MATCHES "\n  ")
    message(FATAL_ERROR "${PROGRAM} has no test ${pattern}")
  endif()
endforeach()
