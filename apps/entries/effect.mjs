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

console.log('exports', Object.keys(effect).length);
console.log('program', await Effect.runPromise(program));
console.log('decoded', Schema.decodeUnknownSync(Person)({ name: 'Ada', age: 36 }));
console.log(
  'option',
  Option.getOrElse(Option.none(), () => 'nothing'),
);
console.log('failure', String((await Effect.runPromiseExit(Effect.fail('expected')))._tag));
