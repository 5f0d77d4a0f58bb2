'use strict';

// `--experimental-vm-modules` cannot be switched on in a running process, but a worker can be
// started with it, and V8 gives the same bytecode on any thread. Starting one costs 17-40 ms, once,
// at the first call. The API is synchronous, so this thread sleeps until the worker has answered.
// The worker is unreferenced: it ends with the process and never keeps it alive.

const path = require('node:path');
const { MessageChannel, Worker, receiveMessageOnPort } = require('node:worker_threads');

/** How long an answer may take. A worker that ran out of memory never gives one. */
const PATIENCE_MS = 60_000;

/** @typedef {{ port: import('node:worker_threads').MessagePort, answered: Int32Array<SharedArrayBuffer> }} Connection */

/** @type {Connection | undefined} */
let connection;

/** Set when a worker cannot be had, for example under `--permission`: no second attempt. */
let unavailable = false;

/** @returns {Connection} */
function connect() {
  const { port1: port, port2: workerPort } = new MessageChannel();
  const answered = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
  const worker = new Worker(path.join(__dirname, 'worker-thread.js'), {
    name: 'bmes-bytecode',
    workerData: { port: workerPort, answered },
    transferList: [workerPort],
    execArgv: ['--experimental-vm-modules'],
    env: {}, // without NODE_OPTIONS, whose preloads are for the application
    stdout: true,
    stderr: true,
  });
  worker.unref();
  worker.on('error', () => {}); // it shows as an answer that does not come
  worker.on('exit', () => {
    connection = undefined;
  });
  port.unref();
  return { port, answered };
}

/**
 * @param {Connection} to
 * @param {{ sourceURL: string, source: string }} request
 * @returns {{ bytecode: Uint8Array, requests?: number } | null | undefined} `undefined` if there was
 *   no answer
 */
function ask({ port, answered }, request) {
  Atomics.store(answered, 0, 0);
  port.postMessage(request);
  Atomics.wait(answered, 0, 0, PATIENCE_MS);
  return receiveMessageOnPort(port)?.message.compiled;
}

/** @type {import('./index.js').Compile} */
function compile(sourceURL, source) {
  let compiled;
  if (!unavailable) {
    try {
      connection ??= connect();
      compiled = ask(connection, { sourceURL, source });
    } catch {
      compiled = undefined;
    }
    unavailable = compiled === undefined;
  }
  if (compiled === undefined) return require('./none.js').compile(sourceURL, source);
  if (compiled === null) return null;
  const { buffer, byteOffset, byteLength } = compiled.bytecode;
  return { ...compiled, bytecode: Buffer.from(buffer, byteOffset, byteLength) };
}

module.exports = { compile };
