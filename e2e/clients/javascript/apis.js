// SPDX-License-Identifier: Apache-2.0

// Does with a client of npm what the configuration of its API in docs/formats.md calls
// unimplemented, and prints what the client reports: apis.js CLIENT URL.
'use strict';

const { pathToFileURL } = require('node:url');

async function minio(url) {
  const { Client } = require('minio');
  const { hostname, port } = new URL(url);
  const client = new Client({ endPoint: hostname, port: +port, useSSL: false, accessKey: 'test', secretKey: 'test', region: 'us-east-1' });
  try {
    await client.getObjectTagging('bucket', 'key');
  } catch (e) {
    return `${e.name} ${e.code}: ${e.message}`;
  }
}

async function octokit(url) {
  // It consists of ES modules, which NODE_PATH does not find.
  const load = (name) => import(pathToFileURL(require.resolve(name)));
  const { Octokit } = await load('@octokit/core');
  const { retry } = await load('@octokit/plugin-retry');
  // It waits a few milliseconds between requests, not seconds.
  const client = new (Octokit.plugin(retry))({ baseUrl: url, retry: { retryAfterBaseValue: 1 }, log: { warn() {}, error() {}, info() {}, debug() {} } });
  try {
    await client.request('PATCH /repos/{owner}/{repo}', { owner: 'owner', repo: 'repo' });
  } catch (e) {
    return `${e.name} ${e.status}: ${e.message}`;
  }
}

const clients = { 'minio-js': minio, octokit };

const [client, url] = process.argv.slice(2);
clients[client](url).then(console.log);
