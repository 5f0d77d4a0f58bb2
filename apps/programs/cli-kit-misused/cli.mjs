import yargs from 'yargs';
import { hideBin } from 'yargs/helpers';

await yargs(hideBin(process.argv)).command('known', 'a command').demandCommand(1).strict().parse();
