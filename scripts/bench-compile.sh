#!/usr/bin/env bash
# Compiles benchmarks/ to build-benchmarks/, and removes files there that no longer have a source.
set -uo pipefail
cd "$(dirname "$0")/.."
mkdir -p build-benchmarks
start=$(mktemp)
trap 'rm -f "$start"' EXIT
tsc -p benchmarks || exit
find build-benchmarks -mindepth 1 '(' -name '*.js*' ! -newer "$start" -o -type d -empty ')' -delete
