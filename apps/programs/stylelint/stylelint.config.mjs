import { rules } from './rules.mjs';

export default { extends: 'stylelint-config-standard', rules };
