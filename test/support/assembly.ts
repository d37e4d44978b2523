import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildApp } from '../../lib/app.ts';
import { bundle, SCRIPTS } from '../../lib/bundle.ts';

/**
 * Synthesizes the local stage with the scripts of `test/support/scripts` among those that are shipped, for a test system
 * that runs them. Takes a few seconds.
 */
export async function assemblyWithTestScripts(): Promise<{ readonly folder: string; remove(): void }> {
  const folder = mkdtempSync(join(tmpdir(), 'jobdeck-assembly-'));
  const bundles = await bundle(join(folder, 'bundles'), [SCRIPTS, 'test/support/scripts']);
  (await buildApp({ stage: 'local', outDir: folder, bundles })).synth();
  return { folder, remove: () => rmSync(folder, { recursive: true, force: true }) };
}
