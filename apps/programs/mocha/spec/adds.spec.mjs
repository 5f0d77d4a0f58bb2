import assert from 'node:assert';
import { adds } from '../adds.mjs';

describe('adds', () => {
  it('passes', () => assert.equal(adds(1, 2), 3));
  it('fails', () => assert.equal(adds(1, 2), 4));
  it('is pending');
});
