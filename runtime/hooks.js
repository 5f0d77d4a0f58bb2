'use strict';
// Runs a pack without a flag: the native loader links and evaluates, and is told where specifiers
// lead and what ES modules say. Everything else (CommonJS, JSON, builtins, what the pack does not
// know) takes the native path, so every behaviour is the runtime's own.

const { useCompileCache } = require('./compile-cache.js');
const { isDiskOurs, registerOwnHooks } = require('./disguise.js');
const features = require('./features.js');
const {
  ATTRIBUTES,
  EdgeFinder,
  FORMAT,
  TRAIT,
  attributesOf,
  formatOf,
  isModuleFormat,
} = require('./tables.js');
const { SafeSet, has, indexOf, isPart, isStart, join, matches } = require('./safe.js');
const { mark } = require('./timeline.js');

/**
 * @param {import('./types.d.ts').Session} session
 * @param {import('./types.d.ts').Tables} tables
 * @param {import('./run.js').Start} start
 * @returns {import('./run.js').Run}
 */
function answer(session, tables, { mapsPackages }) {
  const { urls } = tables;
  const indices = indexOf(urls);
  const edges = new EdgeFinder(tables, session.specifiers());

  /** @param {number} index */
  const isOurs = (index) =>
    tables.formats[index] === FORMAT.module && !(tables.traits[index] & TRAIT.formatDetected);

  /** @param {number} index */
  const resolved = (index) => ({
    url: urls[index],
    format: formatOf(tables, index),
    shortCircuit: true,
  });

  /** The row that has just been looked at, because it is asked where it is: it is loaded at once. */
  let current = -1;

  /**
   * Whether a module is ours to answer for: the app may have written to it since the start.
   *
   * @param {number} index
   */
  function isCurrent(index) {
    if (!isOurs(index)) return false;
    if (isLoaded[index] || current === index) return true;
    if (!session.isCurrent(index)) return false;
    current = index;
    return true;
  }

  const texts = session.frozen ? new (require('./texts.js').Texts)(session, tables) : undefined;
  let isAside = false;
  /** @type {import('./disguise.js').ForeignHooks | undefined} of others, which ask us */
  let foreign;
  const isWarm = useCompileCache(session, tables);
  /** What was loaded, by row; what is not may be asked for when the app has changed its files. */
  const isLoaded = new Uint8Array(urls.length);
  /** What else was loaded. */
  const others = new SafeSet();
  /** What was resolved and will be loaded, by row, and how much that is. */
  const isExpected = new Uint8Array(urls.length);
  let expected = 0;
  const hooks = {
    /** @type {import('./run.js').LoadHook} */
    load(url, context, nextLoad) {
      const index = indices.get(url);
      const isWanted =
        index !== undefined &&
        context.format === formatOf(tables, index) &&
        // Where TypeScript is required the runtime has another text of it.
        (context.format === 'module' || has(context.conditions, 'import')) &&
        isCurrent(index);
      if (index === undefined) others.add(url);
      else {
        isLoaded[index] = 1;
        if (isExpected[index]) expected--;
        isExpected[index] = 0;
      }
      current = -1;
      // What attributes are allowed is for the runtime to say.
      if (
        isWanted &&
        !isAside &&
        // They get what the runtime gives: the file's own bytes.
        !foreign?.haveLoad &&
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
      const text = isAside || foreign?.haveLoad ? undefined : texts?.load(url, context);
      if (text) return text;
      const loaded = foreign?.haveLoad ? nextLoad(url, context) : loadAny(url, context, nextLoad);
      // The engine keeps each, and no later run asks for it again: it is made anew by every run.
      if (isModuleFormat(loaded?.format) && hasQuery(url)) {
        const { source } = loaded;
        const length = typeof source === 'string' ? source.length : source?.byteLength;
        session.expectInCompileCache(length ?? 0);
      }
      return loaded;
    },
  };
  /** @type {ReturnType<typeof registerOwnHooks> | undefined} */
  let loadHook = registerOwnHooks(hooks);

  /**
   * Whether what an `import()` leads to, and all it imports, is still where it was at the start.
   *
   * @param {number} target
   */
  function isInPlace(target) {
    // The runtime remembers how it came to what it has.
    if (isLoaded[target] || session.isLayoutCurrent()) return true;
    mark('stand-aside', 'BMES_GUARD_CHANGED files were added, moved or removed since the start');
    isAside = true;
    return false;
  }

  const packed = join(tables.conditions, ',');

  /**
   * Whether the rules are those of an `import`, and the ones the pack was made by: hooks of others may ask
   * by other ones.
   *
   * @param {string[]} conditions
   */
  function isAsPacked(conditions) {
    return foreign ? join(conditions, ',') === packed : has(conditions, 'import');
  }

  /**
   * Node explains a missing export by resolving that import once more and loading what it leads to in a
   * way in which it cannot ask a load hook; it would give up a microtask earlier, or without having seen
   * that it is CommonJS. So there is none where something is asked for that is there, and nothing else
   * is about to be loaded. From Node 24 on only CommonJS is explained so.
   *
   * @param {number | undefined} target
   * @param {string} url
   * @param {boolean} isCommonJS
   */
  function expectLoad(target, url, isCommonJS) {
    const isThere = target === undefined ? others.has(url) : isLoaded[target] === 1;
    if (isThere && expected === 0 && (isCommonJS || !features.linksDepthFirst)) {
      loadHook?.deregister();
      loadHook = undefined;
    } else if (!isThere && target !== undefined && !isExpected[target]) {
      isExpected[target] = 1;
      expected++;
    }
  }

  /**
   * Notes what was not answered from the pack: what it imports is answered from there.
   *
   * @param {{ url: string, format?: string }} result of the runtime, called where no frame of ours is added
   */
  function native(result) {
    const target = indices.get(result.url);
    expectLoad(target, result.url, result.format === 'commonjs');
    if (!isAside && target !== undefined && isOurs(target) && !isLoaded[target]) isInPlace(target);
    return result;
  }

  mark('stage', `${isWarm ? 'warm' : 'linked'} mode hooks`);

  return {
    onForeignHooks(hooksOfOthers) {
      foreign = hooksOfOthers;
      if (foreign.areAsync) isAside = true;
    },
    resolve(specifier, context, nextResolve) {
      loadHook ??= registerOwnHooks(hooks);
      current = -1;
      const { parentURL } = context;
      if (isAside) return native(nextResolve(specifier, context));
      if (parentURL === undefined) {
        const isEntry = specifier === urls[tables.entry] && isCurrent(tables.entry);
        return isEntry ? resolved(tables.entry) : nextResolve(specifier, context);
      }
      const parent = indices.get(parentURL);
      // `createRequire` asks in an ES module's name, by the rules of `require`.
      // The core knows nothing of package maps; the runtime also warns of them when it asks one first.
      const isMapped = mapsPackages && !matches(IS_PATH, specifier);
      if (parent !== undefined && !isMapped && isAsPacked(context.conditions)) {
        const edge = edges.find(parent, specifier, context.importAttributes);
        const target = edge === undefined ? -1 : tables.targets[edge];
        if (edge !== undefined && isCurrent(target)) {
          if (!edges.isDynamic(parent, edge) || isInPlace(target)) {
            expectLoad(target, urls[target], false);
            return resolved(target);
          }
        }
      }
      return native(nextResolve(specifier, context));
    },
  };
}

/**
 * The runtime has `null` for a format of data that it does not know, and then says so itself; from a hook, its
 * own last one included, it takes only strings. The empty one is as unknown to it, and has it name the type of
 * the data; where they have none it prints the `null`.
 *
 * @type {import('./run.js').LoadHook}
 */
function loadAny(url, context, nextLoad) {
  try {
    return nextLoad(url, context);
  } catch (error) {
    const isOfData = isStart(url, 'data:') && typeof context.format !== 'string';
    if (!isOfData || codeOf(error) !== 'ERR_INVALID_RETURN_PROPERTY_VALUE') throw error;
    return { format: matches(HAS_TYPE, url) ? '' : 'null', source: '' };
  }
}

/** @param {any} error */
const codeOf = (error) => error?.code;

const HAS_TYPE = /^data:[^/]+\/[^;,]+/;

/** What no package has a say in. */
const IS_PATH = /^(\.{0,2}\/|file:)/;

/** @param {string} url */
function hasQuery(url) {
  return isPart(url, '?') || isPart(url, '#');
}

module.exports = { answer };
