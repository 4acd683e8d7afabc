# Language level, warnings and sanitizers: the same for every target of the project.
set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)

find_program(SIPVEIL_CCACHE ccache)
if(SIPVEIL_CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  set(CMAKE_C_COMPILER_LAUNCHER ${SIPVEIL_CCACHE})
  set(CMAKE_CXX_COMPILER_LAUNCHER ${SIPVEIL_CCACHE})
endif()

add_library(sipveil_options INTERFACE)
target_include_directories(sipveil_options INTERFACE ${PROJECT_SOURCE_DIR})
target_compile_options(sipveil_options INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion -Wnon-virtual-dtor -Woverloaded-virtual
  -Wold-style-cast -Wimplicit-fallthrough -Wswitch -Werror
  # A designated initializer that leaves the rest to its defaults is the point of designated initializers.
  -Wno-missing-field-initializers)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  target_compile_options(sipveil_options INTERFACE -Wduplicated-cond -Wlogical-op)
endif()
if(CMAKE_BUILD_TYPE STREQUAL "Release")
  target_compile_options(sipveil_options INTERFACE -D_FORTIFY_SOURCE=2 -fstack-protector-strong)
  target_link_options(sipveil_options INTERFACE -Wl,-z,relro,-z,now)
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
    # g++ 12 sees overlapping copies in "literal" + std::string where there are none (GCC bug 105651).
    target_compile_options(sipveil_options INTERFACE -Wno-restrict)
  endif()
endif()
if(SIPVEIL_SANITIZE)
  # -g1 keeps line numbers in reports, and with -Og takes a third less to compile than full debug information and -O1.
  target_compile_options(sipveil_options INTERFACE -fsanitize=${SIPVEIL_SANITIZE} -fno-omit-frame-pointer
    -fno-sanitize-recover=all -g1 -Og)
  if(SIPVEIL_SANITIZE MATCHES "address,undefined")
    # A pointer that is null, or past its object, is AddressSanitizer's to find; asking UBSAN as well, at each access,
    # doubles what a coroutine takes to compile.
    target_compile_options(sipveil_options INTERFACE -fno-sanitize=null,alignment,object-size,vptr)
  endif()
  string(REPLACE "fuzzer-no-link," "" sipveil_link_sanitize "${SIPVEIL_SANITIZE}")
  target_link_options(sipveil_options INTERFACE -fsanitize=${sipveil_link_sanitize})
  if(SIPVEIL_SANITIZE MATCHES "thread" AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    # Asio uses atomic_thread_fence, which g++ warns about under TSAN; the reports stay right for what Asio does with it.
    target_compile_options(sipveil_options INTERFACE -Wno-tsan)
  endif()
endif()

# Of unit tests, which are compiled more often than they run for a second. To be linked last.
add_library(sipveil_test_options INTERFACE)
if(SIPVEIL_SANITIZE)
  target_compile_options(sipveil_test_options INTERFACE -O0)
endif()
