import { parseArgs } from 'node:util';

const COMMANDS = {
  until: () => import('./commands/until.mjs'),
  week: () => import('./commands/week.mjs'),
};

const { positionals } = parseArgs({ allowPositionals: true });
const [name = '', ...args] = positionals;

if (Object.hasOwn(COMMANDS, name)) {
  const command = await COMMANDS[name]();
  command.run(args);
} else {
  console.error(`Usage: days <${Object.keys(COMMANDS).join(' | ')}> <date> [from]`);
  process.exitCode = 2;
}
