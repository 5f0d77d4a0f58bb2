import nested from 'postcss-nested';
import { marks } from './marks.mjs';

export default { plugins: [nested(), marks()] };
