// SPDX-License-Identifier: Apache-2.0

// Uploads a file with the HTTP/2 client of Node.js, and prints what it got: upload.js FILE URL.
'use strict';

const { readFileSync } = require('node:fs');
const { connect } = require('node:http2');

const [file, url] = process.argv.slice(2);
const session = connect(url, { rejectUnauthorized: false });
const request = session.request({ ':method': 'PATCH', ':path': '/' });
let text = '';
request.setEncoding('utf8');
request.on('data', (chunk) => { text += chunk; });
request.on('close', () => {
  console.log(`${text} over HTTP/2`);
  session.close();
});
request.end(readFileSync(file));
