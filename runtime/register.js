'use strict';
// `node --import bmes-cache/register app.mjs`. Never throws and prints nothing: an app that cannot
// be cached runs as it would have.

try {
  preload();
} catch {
  // Our own files or the environment cannot be read: Deno asks its user for leave.
}

function preload() {
  const { isSet } = require('./environment.js');
  // Under `--trace-env` the runtime prints each variable that is asked for.
  const isTraced = process.execArgv.some((word) => /^--trace[-_]env/.test(word));

  // Switched off, it costs no more than a preload that does nothing, unless it is to be explained, or
  // there is more to do than to cache.
  const isWanted = () => isSet('BMES_DEBUG') || isSet('BMES_TRANSFORM_TYPES');
  if (isTraced || (isSet('BMES_DISABLE') && !isWanted())) {
    const { join } = require('node:path');
    for (const name of ['register.js', 'environment.js']) {
      delete require.cache[join(__dirname, name)];
    }
  } else {
    // `bmes report` measures this start.
    if (process.env.BMES_OBSERVE !== undefined) require('../report/observe.js');
    require('./internal.js').loadLaunch().register();
  }
}
