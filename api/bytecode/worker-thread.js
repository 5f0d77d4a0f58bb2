'use strict';

// The other end of worker.js: compiles what it is sent, answers, then wakes the sleeper.

const { workerData } = require('node:worker_threads');

const { compile } = require('./in-process.js');

const { port, answered } = workerData;

port.on('message', (/** @type {{ sourceURL: string, source: string }} */ request) => {
  port.postMessage({ compiled: compile(request.sourceURL, request.source) });
  Atomics.store(answered, 0, 1);
  Atomics.notify(answered, 0);
});
