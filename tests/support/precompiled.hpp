// As daemon/compile/precompiled.hpp, for the tests.
#pragma once

#include <doctest/doctest.h>

#include "daemon/compile/precompiled.hpp"
