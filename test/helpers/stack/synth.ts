import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { App } from 'aws-cdk-lib';
import { afterAll } from 'vitest';
import type { StageConfig } from '../../../lib/config.ts';
import { onWorkerEnd } from '../system/worker-end.ts';
import { buildInto, type Synthesized, synthesizeInto } from './synthesized.ts';

export { environment, type Resource, type Synthesized } from './synthesized.ts';

/** Creates a temporary folder that is removed after the tests of the file. */
export function temporaryFolderOfFile(): string {
  const folder = mkdtempSync(join(tmpdir(), 'jobdeck-synth-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Builds a stage's app from the current sources without synthesizing it. Call it while tests are collected. */
export async function build(stage: string | StageConfig): Promise<{ readonly app: App; readonly outDir: string }> {
  const outDir = temporaryFolderOfFile();
  return { app: await buildInto(outDir, stage), outDir };
}

const synthesized = new Map<string, Promise<Synthesized>>();

/**
 * Synthesizes a stage, which takes one or two seconds, once for all test files of a worker process. Call it while tests
 * are collected. A test does not change the result: one that adds to the app calls `build`.
 */
export function synth(stage: string | StageConfig): Promise<Synthesized> {
  const key = JSON.stringify(stage);
  const known = synthesized.get(key);
  if (known) return known;
  const outDir = mkdtempSync(join(tmpdir(), 'jobdeck-synth-'));
  onWorkerEnd(() => rmSync(outDir, { recursive: true, force: true }));
  const result = synthesizeInto(outDir, stage);
  synthesized.set(key, result);
  return result;
}
