#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Starts docker-compose.yaml and runs quickstart against it: compose.sh ENVOY_VERSION
set -eu
image=envoyproxy/envoy:v$1

if docker compose version >/dev/null 2>&1; then
	compose='docker compose'
else
	compose=docker-compose
fi
stack() {
	$compose --project-name notimplemented-e2e \
		--file e2e/docker-compose.yaml --file e2e/docker-compose.tests.yaml "$@"
}

stand_in=
finish() {
	code=$?
	trap - EXIT
	# Stopped, since Envoy keeps its access log back for some seconds.
	[ $code = 0 ] || { stack stop && stack logs --no-color; }
	stack down --rmi local || code=1
	[ -z "$stand_in" ] || docker rmi "$image" || code=1
	exit $code
}
trap finish EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

if ! docker image inspect "$image" >/dev/null 2>&1 && ! docker pull "$image"; then
	echo "$image cannot be pulled: building a stand-in of the same Envoy"
	tools/envoy-image.sh "$1"
	stand_in=$image
fi

echo "go-httpbin behind Envoy"
export SERVER=httpbin
stack build --quiet
stack run --rm -T ready
stack down

echo "The tests of quickstart"
SERVER=recorder
stack run --rm -T ready
ENVOY_ADDRESS=$(stack port envoy 10000)
UPSTREAM_ADDRESS=$(stack port server 10001)
export ENVOY_ADDRESS UPSTREAM_ADDRESS
go test -C e2e -count=1 ./quickstart
