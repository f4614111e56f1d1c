#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Runs a command with a Docker daemon; where none runs, with one that is started for
# that time: with-docker.sh COMMAND ARGUMENT...
set -eu

if docker info >/dev/null 2>&1; then
	exec "$@"
fi

folder=$(mktemp -d)
export DOCKER_HOST="unix://$folder/socket"
# In a folder of its own, so that no image stays behind; Compose makes the networks.
dockerd --host "$DOCKER_HOST" --data-root "$folder/data" --exec-root "$folder/exec" \
	--pidfile "$folder/pid" --bridge none >"$folder/log" 2>&1 &
daemon=$!
trap 'kill "$daemon" 2>/dev/null || true; wait "$daemon" || true; rm -rf "$folder"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# The client of the same package: one of another may need a plugin for BuildKit.
mkdir "$folder/bin"
ln -s /usr/bin/docker "$folder/bin/docker"
export PATH="$folder/bin:$PATH"

tries=600
until docker info >/dev/null 2>&1; do
	tries=$((tries - 1))
	if [ $tries = 0 ] || ! kill -0 "$daemon" 2>/dev/null; then
		cat "$folder/log" >&2
		echo "No Docker daemon runs here, and none could be started, see above." >&2
		exit 1
	fi
	sleep 0.1
done
"$@"
