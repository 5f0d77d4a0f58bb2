'use strict';
// `node --import bmes-cache/register app.mjs`. Never throws and prints nothing: an app that cannot
// be cached runs as it would have.

require('./internal.js').requireInternal('launch').register();
