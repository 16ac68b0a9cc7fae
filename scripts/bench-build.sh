#!/usr/bin/env bash
# Builds all that a benchmark runs: the package, benchmarks/, and the contenders in C and C++.
set -euo pipefail
cd "$(dirname "$0")/.."
npm run --silent build:ts
scripts/bench-compile.sh
node-gyp configure build -C benchmarks/native/addon --silent > build-benchmarks/addon.log
make -s -C benchmarks/native
