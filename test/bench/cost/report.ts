import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { synthesizeInto } from '../../helpers/stack/synthesized.ts';
import { type CostReport, costReport } from './model.ts';
import { stageFacts } from './stage.ts';
import { measureUnits } from './units.ts';

/** Measures the units, synthesizes the stage `prod`, and computes its costs. */
export async function measureCosts(): Promise<CostReport> {
  const outDir = mkdtempSync(join(tmpdir(), 'jobdeck-cost-'));
  try {
    const facts = stageFacts(await synthesizeInto(outDir, 'prod'));
    return costReport(await measureUnits(facts.counterWindowSeconds), facts);
  } finally {
    rmSync(outDir, { recursive: true, force: true });
  }
}
