import { costTables } from './cost/markdown.ts';
import { MEASURED } from './cost/measured-times.ts';
import { measureCosts } from './cost/report.ts';
import { measureTimes } from './cost/times.ts';
import { printTable } from './table.ts';

/** Goals in dollars, by the part of the report. */
const GOALS = { fast: 11, slow: 16, waitingSecond: 7, idle: 12 } as const;

/** Prints the costs of the deployment with measured units, beside their goals, and the measured times. */
export async function measureCost(): Promise<void> {
  const report = await measureCosts();
  console.log(`\n${costTables(report)}`);
  const [fast, slow] = report.runs.at(-1)?.dollars ?? [];
  const [idle] = report.month.at(-1)?.dollars ?? [];
  const [waitingSecond] = report.seconds[0]?.dollars ?? [];
  const values = { fast, slow, waitingSecond, idle };
  const names = {
    fast: 'a million scheduled script runs at 10 runs/s',
    slow: 'a million scheduled script runs at 0.4 runs/s',
    waitingSecond: 'a million seconds of scripts that wait',
    idle: 'an idle stage for a month',
  };
  const rows = (Object.keys(GOALS) as (keyof typeof GOALS)[]).map((key) => {
    const value = values[key] ?? Number.NaN;
    return [names[key], value.toFixed(2), String(GOALS[key]), value <= GOALS[key] ? 'reached' : 'missed'];
  });
  printTable('Costs and their goals ($)', ['cost', 'is', 'goal', ''], rows);

  const times = await measureTimes();
  printTable(
    'CPU time (ms) of a scheduled script run; the costs use the stored figures (cost/measured-times.ts)',
    ['part', 'measured', 'stored'],
    [
      ['worker with its script process', Math.round(times.workerCpuMs), MEASURED.workerCpuMs],
      ['dispatcher', Math.round(times.dispatcherCpuMs), MEASURED.dispatcherCpuMs],
    ],
  );
}
