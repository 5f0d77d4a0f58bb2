// zod: one namespace that re-exports layers of star exports and all its locales.
import * as z from 'zod';

const User = z.object({
  name: z.string().min(2),
  mail: z.email(),
  age: z.number().int().positive().optional(),
});

const good = User.safeParse({ name: 'Ada', mail: 'ada@example.com' });
const bad = User.safeParse({ name: 'A', mail: 'nowhere', age: -1.5 });

console.log('exports', Object.keys(z).length);
console.log('good', good.success, good.data);
console.log('bad', bad.success);
for (const issue of bad.error.issues) console.log(issue.path.join('.'), issue.code, issue.message);
