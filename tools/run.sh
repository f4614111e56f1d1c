#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Starts Envoy with envoy.yaml, but at this port; the server behind it and the
# admin page take two more: run.sh ENVOY PORT
set -euo pipefail
envoy=$1 port=$2
server=$((port + 1)) admin=$((port - 99))

# Envoy itself would share a port with another Envoy and say nothing.
for taken in "$port" "$server" "$admin"; do
	if (: <"/dev/tcp/127.0.0.1/$taken") 2>/dev/null; then
		other=$((port < 50000 ? port + 10000 : port - 10000))
		echo "Port $taken is taken. Take others: make run PORT=$other (and $((other + 1)) for the server, $((other - 99)) for the admin page)" >&2
		exit 1
	fi
done

echo "Send requests to localhost:$port in another terminal. The admin page is at localhost:$admin."
echo "  curl -i -X PATCH localhost:$port/"
echo "  curl localhost:$port/"
# The plugin's own lines, at info, are seen among Envoy's warnings. Its "misc" warns four times that
# allow_custom_methods is work in progress. Hot restart would let only one Envoy run.
configuration=$(sed -e "s/port_value: 10000/port_value: $port/" -e t -e "s/port_value: 10001/port_value: $server/" -e t \
	-e "s/port_value: 9901/port_value: $admin/" envoy.yaml)
exec "$envoy" --config-yaml "$configuration" --disable-hot-restart --concurrency 2 --log-level warning --component-log-level wasm:info,misc:error
