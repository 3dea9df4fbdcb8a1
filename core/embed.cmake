# SPDX-License-Identifier: MIT
# embed_texts(TARGET NAMESPACE FILE...): compiles text files into TARGET as std::string_view constants, one for each
# file, named after it (User.json -> User_json), declared in <TARGET>_texts.h.
function(embed_texts target namespace)
  set(header "// Generated from the files named below.\n#pragma once\n#include <string_view>\nnamespace ${namespace} {\n")
  set(source "#include \"${target}_texts.h\"\nnamespace ${namespace} {\n")
  foreach(file IN LISTS ARGN)
    set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${file})
    file(READ ${file} text)
    get_filename_component(name ${file} NAME)
    if(name MATCHES "[.]json$")
      # The standard schemas are read at each start; half of them is indentation. No string of JSON has a line break in it.
      string(REGEX REPLACE "\n *" "" text "${text}")
    endif()
    string(MAKE_C_IDENTIFIER ${name} symbol)
    # A string literal may not be longer than 64 kB by the standard; these are far from it, one each.
    string(APPEND header "extern const std::string_view ${symbol};\n")
    string(APPEND source "extern const std::string_view ${symbol} = R\"~~~(${text})~~~\";\n")
  endforeach()
  string(APPEND header "}\n")
  string(APPEND source "}\n")
  file(CONFIGURE OUTPUT ${CMAKE_CURRENT_BINARY_DIR}/${target}_texts.h CONTENT "${header}" @ONLY)
  file(CONFIGURE OUTPUT ${CMAKE_CURRENT_BINARY_DIR}/${target}_texts.cc CONTENT "${source}" @ONLY)
  target_sources(${target} PRIVATE ${CMAKE_CURRENT_BINARY_DIR}/${target}_texts.cc)
  target_include_directories(${target} PRIVATE ${CMAKE_CURRENT_BINARY_DIR})
endfunction()
