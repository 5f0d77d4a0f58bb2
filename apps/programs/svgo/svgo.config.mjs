import { precision } from './precision.mjs';

export default { floatPrecision: precision, plugins: ['preset-default'] };
