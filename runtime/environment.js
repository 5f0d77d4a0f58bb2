'use strict';
// Environment variables that are switches: set, and neither empty nor `0`.

/** @param {string} name */
function isSet(name) {
  const value = process.env[name];
  return value !== undefined && value !== '' && value !== '0';
}

module.exports = { isSet };
