#!/usr/bin/env bash
# npm run test:selectors: the tests of the selectors with each of them as DefaultSelector.
set -euo pipefail
cd "$(dirname "$0")/.."
for name in select poll epoll; do
  FDSELECT_SELECTOR=$name vitest run test/unit/selectors
done
