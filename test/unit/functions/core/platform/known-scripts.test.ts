import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { findScript, readKnownScripts } from '../../../../../functions/core/platform/known-scripts.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'jobdeck-scripts-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const read = () => readKnownScripts(pathToFileURL(`${folder}/`));
const write = (text: string) => writeFileSync(join(folder, 'scripts.json'), text);

describe('readKnownScripts', () => {
  it('returns the names in the file, sorted', () => {
    write('[{"name":"sleep"},{"name":"echo"}]');

    expect(read()).toEqual(['echo', 'sleep']);
  });

  it('returns the names of a file that was replaced since the last call', () => {
    write('[{"name":"echo"}]');
    read();

    write('[{"name":"echo"},{"name":"hello"}]');

    expect(read()).toEqual(['echo', 'hello']);
  });

  it('returns an empty list without a file', () => {
    expect(read()).toEqual([]);
  });

  it.each(['"echo"', '["echo"]', '[{}]', '[null]', '{}'])('rejects %s, which is not a list of scripts', (text) => {
    write(text);

    expect(read).toThrow(`scripts.json must be a JSON list of scripts, got ${text}`);
  });
});

describe('findScript', () => {
  const find = (name: string) => findScript(name, pathToFileURL(`${folder}/`));

  it('returns the schema of a script, and nothing for a name that is not deployed', () => {
    write('[{"name":"order","payload":{"type":"object"},"payloadRequired":true},{"name":"echo"}]');

    expect(find('order')).toEqual({ name: 'order', payload: { type: 'object' }, payloadRequired: true });
    expect([find('sleep'), find('constructor')]).toEqual([undefined, undefined]);
  });
});
