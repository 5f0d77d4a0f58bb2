/**
 * A `ModuleBytecodeCache` in a process of its own: as another user, under limits, on a disk that is
 * taken away. An answer that does not come within a minute is a hang, and fails the test.
 */

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { testedNode } from './run.mjs';

const child = fileURLToPath(new URL('./store-child.mjs', import.meta.url));
const TIMEOUT_MS = 60_000;

/**
 * @typedef {object} StoreProcessOptions
 * @property {import('../../index.js').CacheOptions} [cache]
 * @property {string} [word] What is in the records that are saved, and what is right to load.
 * @property {number} [length] Of each record's bytecode.
 * @property {string} [node]
 * @property {Record<string, string>} [env] All of the environment, except `PATH`.
 * @property {number} [user] Group and user id to run as.
 * @property {string[]} [through] A command that starts the process: `['sh', '-c', '... exec "$@"', 'sh']`.
 */

/**
 * @typedef {object} Answer
 * @property {any} value
 * @property {import('../../index.js').CacheReason | null} reason
 */

export class StoreProcess {
  /** @type {((line: string | null) => void)[]} */
  #waiting = [];
  #stderr = '';

  /** @param {StoreProcessOptions} options */
  constructor(options) {
    const { cache = {}, word = 'right', length, user, env = {}, through = [] } = options;
    const words = [
      ...through,
      options.node ?? testedNode,
      child,
      JSON.stringify({ ...cache, word, length }),
    ];
    this.process = spawn(/** @type {string} */ (words[0]), words.slice(1), {
      cwd: '/',
      env: { PATH: process.env.PATH, ...env },
      ...(user === undefined ? {} : { uid: user, gid: user }),
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    this.process.stdin?.on('error', () => {}); // It may be gone; then there is no answer either.
    this.process.stderr?.setEncoding('utf8').on('data', (text) => (this.#stderr += text));
    createInterface({ input: /** @type {import('node:stream').Readable} */ (this.process.stdout) })
      .on('line', (line) => this.#waiting.shift()?.(line))
      .on('close', () => this.#waiting.splice(0).forEach((answer) => answer(null)));
  }

  /**
   * @param {string} what
   * @param {object} [details]
   * @returns {Promise<Answer>}
   */
  async ask(what, details = {}) {
    const line = await new Promise((resolve, reject) => {
      const late = () => {
        this.process.kill('SIGKILL');
        reject(new Error(`${what}: no answer within ${TIMEOUT_MS} ms`));
      };
      const timer = setTimeout(late, TIMEOUT_MS);
      this.#waiting.push((answer) => {
        clearTimeout(timer);
        resolve(answer);
      });
      this.process.stdin?.write(`${JSON.stringify({ do: what, ...details })}\n`);
    });
    assert.notEqual(line, null, `${what}: the process is gone\n${this.#stderr}`);
    const answer = JSON.parse(line);
    assert.equal(answer.threw, undefined, `${what} threw ${answer.threw}`);
    return answer;
  }

  /** @param {number} [number] */
  async save(number = 1) {
    return this.ask('save', { number });
  }

  /** @param {number} [number] */
  async load(number = 1) {
    const answer = await this.ask('load', { number });
    assert.notEqual(answer.value, 'wrong', `record ${number} is not what was saved for it`);
    return answer;
  }

  /** @param {number} [number] */
  async assertSaves(number = 1) {
    const { value, reason } = await this.save(number);
    assert.ok(value, `record ${number} is not kept: ${reason?.code} ${reason?.message}`);
  }

  /** @param {number} [number] */
  async assertLoads(number = 1) {
    const { value, reason } = await this.load(number);
    assert.equal(value, 'right', `record ${number}: ${reason?.code} ${reason?.message}`);
  }

  /**
   * @param {string} code Of the reason.
   * @param {number} [number]
   */
  async assertMisses(code, number = 1) {
    const { value, reason } = await this.load(number);
    assert.equal(value, null, `record ${number} was loaded`);
    assert.equal(reason?.code, code, reason?.message ?? 'no reason');
  }

  /**
   * @param {string} code Of the reason.
   * @param {number} [number]
   */
  async assertRefuses(code, number = 1) {
    const { value, reason } = await this.save(number);
    assert.equal(value, false, `record ${number} was kept`);
    assert.equal(reason?.code, code, reason?.message ?? 'no reason');
  }

  /** Ends it as a process ends by itself. */
  async end() {
    if (this.process.exitCode !== null || this.process.signalCode !== null) return;
    const closed = new Promise((resolve) => this.process.on('close', resolve));
    this.process.stdin?.end();
    await closed;
  }
}

/**
 * One that ends with the test.
 *
 * @param {import('node:test').TestContext} test
 * @param {StoreProcessOptions} options
 */
export function storeProcess(test, options) {
  const made = new StoreProcess(options);
  test.after(() => made.process.kill('SIGKILL'));
  return made;
}
