#define TOML_IMPLEMENTATION
#include "bridge/config/toml.h"
