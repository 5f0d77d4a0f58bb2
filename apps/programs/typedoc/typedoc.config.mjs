import { name } from './name.mjs';

export default {
  name,
  entryPoints: ['src/index.ts'],
  json: 'out/docs.json',
  logLevel: 'Warn',
  disableGit: true,
  sourceLinkTemplate: 'x',
};
