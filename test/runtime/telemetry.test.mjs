// Tools that watch an app through module hooks: they must see, and change, exactly what they would
// without us.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { appsProject } from '../support/apps-project.mjs';
import { assertSameAnswerThroughLife } from '../support/compare.mjs';
import { modes } from '../support/run.mjs';

/**
 * What each installs, as a module that is preloaded or that the app imports first. Synchronous hooks that
 * come after ours ask us, and what they get is the pack's answer.
 *
 * @type {Record<string, { asks?: boolean, code: string }>}
 */
const INSTALLERS = {
  'import-in-the-middle through module.register': {
    code: `
    import { register } from 'node:module';
    import { Hook } from 'import-in-the-middle';
    register('import-in-the-middle/hook.mjs', import.meta.url);
    new Hook((exported, name, baseDir) => {
      if (!/^(fs|node:fs)$|project/.test(name)) return;
      globalThis.hooked.push(name.replace(/^.*project/, ''));
      if ('greeting' in exported) exported.greeting = 'patched greeting';
    });`,
  },
  'import-in-the-middle through module.registerHooks': {
    asks: true,
    code: `
    import { register } from 'import-in-the-middle/register-hooks.mjs';
    import { Hook } from 'import-in-the-middle';
    register();
    new Hook((exported, name, baseDir) => {
      if (!/^(fs|node:fs)$|project/.test(name)) return;
      globalThis.hooked.push(name.replace(/^.*project/, ''));
      if ('greeting' in exported) exported.greeting = 'patched greeting';
    });`,
  },
  '@opentelemetry/instrumentation': {
    code: `
    import { register } from 'node:module';
    import otel from '@opentelemetry/instrumentation';
    import sdk from '@opentelemetry/sdk-trace-base';
    register('@opentelemetry/instrumentation/hook.mjs', import.meta.url);
    const exporter = new sdk.InMemorySpanExporter();
    const provider = new sdk.BasicTracerProvider({
      spanProcessors: [new sdk.SimpleSpanProcessor(exporter)],
    });
    class Marked extends otel.InstrumentationBase {
      constructor() { super('marked-instrumentation', '1.0.0', {}); }
      init() {
        return [new otel.InstrumentationNodeModuleDefinition('marked', ['*'], (exported, version) => {
          globalThis.hooked.push('marked ' + typeof version);
          this._wrap(exported, 'parse', (parse) => (...args) => {
            const span = this.tracer.startSpan('parse');
            try { return parse(...args); } finally { span.end(); }
          });
          return exported;
        })];
      }
    }
    otel.registerInstrumentations({ tracerProvider: provider, instrumentations: [new Marked()] });
    process.on('exit', () => {
      for (const span of exporter.getFinishedSpans()) {
        console.log('span', span.name, span.instrumentationScope.name);
      }
    });`,
  },
  '@opentelemetry/instrumentation through module.registerHooks': {
    asks: true,
    code: `
    import { register } from 'import-in-the-middle/register-hooks.mjs';
    import otel from '@opentelemetry/instrumentation';
    import sdk from '@opentelemetry/sdk-trace-base';
    register();
    const exporter = new sdk.InMemorySpanExporter();
    const provider = new sdk.BasicTracerProvider({
      spanProcessors: [new sdk.SimpleSpanProcessor(exporter)],
    });
    class Marked extends otel.InstrumentationBase {
      constructor() { super('marked-instrumentation', '1.0.0', {}); }
      init() {
        return [new otel.InstrumentationNodeModuleDefinition('marked', ['*'], (exported, version) => {
          globalThis.hooked.push('marked ' + typeof version);
          this._wrap(exported, 'parse', (parse) => (...args) => {
            const span = this.tracer.startSpan('parse');
            try { return parse(...args); } finally { span.end(); }
          });
          return exported;
        })];
      }
    }
    otel.registerInstrumentations({ tracerProvider: provider, instrumentations: [new Marked()] });
    process.on('exit', () => {
      for (const span of exporter.getFinishedSpans()) {
        console.log('span', span.name, span.instrumentationScope.name);
      }
    });`,
  },
  'hooks of the app itself': {
    asks: true,
    code: `
    import { registerHooks } from 'node:module';
    registerHooks({
      resolve(specifier, context, nextResolve) {
        if (specifier === 'virtual:answer') {
          return { url: 'virtual:answer', format: 'module', shortCircuit: true };
        }
        const result = nextResolve(specifier, context);
        if (result.url.includes('/project/')) globalThis.hooked.push('resolve ' + specifier);
        return result;
      },
      load(url, context, nextLoad) {
        if (url === 'virtual:answer') {
          return { format: 'module', source: 'export default 42', shortCircuit: true };
        }
        const result = nextLoad(url, context);
        if (url.endsWith('/greets.mjs')) {
          return { ...result, source: String(result.source).replace('plain', 'rewritten') };
        }
        return result;
      },
    });`,
  },
};

const APP = {
  'package.json': '{ "type": "module" }',
  'hooked.mjs': 'globalThis.hooked = [];',
  'app.mjs': `
    import fs from 'node:fs';
    import { greeting } from './greets.mjs';
    import { value } from './commonjs.cjs';
    import data from './data.json' with { type: 'json' };
    import { parse } from 'marked';
    import './early.mjs';
    console.log(greeting, value, data, typeof fs.readFileSync, parse('*text*'));
    console.log(await import('./later.mjs'), await import('virtual:answer').catch((e) => e.code));
    console.log(import.meta.resolve('marked') === import.meta.resolve('./node_modules/marked/lib/marked.esm.js'));
    console.log(globalThis.hooked);`,
  'greets.mjs': `export let greeting = 'plain greeting';`,
  'early.mjs': `export const early = 1;`,
  'later.mjs': `import { early } from './early.mjs'; export { early }; export let greeting = 'later';`,
  'commonjs.cjs': `exports.value = require('./required.cjs');`,
  'required.cjs': `module.exports = 'required';`,
  'data.json': '{ "data": true }',
};

/** What it prints only where the tool has done its work. */
const PROOF = /patched greeting|rewritten greeting|^span parse/m;

/** Where it is installed, by which door we come, and what a run must then say. */
const PLACES = [
  {
    name: 'preloaded after us',
    entry: 'app.mjs',
    nodeArgs: ['--import', './preload.mjs'],
    byEnvironment: false,
    stages: ['native', 'native', 'native'],
    asked: ['native', 'linked', 'warm'],
  },
  {
    name: 'preloaded before us',
    entry: 'app.mjs',
    env: { NODE_OPTIONS: '--import ./preload.mjs' },
    byEnvironment: true,
    stages: ['native', 'native', 'native'],
  },
  {
    name: 'by the app, which imports the rest later',
    entry: 'late.mjs',
    byEnvironment: true,
    stages: ['native', 'native', 'native'],
  },
  {
    name: 'by the app, in its static graph',
    entry: 'static.mjs',
    byEnvironment: false,
    stages: ['native', 'native', 'native'],
  },
];

/** @param {string} installer */
function filesWith(installer) {
  return {
    ...APP,
    'install.mjs': installer,
    'preload.mjs': `import './hooked.mjs'; await import('./install.mjs');`,
    'late.mjs': `import './hooked.mjs'; await import('./install.mjs'); await import('./app.mjs');`,
    'static.mjs': `import './hooked.mjs'; import './install.mjs'; import './app.mjs';`,
    // The tool is asked for by the environment, after runs that taught the cache an app without it.
    'asked.mjs': `
      import './hooked.mjs';
      import './early.mjs';
      if (process.env.TELEMETRY) await import('./install.mjs');
      await import('./app.mjs');`,
  };
}

for (const mode of modes) {
  describe(`module hooks, ${mode}`, { concurrency: 2 }, () => {
    for (const [name, { asks, code: installer }] of Object.entries(INSTALLERS)) {
      for (const { name: place, entry, nodeArgs, env, byEnvironment, stages, asked } of PLACES) {
        test(`${name}, ${place}`, async (t) => {
          const box = await appsProject(t, filesWith(installer));
          const { native } = await assertSameAnswerThroughLife({
            entry,
            nodeArgs,
            env,
            mode,
            byEnvironment,
            stages: (asks && asked) || stages,
            ranBy: 'hooks',
            cwd: box.project,
            home: box.home,
            cache: box.cache('telemetry'),
          });
          assert.equal(native.exitCode, 0, native.stderr);
          assert.match(native.stdout, /function <p><em>text<\/em><\/p>/);
          if (entry !== 'static.mjs') assert.match(native.stdout, PROOF);
        });
      }

      test(`${name}, in an app that is warm without it`, async (t) => {
        const box = await appsProject(t, filesWith(installer));
        const options = {
          entry: 'asked.mjs',
          mode,
          cwd: box.project,
          home: box.home,
          cache: box.cache('telemetry'),
        };
        await assertSameAnswerThroughLife(options);
        const { native } = await assertSameAnswerThroughLife({
          ...options,
          env: { TELEMETRY: '1' },
          stages: ['warm', 'warm'],
        });
        assert.match(native.stdout, PROOF);
      });
    }
  });
}
