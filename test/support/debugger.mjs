/** A debugger's end of the inspector protocol: enough of a client to see what a debugger sees. */

import { pathToFileURL } from 'node:url';

/**
 * @typedef {object} Script What a debugger is told of one script.
 * @property {string} file Relative to the project.
 * @property {string} source
 * @property {boolean} isModule
 * @property {number} endLine
 */

/**
 * @typedef {object} Pause
 * @property {string} reason
 * @property {string[]} frames Function and place of the app's own frames.
 * @property {string} local What `local` is worth there.
 */

/**
 * Attaches to a process that waits for a debugger, lets it run, and stops at one line of one file each
 * time it comes by.
 *
 * @param {string} address The `ws:` URL the process has printed.
 * @param {string} project
 * @param {{ file: string, line: number, local: string }} breakpoint The line counts from 0.
 * @returns {Promise<{ scripts: Script[], pauses: Pause[] }>} When the process has gone.
 */
export async function attach(address, project, breakpoint) {
  const prefix = `${pathToFileURL(project).href}/`;
  const isOfApp = (/** @type {string} */ url) =>
    url.startsWith(prefix) && !url.includes('/node_modules/');
  const socket = new WebSocket(address);
  /** @type {Map<number, (message: any) => void>} */
  const answers = new Map();
  /** @type {Promise<void>[]} */
  const working = [];
  /** @type {Script[]} */
  const scripts = [];
  /** @type {Map<string, string>} */
  const files = new Map();
  /** @type {Pause[]} */
  const pauses = [];
  let sent = 0;
  const post = (/** @type {string} */ method, /** @type {object} */ params = {}) =>
    new Promise((resolve, reject) => {
      const id = (sent += 1);
      answers.set(id, ({ error, result }) => {
        if (error) reject(new Error(`${method}: ${error.message}`));
        else resolve(result);
      });
      socket.send(JSON.stringify({ id, method, params }));
    });

  const onParsed = async (/** @type {any} */ { scriptId, url, isModule, endLine }) => {
    if (!isOfApp(url)) return;
    const file = url.slice(prefix.length);
    files.set(scriptId, file);
    const { scriptSource } = await post('Debugger.getScriptSource', { scriptId });
    scripts.push({ file, source: scriptSource, isModule: Boolean(isModule), endLine });
  };

  const onPaused = async (/** @type {any} */ { reason, callFrames }) => {
    const frames = callFrames.flatMap((/** @type {any} */ { functionName, location }) => {
      const file = files.get(location.scriptId);
      return file
        ? [`${functionName} ${file}:${location.lineNumber}:${location.columnNumber}`]
        : [];
    });
    const [{ callFrameId }] = callFrames;
    const { result } = await post('Debugger.evaluateOnCallFrame', {
      callFrameId,
      expression: `typeof ${breakpoint.local} + ' ' + ${breakpoint.local}`,
    });
    pauses.push({ reason, frames, local: String(result.value ?? result.className) });
    await post('Debugger.resume');
  };

  socket.addEventListener('message', ({ data }) => {
    const message = JSON.parse(String(data));
    if (message.id !== undefined) {
      answers.get(message.id)?.(message);
      answers.delete(message.id);
    } else if (message.method === 'Debugger.scriptParsed') {
      working.push(onParsed(message.params));
    } else if (message.method === 'Debugger.paused') {
      working.push(onPaused(message.params));
    } else if (message.method === 'Runtime.executionContextDestroyed') {
      // The app has ended and waits for the debugger to go.
      void Promise.allSettled(working).then(() => socket.close());
    }
  });
  const closed = new Promise((resolve) => socket.addEventListener('close', resolve));
  await new Promise((resolve, reject) => {
    socket.addEventListener('open', resolve);
    socket.addEventListener('error', () => reject(new Error(`cannot connect to ${address}`)));
  });
  await post('Runtime.enable');
  await post('Debugger.enable');
  await post('Debugger.setBreakpointByUrl', {
    url: prefix + breakpoint.file,
    lineNumber: breakpoint.line,
  });
  await post('Runtime.runIfWaitingForDebugger');
  await closed;
  await Promise.all(working);
  return { scripts: inOrder(scripts), pauses };
}

/** @param {Script[]} scripts */
function inOrder(scripts) {
  const key = (/** @type {Script} */ { file, source }) => `${file}\n${source}`;
  return scripts.sort((left, right) => (key(left) < key(right) ? -1 : 1));
}
