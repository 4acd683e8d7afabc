#pragma once

// The one place that includes toml++. Without exceptions a syntax error is a value; the library's own parts are
// compiled once (toml.cpp), since the shared library of Debian is built with exceptions.
#define TOML_EXCEPTIONS 0
#define TOML_HEADER_ONLY 0

// toml++ up to 3.4 asserts what a header such as "[,x]" or "[[[x]]]" does not fulfil, although the lines that follow
// the assertion handle it (marzer/tomlplusplus pull request 301). With NDEBUG the assertion becomes a promise to the
// optimizer, so it must be neither: NDEBUG is out of sight while the library is read, and its assertion does nothing.
#pragma push_macro("NDEBUG")
#undef NDEBUG
#define TOML_ASSERT(condition) static_cast<void>(0)
#include <toml++/toml.h>
#pragma pop_macro("NDEBUG")
