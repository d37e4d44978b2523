import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runScript } from 'jobdeck/testing';
import hello from '../scripts/hello.ts';

test('hello greets the world without an argument', async () => {
  const { logs } = await runScript(hello);

  assert.deepEqual(logs, [{ level: 'info', text: 'Hello, world! This is greeting 1.' }]);
});

test('hello continues to count where the previous run has stopped', async () => {
  const { logs, state } = await runScript(hello, { args: ['Ada'], state: { 'hello.count': 4 } });

  assert.equal(logs[0]?.text, 'Hello, Ada! This is greeting 5.');
  assert.deepEqual(state, { 'hello.count': 5 });
});
