#!/usr/bin/env bash
# Builds all that a benchmark runs: the package, benchmarks/, and the contenders in C and C++. Does
# nothing where that is newer than its sources.
set -euo pipefail
cd "$(dirname "$0")/.."
native=benchmarks/native
stamp=build-benchmarks/built
sources=(lib native benchmarks package.json package-lock.json tsconfig.json rolldown.config.js scripts)

# A folder is newer, too, when a file was removed from it.
changed() {
  find "${sources[@]}" -path "$native/build" -prune -o -path "$native/addon/build" -prune -o \
    ! -path "$native" ! -path "$native/addon" -newer "$stamp" -print -quit
}

if [ -e $stamp ] && [ -e dist/index.js ] && [ -x $native/build/load ] && [ -e $native/addon/build ] && [ -z "$(changed)" ]; then
  exit
fi
mkdir -p build-benchmarks
touch $stamp.new
# At once: these programs, the addon, and what is compiled to JavaScript need nothing of each other.
make -s -j 2 -C $native &
programs=$!
node-gyp configure build -C $native/addon --silent > build-benchmarks/addon.log &
addon=$!
node scripts/fresh-build.mjs
scripts/bench-compile.sh
wait $programs
wait $addon
mv $stamp.new $stamp
