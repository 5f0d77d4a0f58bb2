// An account of a start: every moment is somebody's, and it is the right one's. Observations are made up here.

import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { describe, test } from 'node:test';

const require = createRequire(import.meta.url);
/** @type {typeof import('../../report/account.js')} */
const { OTHERS, PHASES, account } = require('../../report/account.js');

const OWN = 'file:///package/';

/** @typedef {import('../../report/observe.js').Step} Step */

/**
 * A profile of stacks, innermost frame last, each for one millisecond, from `from` on.
 *
 * @param {number} from
 * @param {[name: string, url: string, line?: number][][]} stacks
 */
function profileOf(from, stacks) {
  const root = frame(1, '(root)', '');
  const nodes = [root];
  const samples = stacks.map((stack) => {
    let parent = root;
    for (const [name, url, line = 0] of stack) {
      const made = frame(nodes.length + 1, name, url, line);
      parent.children.push(made.id);
      nodes.push(made);
      parent = made;
    }
    return parent.id;
  });
  const timeDeltas = stacks.map((_, at) => (at === 0 ? 0 : 1000));
  return { nodes, samples, timeDeltas, startTime: from * 1000 };
}

/**
 * @param {number} id
 * @param {string} functionName
 * @param {string} url
 * @param {number} [lineNumber]
 */
function frame(id, functionName, url, lineNumber = 0) {
  const callFrame = { functionName, url, lineNumber, columnNumber: 0 };
  return { id, callFrame, children: /** @type {number[]} */ ([]) };
}

/**
 * @param {Step[]} steps
 * @param {ReturnType<typeof profileOf>} profile
 * @param {number} started
 * @returns {import('../../report/observe.js').Observation}
 */
function observation(steps, profile, started) {
  return {
    mode: 'full',
    began: 20,
    ready: 25,
    started,
    ended: started,
    isWaiting: false,
    exitCode: 0,
    steps,
    required: [],
    profile,
    profileZero: 0,
  };
}

/** @param {import('../../report/account.js').Account} of */
function sum({ modules, others }) {
  let all = 0;
  for (const times of modules.values()) for (const phase of PHASES) all += times[phase];
  for (const name of OTHERS) all += others[name];
  return all;
}

const A = 'file:///app/a.js';
const B = 'file:///app/b.js';

/** @type {[string, string][]} */
const TOP_OF_A = [['', A]];

describe('an account', () => {
  test('gives what the loader did to the module it did it for', () => {
    /** @type {Step[]} */
    const steps = [
      ['make', 25, 35, A, ''],
      ['resolve', 26, 28, A, ''],
      ['compile', 28, 34, A, ''],
      ['read', 29, 31, A, ''],
    ];
    const idle = profileOf(25, [[['(program)', '']]]);
    const found = account(observation(steps, idle, 35), OWN);
    assert.deepEqual(found.modules.get(A), {
      resolve: 2,
      read: 2,
      compile: 4,
      link: 2,
      evaluate: 0,
    });
    assert.equal(found.start, 30);
    assert.equal(sum(found), 30);
    assert.equal(found.others.runtime, 20);
  });

  test('gives what runs in a module, functions of others included, to that module', () => {
    const profile = profileOf(25, [
      [...TOP_OF_A],
      [...TOP_OF_A, ['helper', B, 3]],
      [...TOP_OF_A, ['helper', B, 3], ['(garbage collector)', '']],
      [['', B]],
      [['later', A, 9]],
      [['(idle)', '']],
    ]);
    const found = account(observation([['evaluate', 25, 29, A, '']], profile, 31), OWN);
    assert.equal(found.modules.get(A)?.evaluate, 3);
    assert.equal(found.modules.get(B)?.evaluate, 1);
    assert.deepEqual([found.others.work, found.others.waiting], [1, 1]);
    assert.equal(sum(found), found.start);
  });

  test('divides what require() does by what the loader is at', () => {
    const loader = 'node:internal/modules/cjs/loader';
    const profile = profileOf(25, [
      [...TOP_OF_A, ['Module._load', loader], ['Module._findPath', loader], ['stat', '']],
      [...TOP_OF_A, ['Module._load', loader], ['readFileSync', 'node:fs'], ['open', '']],
      [...TOP_OF_A, ['Module._load', loader], ['wrapSafe', loader]],
      [...TOP_OF_A, ['Module._load', loader], ['', '/app/b.js']],
      [...TOP_OF_A],
    ]);
    /** @type {Step[]} */
    const steps = [
      ['evaluate', 25, 30, A, ''],
      ['require', 25, 29, '/app/b.js', '/app/a.js'],
    ];
    const found = account(observation(steps, profile, 30), OWN);
    const times = found.modules.get(B);
    assert.deepEqual([times?.resolve, times?.compile, times?.evaluate], [1, 1, 1]);
    assert.equal(found.modules.get(A)?.evaluate, 1);
    assert.equal(sum(found), found.start);
  });

  test('tells the work of the cache from that of the loader it has asked', () => {
    const ours = 'node:internal/bmes/hooks';
    const loader = 'node:internal/modules/esm/loader';
    const profile = profileOf(25, [
      [
        ['resolveSync', loader],
        ['resolve', ours],
      ],
      [
        ['resolveSync', loader],
        ['resolve', ours],
        ['defaultResolve', loader],
      ],
      [['source', `${OWN}runtime/run.js`]],
    ]);
    /** @type {Step[]} */
    const steps = [
      ['resolve', 25, 27, A, ''],
      ['source', 28, 29, B, ''],
      ['link', 31, 32, B, ''],
    ];
    const found = account(observation(steps, profile, 32), OWN);
    assert.equal(found.others.cache, 2);
    assert.equal(found.modules.get(A)?.resolve, 1);
    // What comes from a pack is made until the next thing happens.
    assert.deepEqual(found.modules.get(B), {
      resolve: 0,
      read: 1,
      compile: 2,
      link: 1,
      evaluate: 0,
    });
    assert.equal(sum(found), found.start);
  });
});
