#!/usr/bin/env bash
# npm run test:portable: the API's tests on an addon without what only Linux has, as on macOS: poll and
# select instead of epoll, the thread waiter, accept(2), pipe(2), no MSG_NOSIGNAL. On Linux such an
# addon is built first; on macOS the usual one is that.
set -euo pipefail
cd "$(dirname "$0")/.."

# Left out: epoll, Linux's own calls, and what only the waiter in libuv's loop does.
files=(test/unit/{poll-model,fileno,no-epoll}.test.ts
  test/unit/selectors/{selectors,async}.test.ts
  test/unit/socket/{makefile,async-calls}.test.ts)

if [ "$(uname)" = Linux ]; then
  npx cmake-js compile --silent --out build-portable/build --CDFDSELECT_PORTABLE=ON
  export FDSELECT_PREBUILD=$PWD/build-portable
  # These look into /proc.
  files+=(test/unit/{select,poll,poll-cpython,conformance,os,io,signal}.test.ts
    test/unit/selectors/selectors-cpython.test.ts
    test/unit/socket/{socket,names,adopt}.test.ts)
fi
FDSELECT_WAITER=thread exec npx vitest run "${files[@]}"
