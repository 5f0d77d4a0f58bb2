import { execa, execaNode } from 'execa';
import { globby } from 'globby';
import { expression } from './expression.mjs';

console.log((await globby(['**/*.mjs', '!out'])).sort());
const { stdout } = await execa(process.execPath, ['-p', expression]);
console.log(stdout);
const failed = await execa({ reject: false })`${process.execPath} -e process.exit(3)`;
console.log(failed.exitCode, failed.failed);
const child = await execaNode('child.mjs', ['argument']);
console.log(child.stdout);
