#!/usr/bin/env bash
# npm run lint: formatting and lint rules of TypeScript and C++, and the compiler's warnings.
set -euo pipefail
cd "$(dirname "$0")/.."
biome ci .
clang-format --dry-run -Werror native/*/*.{cc,h} test/*/*.cc benchmarks/*/*/*.{cc,h}
g++ -std=c++17 -Wall -Wextra -Werror -fsyntax-only native/sys/*.cc native/waiter/*.cc
