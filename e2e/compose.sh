#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Builds the images of docker-compose.yaml with each of Docker's builders, starts it
# and runs quickstart against it: compose.sh TINYGO_VERSION ENVOY_VERSION
set -eu

if docker compose version >/dev/null 2>&1; then
	compose='docker compose'
else
	compose=docker-compose
fi
stack() {
	$compose --project-name notimplemented-e2e \
		--file e2e/docker-compose.yaml --file e2e/docker-compose.tests.yaml "$@"
}

export SERVER=httpbin NETWORK=default COMPOSE_DOCKER_CLI_BUILD=1
stand_ins=
finish() {
	code=$?
	trap - EXIT
	# Stopped, since Envoy keeps its access log back for some seconds.
	[ $code = 0 ] || { stack stop && stack logs --no-color; }
	stack down --rmi local || code=1
	# shellcheck disable=SC2086 # one word an image
	[ -z "$stand_ins" ] || docker rmi $stand_ins || code=1
	exit $code
}
trap finish EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

for image in "tinygo/tinygo:$1" "envoyproxy/envoy:v$2"; do
	if ! docker image inspect "$image" >/dev/null 2>&1 && ! docker pull "$image"; then
		echo "$image cannot be pulled: building a stand-in"
		name=${image%/*}
		"tools/${name%proxy}-image.sh" "${image##*[:v]}"
		stand_ins="$stand_ins $image"
		[ "$name" != tinygo ] || NETWORK=none
	fi
done

# What make leaves there must not get in the way.
mkdir -p build
touch build/server
for DOCKER_BUILDKIT in 0 1; do
	export DOCKER_BUILDKIT
	echo "Building with DOCKER_BUILDKIT=$DOCKER_BUILDKIT"
	stack build --quiet
done

echo "go-httpbin behind Envoy"
stack run --rm -T ready
stack down

echo "The tests of quickstart"
SERVER=recorder
stack run --rm -T ready
ENVOY_ADDRESS=$(stack port envoy 10000)
UPSTREAM_ADDRESS=$(stack port server 10001)
export ENVOY_ADDRESS UPSTREAM_ADDRESS
go test -C e2e -count=1 ./quickstart
