import test from 'ava';
import { adds } from '../adds.js';

test('passes', (t) => t.is(adds(1, 2), 3));
test('is a number', (t) => t.is(typeof adds(1, 2), 'number'));
