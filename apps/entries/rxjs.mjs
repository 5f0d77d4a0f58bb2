// rxjs: what an ES module app gets from it in Node is CommonJS, so this one is named exports of CommonJS.
import * as rxjs from 'rxjs';
import { concatMap, delay, map, of, range, reduce, toArray } from 'rxjs';

console.log('exports', Object.keys(rxjs).length);
range(1, 5)
  .pipe(
    map((number) => number ** 2),
    reduce((left, right) => left + right),
  )
  .subscribe((sum) => console.log('sum', sum));
of('a', 'b', 'c')
  .pipe(
    concatMap((letter) => of(letter.toUpperCase()).pipe(delay(1))),
    toArray(),
  )
  .subscribe({ next: (letters) => console.log(letters), complete: () => console.log('complete') });
