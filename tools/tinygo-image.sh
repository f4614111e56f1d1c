#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Builds a stand-in for the image tinygo/tinygo, of the same user and working
# directory, with the modules that a build in it needs: tinygo-image.sh VERSION
set -euo pipefail
tinygo=.tools/tinygo-$1
goroot=$(go env GOROOT)
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

tools/install.sh "$tinygo/bin/tinygo"
mkdir -p "$folder/etc" "$folder/home/tinygo" "$folder/root" "$folder/tmp"
printf 'root:x:0:0::/root:/bin/sh\ntinygo:x:1000:1000::/home/tinygo:/bin/sh\n' >"$folder/etc/passwd"
printf 'root:x:0:\ntinygo:x:1000:\n' >"$folder/etc/group"
# Only the modules that the Dockerfile asks for.
list() {
	GOMODCACHE=$folder/go GOFLAGS=-modcacherw GOPROXY=file://$(go env GOMODCACHE)/cache/download,$(go env GOPROXY) \
		go -C "$1" list -deps "${@:2}" >/dev/null
}
list . -tags tinygo .
list e2e ./server
list tools ./trim

# The compilers are in TinyGo's release, but not in one that Debian's LLVM has built.
programs=(/bin/sh /bin/bash)
for name in env make sed awk cksum cut mkdir cat cmp grep dirname mktemp clang-19 wasm-ld-19 wasm-opt; do
	if path=$(type -P "$name"); then
		programs+=("$path")
	fi
done
mapfile -t libraries < <(ldd "${programs[@]}" "$tinygo/bin/tinygo" | awk '$2 == "=>" { print $3 } $1 ~ /^\/.*[^:]$/ { print $1 }' | xargs realpath --no-symlinks | sort -u)
tar --create --file "$folder/image.tar" --dereference --absolute-names --owner 0 --group 0 \
	--transform "s|^$tinygo|usr/local/tinygo|" --transform "s|^$goroot|usr/local/go|" --transform "s|^$folder/||" \
	"$tinygo" "$goroot"/{bin,pkg,src,VERSION,go.env} "$folder"/{etc,go,root,tmp} "${programs[@]}" "${libraries[@]}"
tar --append --file "$folder/image.tar" --absolute-names --owner 1000 --group 1000 --transform "s|^$folder/||" "$folder/home/tinygo"
docker import --change 'USER tinygo' --change 'WORKDIR /home/tinygo' --change 'ENV GOMODCACHE=/go GOPROXY=off GOFLAGS=-buildvcs=false PATH=/usr/local/tinygo/bin:/usr/local/go/bin:/usr/bin:/bin' \
	"$folder/image.tar" "tinygo/tinygo:$1"
