'use strict';
// `node --import bmes-cache/register app.mjs`. Never throws and prints nothing: an app that cannot
// be cached runs as it would have.

try {
  require('./internal.js').requireInternal('launch').register();
} catch {
  // Our own files or the environment cannot be read: Deno asks its user for leave.
}
