#!/bin/sh
# In a container with Node and without a compiler: the tests of the waits on the prebuilt binary alone.
set -eu
cd "$(dirname "$0")/.."

npm ci --ignore-scripts
npm run --silent build:ts
# FDSELECT_PREBUILD: nothing is compiled before the tests. PREBUILDS_ONLY: nor is such a build loaded.
FDSELECT_PREBUILD=$PWD PREBUILDS_ONLY=1 exec npx vitest run \
  test/unit/select.test.ts test/unit/poll.test.ts test/unit/epoll.test.ts test/unit/async
