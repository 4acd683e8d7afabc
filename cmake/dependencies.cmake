# Every dependency is a Debian 12 package; scripts/setup installs them.
find_package(Threads REQUIRED)
find_package(Boost 1.81 REQUIRED)
find_package(OpenSSL 3.0 REQUIRED)
find_package(spdlog REQUIRED)
find_package(fmt REQUIRED)
find_package(PkgConfig REQUIRED)
pkg_check_modules(sofia REQUIRED IMPORTED_TARGET sofia-sip-ua)
find_package(CLI11 REQUIRED)
find_package(prometheus-cpp REQUIRED)
find_path(TOMLPP_INCLUDE toml++/toml.h REQUIRED)

# Asio's non-template parts are compiled once (transports/asio_impl.cpp) instead of in every driver.
add_library(sipveil_boost INTERFACE)
target_include_directories(sipveil_boost SYSTEM INTERFACE ${Boost_INCLUDE_DIRS})
target_compile_definitions(sipveil_boost INTERFACE BOOST_ASIO_NO_DEPRECATED BOOST_ASIO_SEPARATE_COMPILATION)
target_link_libraries(sipveil_boost INTERFACE Threads::Threads)
