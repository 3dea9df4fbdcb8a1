# SPDX-License-Identifier: MIT
# cmake -D NAME=name -D PROGRAM=path -D LAUNCHER=list -D LABELS=list -D SUITES=file -P suites.cmake: asks a GoogleTest program
# for its suites, and writes the file that makes each of them a test of CTest, which runs the program by the launcher.
execute_process(COMMAND ${PROGRAM} --gtest_list_tests OUTPUT_VARIABLE output COMMAND_ERROR_IS_FATAL ANY)
# A suite's line is "Name." or "Prefix/Name.", with "  # TypeParam = ..." after it or not; its tests are indented.
string(REGEX MATCHALL "(^|\n)[A-Za-z0-9_/]+\\." lines "${output}")
if(NOT lines)
  message(FATAL_ERROR "${PROGRAM} names no tests")
endif()
set(text "")
set(command "")
foreach(word IN LISTS LAUNCHER PROGRAM)
  string(APPEND command " [==[${word}]==]")
endforeach()
foreach(line IN LISTS lines)
  string(STRIP "${line}" suite)
  string(REGEX REPLACE "\\.$" "" suite "${suite}")
  string(APPEND text "add_test([==[${NAME}.${suite}]==]${command} [==[--gtest_filter=${suite}.*]==])\n"
    "set_tests_properties([==[${NAME}.${suite}]==] PROPERTIES LABELS [==[${LABELS}]==])\n")
endforeach()
file(WRITE ${SUITES} "${text}")
