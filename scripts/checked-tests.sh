#!/usr/bin/env bash
# Unit tests, and those of files that are nearly right, with debug assertions and overflow checks in our own code, which
# a release has not:
#
#   scripts/checked-tests.sh
set -euo pipefail
cd "$(dirname "$0")/.."
packages=(halo2-offload halo2-offload-engine halo2-offload-prover halo2-offload-frontend halo2-offload-measure
    halo2-offload-cuda)
# One command: the features of what they share are those of all of them together.
cargo test --profile checked --locked "${packages[@]/#/--package=}" --lib --test formats
