'use strict';
// What the runtime makes of TypeScript.
//
// Whoever makes a pack asks a worker: the public function warns of itself, once a thread, and what an app has
// replaced is not in another one. The core asks for many texts at once and cannot wait for promises, so this
// thread sleeps meanwhile.
//
// A start asks in its own thread for the few files that were written to since: another thread would take
// longer, and a number that the app's own threads have.

const path = require('node:path');

const THREAD = path.join(__dirname, '..', 'learn', 'strip-thread.js');

const { warnLater } = require('./disguise.js');
const { map } = require('./safe.js');

/** How long an answer may take. A worker that ran out of memory never gives one. */
const PATIENCE_MS = 60_000;

/**
 * @typedef {'ts' | 'tsx' | 'jsx'} Extension
 * @typedef {(texts: string[], extensions: Extension[]) => (string | null)[]} Strip null for each that is
 *   refused
 */

/**
 * @template T
 * @param {(strip: Strip) => T} act to be done with it; the worker is started when it is first called
 * @returns {T}
 */
function withStripper(act) {
  /** @type {ReturnType<typeof connect> | undefined} */
  let connection;
  try {
    return act((texts) => ask((connection ??= connect(THREAD)), texts));
  } finally {
    if (connection) disconnect(connection);
  }
}

/**
 * Starts a worker that answers questions about texts.
 *
 * @param {string} file
 * @param {object} [data] more for it to know
 */
function connect(file, data) {
  // Here, since loading it takes a start 2.5 ms.
  const { MessageChannel, Worker, receiveMessageOnPort } = require('node:worker_threads');
  const { port1: port, port2: workerPort } = new MessageChannel();
  const answered = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
  const worker = new Worker(file, {
    name: `bmes-${path.basename(file, '.js')}`,
    workerData: { port: workerPort, answered, ...data },
    transferList: [workerPort],
    execArgv: [],
    env: {}, // without NODE_OPTIONS, whose preloads are for the application
    stdout: true,
    stderr: true,
  });
  worker.unref();
  worker.on('error', () => {}); // it shows as an answer that does not come
  port.unref();
  return { worker, answered, port, receive: () => receiveMessageOnPort(port)?.message };
}

/** @param {ReturnType<typeof connect>} connection */
function disconnect({ port, worker }) {
  worker.terminate();
  port.close();
}

/**
 * @param {ReturnType<typeof connect>} connection
 * @param {unknown} question
 * @returns {any}
 */
function ask({ port, answered, receive }, question) {
  Atomics.store(answered, 0, 0);
  port.postMessage(question);
  Atomics.wait(answered, 0, 0, PATIENCE_MS);
  const answer = receive();
  if (!answer) throw new Error('the worker that is asked about TypeScript has not answered');
  return answer;
}

/**
 * @param {string[]} texts
 * @returns {(string | null)[]} null for each that the runtime refuses
 */
function stripHere(texts) {
  const { stripTypeScriptTypes } = /** @type {any} */ (require('node:module'));
  const { emitWarning } = process;
  /** @type {any[] | undefined} */
  let warning;
  process.emitWarning = (/** @type {any[]} */ ...words) => void (warning ??= words);
  try {
    return map(texts, (text) => {
      try {
        return stripTypeScriptTypes(text);
      } catch {
        return null;
      }
    });
  } finally {
    process.emitWarning = emitWarning;
    if (warning) warnLater('stripTypeScriptTypes', warning);
  }
}

module.exports = { ask, connect, disconnect, stripHere, withStripper };
