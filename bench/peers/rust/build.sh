#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Compiles the Rust peer with the cargo on PATH, or with Debian's, which has the
# target (rustc cargo libstd-rust-dev-wasm32 lld-14) but cannot fetch crates: build.sh OUTPUT
set -eu
output=$1 crate=$(dirname "$0") work=$(dirname "$1")/rust

if [ -d "$(rustc --print sysroot)/lib/rustlib/wasm32-wasip1" ]; then
	target=wasm32-wasip1
	cargo build --quiet --release --locked --manifest-path "$crate/Cargo.toml" --target-dir "$work" --target $target
elif [ -d /usr/lib/rustlib/wasm32-wasi ]; then
	target=wasm32-wasi
	[ -d "$work/crates" ] || cargo vendor --quiet --locked --manifest-path "$crate/Cargo.toml" "$work/crates" >/dev/null
	RUSTC=/usr/bin/rustc CARGO_TARGET_WASM32_WASI_LINKER=/usr/lib/llvm-14/bin/wasm-ld /usr/bin/cargo build \
		--quiet --release --locked --offline --manifest-path "$crate/Cargo.toml" --target-dir "$work" --target $target \
		--config 'source.crates-io.replace-with="vendored"' --config "source.vendored.directory=\"$work/crates\""
else
	echo "no wasm target for Rust, get one with: rustup target add wasm32-wasip1" >&2
	exit 1
fi
cp "$work/$target/release/peer.wasm" "$output"
