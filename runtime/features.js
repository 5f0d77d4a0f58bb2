'use strict';
// What this runtime has, asked of the runtime itself. The one place that knows about versions.

const Module = require('node:module');
/**
 * In-thread hooks: Node 22.15, 23.5. https://nodejs.org/api/module.html#moduleregisterhooksoptions
 */
const hooks = typeof Module.registerHooks === 'function';

/**
 * Release lines on whose loader the whole test suite has passed (linker/engine.js). Whether this very
 * release has it is found out when it is needed.
 */
const linker = hooks && ['22', '24', '26'].includes(process.versions.node.split('.')[0]);

/** `module.enableCompileCache`: Node 22.1. */
const compileCache = typeof Module.enableCompileCache === 'function';

/**
 * `module.enableCompileCache({ readOnly })`: Node 26. Nothing but its text tells, and it is asked seldom.
 * https://nodejs.org/api/module.html#moduleenablecompilecacheoptions
 */
const readsCompileCacheOnly = () => String(Module.enableCompileCache).includes('readOnly');

/** `require()` of ES modules: Node 22.12, 20.19. */
const requireModule = Boolean(/** @type {any} */ (process.features).require_module);

/**
 * Package imports may start with `#/`: Node 24.14, 25.4. Nothing but the version tells.
 * https://nodejs.org/api/packages.html#subpath-imports
 */
const rootImports = Number.parseInt(process.versions.node, 10) >= 24;

/**
 * The loader loads what a module imports before what is imported after it: Node 24. Before, level by
 * level. Nothing but the version tells.
 */
const linksDepthFirst = Number.parseInt(process.versions.node, 10) >= 24;

/**
 * A main module that is CommonJS and TypeScript is loaded as CommonJS is, also where anything is preloaded by
 * `--import`: Node 24. Before, it gets a `require` that loads ES modules wrongly, and URLs in its stacks.
 * Nothing but the version tells.
 */
const loadsCommonJSTypescript = Number.parseInt(process.versions.node, 10) >= 24;

/**
 * Types are stripped from TypeScript, and nothing else is done with it: Node 22.18, 23.6, and earlier ones with a flag.
 * Whether the loader does it silently, and gives the text of the public function, is found out when it is
 * needed (learn/strip-thread.js).
 */
const stripsTypes = /** @type {any} */ (process.features).typescript === 'strip';

module.exports = {
  compileCache,
  hooks,
  linker,
  linksDepthFirst,
  loadsCommonJSTypescript,
  readsCompileCacheOnly,
  requireModule,
  rootImports,
  stripsTypes,
};
