import { expect, it } from 'vitest';
import { parseScriptName } from '../../../../../functions/core/domain/script-name.ts';

it.each([
  ['/opt/scripts/sync-email.js', 'sync-email'],
  ['sync-email', 'sync-email'],
  ['./scripts/sync_email.ts', 'sync_email'],
  ['C:\\scripts\\sync.mjs', 'sync'],
  ['sync.cjs', 'sync'],
  ['', undefined],
  ['/opt/scripts/', undefined],
  ['..', undefined],
  ['a b', undefined],
  ['sync.sh', undefined],
  ['.hidden', undefined],
])('parses %s as script %s', (script, name) => {
  expect(parseScriptName(script)).toBe(name);
});
