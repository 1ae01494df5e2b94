#!/usr/bin/env bash
# Programs of others prove with halo2-offload, their sources untouched: tests/plug, which calls every
# generator of snark-verifier-sdk and proves circuits of halo2-ecc, and the tests of halo2-base 0.5.5.
#
#   scripts/plug-clients.sh
#
# Works in build/, and takes the packages of crates.io that these programs are built with. HALO2_OFFLOAD_PROGRAM
# names a halo2-offload that is built already.
set -euo pipefail
cd "$(dirname "$0")/.."

place=$PWD/build/plug-clients
patch=$place/patch.toml
mkdir -p "$place"
if [ -n "${HALO2_OFFLOAD_PROGRAM:-}" ]; then
    "$HALO2_OFFLOAD_PROGRAM" plug build/plug >"$patch"
else
    cargo run --release --locked -- plug build/plug >"$patch"
fi
# None of it has to do with what is built here.
export CARGO_TARGET_DIR=$place/target

fail() {
    echo "error: $*" >&2
    exit 1
}

# Runs a command with what it says on stderr in a file, and requires that our prover said that it proves,
# and the stock prover nothing.
with_ours() {
    local said=$place/stderr
    { "$@" 2>&1 >&3 | tee "$said" >&2; } 3>&1
    grep -q '^halo2-offload [^ ]*: proves here' "$said" || fail "$*: no word of halo2-offload on stderr"
    ! grep -q "^halo2-offload .*own prover proves" "$said" || fail "$*: the stock prover proved"
}

# A copy of a program, on which Cargo may write another Cargo.lock.
copy() {
    rm -rf "${place:?}/$2"
    cp -r "$1" "$place/$2"
}

copy tests/plug client
with_ours cargo run --release --config "$patch" --manifest-path "$place/client/Cargo.toml"

# Where Cargo keeps the package: its tests cannot run there, as it is no member of a workspace.
base=$(cargo metadata --format-version 1 --locked --manifest-path tests/plug/Cargo.toml | tr ',' '\n' |
    sed -n 's|^"manifest_path":"\(.*/halo2-base-0\.5\.5\)/Cargo.toml"$|\1|p')
[ -n "$base" ] || fail "cargo metadata does not say where halo2-base 0.5.5 is"
copy "$base" halo2-base
printf '\n[workspace]\n' >>"$place/halo2-base/Cargo.toml"
# Two files of tests compare with a Poseidon of which crates.io has none (pse_poseidon, which halo2-lib takes
# from git): they do not compile out of the package, with whatever prover.
sed -i '/^mod \(compatibility\|hasher\);$/d' "$place/halo2-base/src/poseidon/hasher/tests/mod.rs"
cd "$place/halo2-base"
test_base() {
    cargo test --release --lib --config "$patch" -- "$@"
}

# Properties, of which the mock prover alone is asked, for many minutes: no proof is made in them.
properties=_prop::
# These prove statements that do not hold, for the verifier to reject them: a copy or a lookup fails. Unless
# that is asked for, we refuse to.
unsatisfied=(
    gates::tests::idx_to_indicator::test_idx_to_indicator
    safe_types::tests::safe_type::test_raw_bytes_to_bool
    safe_types::tests::safe_type::test_raw_bytes_to_bytes32
    safe_types::tests::safe_type::test_raw_bytes_to_uint256
    safe_types::tests::safe_type::test_raw_bytes_to_uint64
)
with_ours test_base --skip="$properties" "${unsatisfied[@]/#/--skip=}"
HALO2_OFFLOAD_UNSATISFIED=as-stock with_ours test_base --exact "${unsatisfied[@]}"
echo "all clients prove with halo2-offload" >&2
