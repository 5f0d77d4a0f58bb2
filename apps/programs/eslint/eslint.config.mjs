import { rules } from './rules.mjs';

export default [{ files: ['src/*.mjs'], rules }];
