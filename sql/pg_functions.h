#pragma once
#include <string>
namespace scim::sql { std::string pg_functions_script(); }
