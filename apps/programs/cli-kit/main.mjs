import chalk, { Chalk } from 'chalk';
import ora from 'ora';
import yargs from 'yargs';
import { hideBin } from 'yargs/helpers';
import { greet } from './greet.mjs';

const colours = new Chalk({ level: 3 });
const { name, times } = yargs(hideBin(process.argv))
  .option('name', { type: 'string', demandOption: true })
  .option('times', { type: 'number', default: 1 })
  .strict()
  .parse();
const spinner = ora({ text: 'working', isEnabled: false }).start();
for (let i = 0; i < times; i += 1)
  console.log(colours.hex('#ff8800').bold(greet(name)), chalk.level);
spinner.succeed('done');
