// SPDX-License-Identifier: Apache-2.0

// Calls Check or Watch of grpc.health.v1.Health with a client of npm, and prints
// what it reports: health.js CLIENT METHOD URL. It is CommonJS, which finds its
// packages through NODE_PATH.
'use strict';

// connect calls through a client of Connect for JavaScript, whose services are descriptors.
async function connect(method, transport) {
  const { fromJson, createFileRegistry } = require('@bufbuild/protobuf');
  const { FileDescriptorProtoSchema } = require('@bufbuild/protobuf/wkt');
  const { createClient, Code } = require('@connectrpc/connect');
  const file = fromJson(FileDescriptorProtoSchema, {
    name: 'health.proto',
    package: 'grpc.health.v1',
    syntax: 'proto3',
    messageType: [
      { name: 'Request' },
      { name: 'Response', field: [{ name: 'status', number: 1, label: 'LABEL_OPTIONAL', type: 'TYPE_INT32' }] },
    ],
    service: [{
      name: 'Health',
      method: ['Check', 'Watch'].map((name) => ({
        name,
        inputType: '.grpc.health.v1.Request',
        outputType: '.grpc.health.v1.Response',
        serverStreaming: name === 'Watch',
      })),
    }],
  });
  const client = createClient(createFileRegistry(file, () => undefined).getService('grpc.health.v1.Health'), transport);
  try {
    if (method === 'Check') return serving(await client.check({}));
    for await (const response of client.watch({})) return serving(response);
  } catch (e) {
    return `${Code[e.code]}: ${e.rawMessage}`;
  }
}

const serving = ({ status }) => (status === 1 ? 'serving' : 'not serving');

// What the clients without descriptors send and receive.
const empty = () => new Uint8Array();
const decode = (bytes) => ({ status: bytes[1], toObject: () => ({}) });

// google calls through the client of Google, which is made for browsers.
function google(method, url, format) {
  globalThis.XMLHttpRequest = require('xhr2');
  const { GrpcWebClientBase, MethodDescriptor, MethodType, StatusCode } = require('grpc-web');
  const client = new GrpcWebClientBase({ format });
  const path = `/grpc.health.v1.Health/${method}`;
  const descriptor = (type) => new MethodDescriptor(path, type, Object, Object, empty, decode);
  return new Promise((done) => {
    const failed = ({ code, message }) =>
      done(`${Object.keys(StatusCode).find((name) => StatusCode[name] === code)}: ${message}`);
    const succeeded = (response) => done(serving(response));
    if (method === 'Check') {
      client.rpcCall(url + path, {}, {}, descriptor(MethodType.UNARY), (e, response) => (e ? failed(e) : succeeded(response)));
    } else {
      client.serverStreaming(url + path, {}, {}, descriptor(MethodType.SERVER_STREAMING)).on('error', failed).on('data', succeeded);
    }
  });
}

// improbable calls through the client of Improbable.
function improbable(method, url) {
  const { grpc } = require('@improbable-eng/grpc-web');
  const { NodeHttpTransport } = require('@improbable-eng/grpc-web-node-http-transport');
  return new Promise((done) => {
    grpc.invoke({
      methodName: method,
      service: { serviceName: 'grpc.health.v1.Health' },
      requestStream: false,
      responseStream: method === 'Watch',
      requestType: Object,
      responseType: { deserializeBinary: decode },
    }, {
      request: { serializeBinary: empty, toObject: () => ({}) },
      host: url,
      transport: NodeHttpTransport(),
      onMessage: (response) => done(serving(response)),
      onEnd: (code, message) => done(`${grpc.Code[code]}: ${message}`),
    });
  });
}

const node = () => require('@connectrpc/connect-node');
const web = () => require('@connectrpc/connect-web');
const clients = {
  'connect-node': (method, baseUrl) => connect(method, node().createConnectTransport({ baseUrl, httpVersion: '1.1' })),
  'connect-node, binary': (method, baseUrl) =>
    connect(method, node().createConnectTransport({ baseUrl, httpVersion: '1.1', useBinaryFormat: true })),
  'connect-node, gRPC': (method, baseUrl) => connect(method, node().createGrpcTransport({ baseUrl })),
  'connect-node, gRPC-Web': (method, baseUrl) => connect(method, node().createGrpcWebTransport({ baseUrl, httpVersion: '1.1' })),
  'connect-web': (method, baseUrl) => connect(method, web().createConnectTransport({ baseUrl })),
  'connect-web, gRPC-Web': (method, baseUrl) => connect(method, web().createGrpcWebTransport({ baseUrl })),
  'grpc-web, text': (method, url) => google(method, url, 'text'),
  'grpc-web, binary': (method, url) => google(method, url, 'binary'),
  '@improbable-eng/grpc-web': improbable,
};

const [client, method, url] = process.argv.slice(2);
clients[client](method, url).then((reported) => {
  console.log(reported);
  process.exit(0); // a Watch does not end by itself
});
