#!/usr/bin/env bash
# Tests the arithmetic of kernels/include on the host: compiles kernels/tests/host.cpp with a C++17
# compiler (CXX, else g++) and runs it. Needs no CUDA and no GPU.
set -euo pipefail
cd "$(dirname "$0")/.."

made=$(mktemp -d)
trap 'rm -rf "$made"' EXIT
"${CXX:-g++}" -std=c++17 -O2 -Wall -Wextra -Werror -fsanitize=undefined -fno-sanitize-recover=all \
    kernels/tests/host.cpp -o "$made/host"
"$made/host"
