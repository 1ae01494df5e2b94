#!/usr/bin/env bash
# Lays out halo2-axiom 0.5.3 with its two random choices made as ours are made (tests/stock_bytes.patch), as a
# path that the proofs of tests/stock_bytes.rs are compared with:
#
#   scripts/deterministic-stock.sh FOLDER      # into FOLDER/halo2-axiom
#
# The source is the registry's, the one that Cargo.lock names. Needs cargo and patch(1). Does nothing where
# it is laid out already.
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
choices=$root/tests/stock_bytes.patch
mkdir -p "${1:?usage: deterministic-stock.sh FOLDER}"
cd "$1"
if cmp -s halo2-axiom/.laid "$choices"; then
    exit 0
fi
if ! command -v patch >/dev/null; then
    echo "error: patch(1) is missing: apt-get install patch" >&2
    exit 1
fi
registry=$(cargo metadata --format-version 1 --locked --manifest-path "$root/Cargo.toml" | tr ',' '\n' |
    sed -n 's|^"manifest_path":"\(.*/halo2-axiom-0\.5\.3\)/Cargo.toml"$|\1|p' | head -n 1)
if [ -z "$registry" ]; then
    echo "error: cargo metadata does not say where halo2-axiom 0.5.3 is" >&2
    exit 1
fi
rm -rf halo2-axiom
cp -r "$registry" halo2-axiom
chmod -R u+w halo2-axiom
patch --quiet --directory halo2-axiom -p1 <"$choices"
cp "$choices" halo2-axiom/.laid
