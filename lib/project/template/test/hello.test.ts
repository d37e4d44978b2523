import assert from 'node:assert/strict';
import { test } from 'node:test';
import hello from '../scripts/hello.ts';

test('hello greets the world without an argument', () => {
  assert.deepEqual(hello.args?.([]), { name: 'world' });
});

test('hello greets the name of its argument', () => {
  assert.deepEqual(hello.args?.(['Ada']), { name: 'Ada' });
});
