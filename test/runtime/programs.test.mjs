// Real programs, each doing real work, natively and from the cache, before and after an edit.
// A few in every check, all of them with BMES_ALL_PROGRAMS=1 (`npm run test:apps`).

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { programs } from '../../scripts/programs.mjs';
import { assertProgramIsSame } from '../support/program.mjs';
import { modes } from '../support/run.mjs';

const chosen = process.env.BMES_ALL_PROGRAMS
  ? programs
  : programs.filter(({ isQuick }) => isQuick === true);

for (const mode of modes) {
  describe(`real programs, ${mode}`, { concurrency: 2 }, () => {
    for (const program of chosen) {
      test(program.name, async (t) => {
        const stages = await assertProgramIsSame(t, program, mode);
        // Where it says so the linker may be able to, or not, with the release of Node.
        const ranBy = mode === 'linker' && program.ranBy ? '(hooks|linker)' : mode;
        const [first, second, third] = stages;
        assert.equal(first, 'native by native');
        // A program that switches on Node's compile cache by itself is warm on hooks at once.
        assert.match(second ?? '', RegExp(`^(linked|warm) by ${ranBy}$`));
        const isNeverWarm = ranBy === 'hooks' && program.profiles;
        assert.match(third ?? '', RegExp(`^${isNeverWarm ? 'linked' : 'warm'} by ${ranBy}$`));
        // An edit of what is only read, or found at run time, leaves all of the pack as it was.
        for (const stage of stages.slice(3)) {
          assert.match(stage, RegExp(`^(linked|warm) by ${ranBy}$`));
        }
      });
    }
  });
}
