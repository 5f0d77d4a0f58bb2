'use strict';
// What each option of the runtime means to us. It is an allowlist: an option that is not here, whatever
// a release brings next, leaves the process to the runtime (`BMES_UNKNOWN_FLAG`).
//
// Names are without `--` and `no-`, with dashes, and in their long form (`ALIASES`). Words of one string
// and not sets: at a start a handful is looked up, and nothing has to be built for that.

/** Neither what a specifier means, nor what a module is, nor what shows of us. */
const HARMLESS = ` allow-addons allow-child-process allow-ffi allow-fs-read allow-fs-vfs allow-fs-write
 allow-inspector allow-net allow-openssl-store allow-wasi allow-worker async-context-frame
 debug-arraybuffer-allocations deprecation diagnostic-dir disable-sigusr1 disable-warning
 disable-wasm-trap-handler dns-result-order enable-fips enable-fips-indicator-events env-file
 env-file-if-exists experimental-async-context-frame experimental-inspector-network-resource
 experimental-network-inspection experimental-repl-await experimental-report
 experimental-storage-inspection experimental-vm-modules experimental-worker
 experimental-worker-inspection extra-info-on-fatal-exception force-async-hooks-checks
 force-context-aware force-fips force-node-api-uncaught-exceptions-policy
 heapsnapshot-near-heap-limit heapsnapshot-signal http-parser icu-data-dir insecure-http-parser
 inspect-port inspect-publish-uid localstorage-file max-http-header-size
 max-old-space-size-percentage napi-modules network-family-autoselection
 network-family-autoselection-attempt-timeout node-memory-debug node-snapshot openssl-config
 openssl-legacy-provider openssl-shared-config pending-deprecation redirect-warnings report-compact
 report-dir report-exclude-env report-exclude-network report-filename report-on-fatalerror
 report-on-signal report-signal report-uncaught-exception secure-heap secure-heap-min
 stack-trace-limit throw-deprecation title tls-cipher-list tls-keylog tls-max-v1.2 tls-max-v1.3
 tls-min-v1.0 tls-min-v1.1 tls-min-v1.2 tls-min-v1.3 trace-atomics-wait trace-deprecation
 trace-event-categories trace-event-file-pattern trace-exit trace-promises trace-require-module
 trace-sigint trace-sync-io trace-tls trace-uncaught trace-warnings track-heap-objects
 unhandled-rejections use-bundled-ca use-env-proxy use-largepages use-openssl-ca use-system-ca
 v8-pool-size verify-base-objects warnings watch-kill-signal watch-preserve-output worker-snapshot
 zero-fill-buffers `;

/**
 * They may lead a specifier elsewhere, decide what a module is, or add modules and globals that an app
 * asks for before it imports: part of an app's key.
 */
const PART_OF_KEY = ` addons conditions disable-proto
 disallow-code-generation-from-strings experimental-abortcontroller
 experimental-addon-modules experimental-config-file experimental-default-config-file
 experimental-detect-module experimental-dtls experimental-eventsource experimental-fetch
 experimental-ffi experimental-global-customevent experimental-global-navigator
 experimental-global-webcrypto experimental-import-meta-resolve experimental-import-text
 experimental-json-modules experimental-modules experimental-package-map
 experimental-print-required-tla experimental-quic experimental-require-module
 experimental-shadow-realm experimental-specifier-resolution experimental-sqlite
 experimental-stream-iter experimental-strip-types experimental-top-level-await
 experimental-transform-types experimental-wasi-unstable-preview1 experimental-wasm-modules
 experimental-web-worker experimental-websocket experimental-webstorage expose-internals
 frozen-intrinsics global-search-paths import preserve-symlinks preserve-symlinks-main require
 require-module security-revert strip-types `;

/** With these the process is not ours to speed up. */
const STAND_ASIDE = [
  {
    code: 'BMES_INSPECTOR',
    detail: 'the inspector is on',
    names: ' inspect inspect-brk inspect-brk-node inspect-wait debug debug-brk ',
  },
  { code: 'BMES_WATCH', detail: 'the runtime watches files itself', names: ' watch watch-path ' },
  { code: 'BMES_SOURCE_MAPS', detail: 'source maps are on', names: ' enable-source-maps ' },
  { code: 'BMES_FOREIGN_HOOKS', detail: 'a loader is installed', names: ' experimental-loader ' },
  {
    code: 'BMES_PERMISSION',
    detail: 'the permission model is on',
    names: ' permission permission-audit ',
  },
  {
    code: 'BMES_NO_ENTRY',
    detail: 'no entry file',
    names: ' eval print check interactive input-type ',
  },
  { code: 'BMES_NO_ENTRY', detail: 'the entry is not a path', names: ' entry-url vfs-load ' },
  {
    code: 'BMES_DEFAULT_TYPE',
    detail: 'formats are decided otherwise',
    names: ' experimental-default-type ',
  },
  {
    code: 'BMES_VIRTUAL_FILES',
    detail: 'files may not be those of the disk',
    names: ' experimental-vfs vfs-mount ',
  },
  {
    code: 'BMES_TOOL',
    detail: '',
    names: ` bench build-sea build-snapshot build-snapshot-config completion-bash cpu-prof cpu-prof-dir
 cpu-prof-interval cpu-prof-name experimental-bench experimental-sea-config
 experimental-test-coverage experimental-test-module-mocks experimental-test-snapshots
 experimental-test-tag-filter heap-prof heap-prof-dir heap-prof-interval heap-prof-name help prof
 prof-process run snapshot-blob test trace-env trace-env-js-stack trace-env-native-stack v8-options
 version `,
  },
];

/** Of the runtime's test runner and benches, which have many. */
const TOOL = /^(test|bench)-/;

/** The engine's own, which change how fast it is and what it reports, and not what a program does. */
const ENGINE =
  /^(abort|allocation|always|baseline|bytecode|compact|compaction|compilation|concurrent|cppgc|cppheap|cpu-profiler|detailed|efficiency|enable-(etw|sse|ssse|avx|popcnt|bmi|lzcnt|fma|lazy-source-positions)|experimental-wasm|expose-gc|feedback|flush|gc|hash-seed|heap|huge|ignition|incremental|initial|inline|interpreted-frames|interrupt-budget|invocation|jit|jitless|lazy|liftoff|lite-mode|log|logfile|maglev|max|memory|min|minor|one-shot|opt|optimize|osr|page|parallel|perf|predictable|print|profile|random-seed|regexp|rehash-snapshot|scavenger|semi|short-builtin-calls|single-threaded|sparkplug|stack-size|stress|track|trace|turbo|turbofan|turbolev|turboshaft|use-ic|use-osr|verify|wasm|zone-stats)(-|$)/;

/** Those of the engine that its compiled code does not depend on. */
const ENGINE_HARMLESS = /^(expose-gc|max|stack|trace)(-|$)/;

/**
 * The engine's own, which change the language. The runtime compiles modules itself then: its loader gives
 * its own errors, and none of our helper modules may be in it.
 */
const LANGUAGE = /^(harmony|js)(-|$)|^(use-strict|allow-natives-syntax)$/;

/** Those whose value may be the next word. All others have it behind `=`. */
const WITH_VALUE = ` allow-fs-read allow-fs-write bench-isolation bench-name-pattern bench-reporter
 bench-reporter-destination bench-samples bench-warmup build-sea build-snapshot-config conditions
 cpu-prof-dir cpu-prof-interval cpu-prof-name diagnostic-dir disable-proto disable-warning
 dns-result-order env-file env-file-if-exists eval experimental-default-type experimental-loader
 experimental-package-map experimental-sea-config experimental-test-tag-filter heap-prof-dir
 heap-prof-interval heap-prof-name heapsnapshot-near-heap-limit heapsnapshot-signal icu-data-dir
 import input-type inspect-port inspect-publish-uid localstorage-file max-http-header-size
 max-old-space-size-percentage network-family-autoselection-attempt-timeout openssl-config
 redirect-warnings report-dir report-filename report-signal require run secure-heap secure-heap-min
 security-revert snapshot-blob stack-trace-limit test-concurrency test-coverage-branches
 test-coverage-exclude test-coverage-functions test-coverage-include test-coverage-lines
 test-global-setup test-isolation test-name-pattern test-random-seed test-reporter
 test-reporter-destination test-rerun-failures test-shard test-skip-pattern test-timeout title
 tls-cipher-list tls-keylog trace-event-categories trace-event-file-pattern trace-require-module
 unhandled-rejections use-largepages v8-pool-size vfs-load vfs-mount watch-kill-signal watch-path `;

/** Each of their values counts; of all others the last. */
const LISTS = ` conditions disable-warning env-file env-file-if-exists import require security-revert `;

/** Other names of the same. */
const ALIASES = new Map([
  ['-C', 'conditions'],
  ['-c', 'check'],
  ['-e', 'eval'],
  ['-h', 'help'],
  ['-i', 'interactive'],
  ['-p', 'print'],
  ['-pe', 'print'],
  ['-r', 'require'],
  ['-v', 'version'],
  ['--debug-port', 'inspect-port'],
  ['--es-module-specifier-resolution', 'experimental-specifier-resolution'],
  ['--enable-network-family-autoselection', 'network-family-autoselection'],
  ['--experimental-default-config-file', 'experimental-config-file'],
  ['--experimental-permission', 'permission'],
  ['--experimental-require-module', 'require-module'],
  ['--experimental-strip-types', 'strip-types'],
  ['--experimental-test-isolation', 'test-isolation'],
  ['--loader', 'experimental-loader'],
  ['--report-directory', 'report-dir'],
  ['--security-reverts', 'security-revert'],
  ['--trace-events-enabled', 'trace-event-categories'],
  ['--webstorage', 'experimental-webstorage'],
]);

/**
 * @typedef {{ meaning: 'harmless' | 'key' | 'language' | 'unknown' }
 *   | { meaning: 'aside', code: string, detail: string }} Meaning
 */

/**
 * @param {string} name as above
 * @returns {Meaning}
 */
function meaningOf(name) {
  if (isIn(HARMLESS, name)) return { meaning: 'harmless' };
  if (isIn(PART_OF_KEY, name)) return { meaning: 'key' };
  for (const { names, code, detail } of STAND_ASIDE) {
    if (isIn(names, name)) return { meaning: 'aside', code, detail: detail || `--${name}` };
  }
  if (TOOL.test(name)) return { meaning: 'aside', code: 'BMES_TOOL', detail: `--${name}` };
  if (LANGUAGE.test(name)) return { meaning: 'language' };
  if (ENGINE_HARMLESS.test(name)) return { meaning: 'harmless' };
  if (ENGINE.test(name)) return { meaning: 'key' };
  return { meaning: 'unknown' };
}

/**
 * A word as an option.
 *
 * @param {string} word
 * @returns {{ name: string, value: string | undefined, isOff: boolean }}
 */
function readOption(word) {
  const isLong = word.startsWith('--');
  const equals = isLong ? word.indexOf('=') : -1;
  const written = (equals < 0 ? word : word.slice(0, equals)).replaceAll('_', '-');
  const value = equals < 0 ? undefined : word.slice(equals + 1);
  const isOff = written.startsWith('--no-');
  const long = isOff ? `--${written.slice('--no-'.length)}` : written;
  const name = ALIASES.get(long) ?? (isLong ? long.slice(2) : word);
  return { name, value, isOff };
}

/** @param {string} name */
function takesValue(name) {
  return isIn(WITH_VALUE, name);
}

/** @param {string} name */
function isList(name) {
  return isIn(LISTS, name);
}

/**
 * @param {string} names
 * @param {string} name
 */
function isIn(names, name) {
  const at = names.indexOf(name);
  if (at < 0) return false;
  return isBounded(names, at, name.length) || names.split(/\s+/).includes(name);
}

/**
 * Whether what was found is a whole word.
 *
 * @param {string} names
 * @param {number} at
 * @param {number} length
 */
function isBounded(names, at, length) {
  return /\s/.test(names[at - 1]) && /\s/.test(names[at + length]);
}

module.exports = { isList, meaningOf, readOption, takesValue };
