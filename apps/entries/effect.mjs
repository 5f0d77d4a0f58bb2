// All of effect: a large functional standard library, most of it top-level definitions.
import * as effect from 'effect';

const { Effect, Option, Schema } = effect;

const program = Effect.gen(function* () {
  const numbers = yield* Effect.all([1, 2, 3, 4].map((n) => Effect.succeed(n * n)));
  const total = numbers.reduce((left, right) => left + right, 0);
  yield* Effect.sleep('1 millis');
  return { numbers, total };
});

const Person = Schema.Struct({ name: Schema.String, age: Schema.Number });

const failure = Effect.exit(Effect.fail('expected'));
const [result, exit] = await Effect.runPromise(Effect.all([program, failure]));

console.log('exports', Object.keys(effect).length);
console.log('program', result);
console.log('decoded', Schema.decodeUnknownSync(Person)({ name: 'Ada', age: 36 }));
console.log(
  'option',
  Option.getOrElse(Option.none(), () => 'nothing'),
);
console.log('failure', exit._tag);
