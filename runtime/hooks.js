'use strict';
// Runs a pack without a flag: the native loader links and evaluates, and is told where specifiers
// lead and what ES modules say. Everything else (CommonJS, JSON, builtins, what the pack does not
// know) takes the native path, so every behaviour is the runtime's own.

const { useCompileCache } = require('./compile-cache.js');
const { isDiskOurs, registerOwnHooks } = require('./disguise.js');
const { ATTRIBUTES, EdgeFinder, FORMAT, TRAIT, attributesOf } = require('./tables.js');
const { mark } = require('./timeline.js');

/**
 * @param {import('./types.d.ts').Session} session
 * @param {import('./types.d.ts').Tables} tables
 * @returns {import('./run.js').Run}
 */
function answer(session, tables) {
  const { urls } = tables;
  const indices = new Map(urls.map((url, index) => [url, index]));
  const edges = new EdgeFinder(tables, session.specifiers());

  /** @param {number} index */
  const isOurs = (index) =>
    tables.formats[index] === FORMAT.module && !(tables.traits[index] & TRAIT.formatDetected);

  /** What was looked at since the start; the app may have written to any of it. */
  const isCurrentByIndex = new Map();

  /** @param {number} index of an ES module that is ours to answer for */
  function isCurrent(index) {
    if (!isOurs(index)) return false;
    let known = isCurrentByIndex.get(index);
    if (known === undefined) {
      known = session.isCurrent(index);
      isCurrentByIndex.set(index, known);
    }
    return known;
  }

  let isAside = false;
  const isWarm = useCompileCache(session);
  registerOwnHooks({
    load(url, context, nextLoad) {
      const index = indices.get(url);
      const isWanted = index !== undefined && context.format === 'module' && isCurrent(index);
      // What attributes are allowed is for the runtime to say.
      if (
        isWanted &&
        !isAside &&
        isDiskOurs() &&
        attributesOf(context.importAttributes) === ATTRIBUTES.none
      ) {
        try {
          return { format: 'module', source: session.source(index), shortCircuit: true };
        } catch (error) {
          // Damaged: the disk has the same text, its guard has just said so.
          mark('miss', String(error));
          session.discard();
        }
      }
      const loaded = nextLoad(url, context);
      // The engine keeps each, and no later run asks for it again: it is made anew by every run.
      if (loaded?.format === 'module' && hasQuery(url)) {
        const { source } = loaded;
        const length = typeof source === 'string' ? source.length : source?.byteLength;
        session.expectInCompileCache(length ?? 0);
      }
      return loaded;
    },
  });
  mark('stage', `${isWarm ? 'warm' : 'linked'} mode hooks`);

  return {
    standAside() {
      isAside = true;
    },
    resolve(specifier, context, nextResolve) {
      if (isAside) return nextResolve(specifier, context);
      const { parentURL } = context;
      if (parentURL === undefined) {
        const isEntry = specifier === urls[tables.entry] && isCurrent(tables.entry);
        return isEntry ? resolved(specifier) : nextResolve(specifier, context);
      }
      const parent = indices.get(parentURL);
      // `createRequire` asks in an ES module's name, by the rules of `require`.
      if (parent !== undefined && context.conditions.includes('import')) {
        const target = edges.find(parent, specifier, context.importAttributes);
        if (target !== undefined && isCurrent(target)) return resolved(urls[target]);
      }
      return nextResolve(specifier, context);
    },
  };
}

/** @param {string} url */
function hasQuery(url) {
  return url.includes('?') || url.includes('#');
}

/** @param {string} url */
function resolved(url) {
  return { url, format: 'module', shortCircuit: true };
}

module.exports = { answer };
