#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Builds TinyGo as a Go module with Debian's LLVM: install-tinygo.sh VERSION DIRECTORY
set -eu
version=$1 directory=$2

advise() {
	[ $? = 0 ] || cat >&2 <<END

There is no TinyGo ${version%.*}.x on PATH, and none could be built here, see above.
(That takes Debian 12 or Ubuntu 24.04 or later, for their packages of LLVM 19.)
Install TinyGo $version and run make again, with TINYGO=/its/path if it is not on PATH:
  Debian, Ubuntu   the .deb of https://github.com/tinygo-org/tinygo/releases/tag/v$version
  macOS            brew install tinygo-org/tools/tinygo
  Docker           docker run --rm -v "\$PWD:/src" -w /src tinygo/tinygo:$version make build
END
}
trap advise EXIT

# wasm-opt is in binaryen; wasm-ld and the assembler are in lld and clang.
tools/debian-install.sh llvm-19-dev libclang-19-dev lld-19 clang-19 binaryen
echo "Building TinyGo $version in $directory, about a minute"
go -C tools/tinygo mod download github.com/tinygo-org/tinygo
mkdir -p "$directory"
cp -R --no-preserve=mode "$(go -C tools/tinygo list -m -f '{{.Dir}}' github.com/tinygo-org/tinygo)/." "$directory"
# A git submodule, which Go modules leave out; TinyGo lists it, imported or not.
mkdir -p "$directory/src/net"
# clang is there in any case, gcc may not be.
CGO_ENABLED=1 CC=clang-19 CXX=clang++-19 \
	go -C tools/tinygo build -tags llvm19 -o "$PWD/$directory/bin/tinygo" github.com/tinygo-org/tinygo
