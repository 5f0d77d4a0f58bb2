'use strict';
// What a start of an app would tell the core about itself, for whoever does not start it.

const { defaultDirectory, isSet } = require('../runtime/environment.js');
const { sessionSettings } = require('../runtime/settings.js');
const { maxSizeSet } = require('../runtime/variables.js');

/**
 * @param {string} file of the module where the graph begins
 * @param {boolean} isMain whether that is the main module
 * @param {import('../runtime/flags.js').Flags} flags
 */
function appSettings(file, isMain, flags) {
  return sessionSettings(
    file,
    {
      flags,
      directory: defaultDirectory(),
      readOnly: isSet('BMES_READONLY'),
      shared: isSet('BMES_SHARED'),
      maxSize: maxSizeSet(),
      pack: undefined,
      learn: 'off',
      isWorker: false,
      isLate: false,
      hooksOnly: '',
      isAmongHooks: false,
      transforms: undefined,
    },
    isMain,
  );
}

module.exports = { appSettings };
