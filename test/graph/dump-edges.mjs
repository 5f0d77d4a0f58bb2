// A preload that writes down every edge that Node resolves: parent, specifier, attributes, target, and
// whether it is a require().

import fs from 'node:fs';
import { registerHooks } from 'node:module';

/** @type {[string, string, string, string, boolean][]} */
const edges = [];
registerHooks({
  resolve(specifier, context, nextResolve) {
    const resolved = nextResolve(specifier, context);
    const { parentURL = '', importAttributes, conditions } = context;
    const attributes = JSON.stringify(Object.entries(importAttributes ?? {}).sort());
    const isRequire = conditions?.includes('require') ?? false;
    edges.push([parentURL, specifier, attributes, resolved.url, isRequire]);
    return resolved;
  },
});
process.on('exit', () => fs.writeFileSync(process.env.EDGES ?? '', JSON.stringify(edges)));
