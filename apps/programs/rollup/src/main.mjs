import { used } from './library.mjs';

export const result = used(2);
