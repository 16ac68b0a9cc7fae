#!/usr/bin/env bash
# npm run test:cases: the programs of real bug reports, run on this checkout with both waiters.
# They are not part of this repository: FDSELECT_CASES names their folder. Arguments: parts of the names of cases.
set -euo pipefail
checkout=$(cd "$(dirname "$0")/.." && pwd)
cases=${FDSELECT_CASES:-$checkout/../shared/cases}
[ -f "$cases/run.sh" ] || { echo "no cases in $cases: set FDSELECT_CASES" >&2; exit 1; }
cd "$checkout"

# run.sh clears the environment, so a `node` of our own sets the waiter.
wrapper=$(mktemp -d)
trap 'rm -rf "$wrapper"' EXIT
printf '#!/bin/sh\nFDSELECT_WAITER=thread exec "%s" "$@"\n' "$(command -v node)" > "$wrapper/node"
chmod -R a+rx "$wrapper"

code=0
echo '== the default waiter'
bash "$cases/run.sh" "$@" || code=1
echo '== FDSELECT_WAITER=thread'
if [ $# -eq 0 ]; then
  # Not 23: it sets the waiter itself, and its other half is about a thread that is not there yet.
  for case in "$cases"/*.mjs; do
    name=$(basename "$case" .mjs)
    [[ $name = 23-* ]] || set -- "$@" "$name"
  done
fi
PATH="$wrapper:$PATH" bash "$cases/run.sh" "$@" || code=1
exit $code
