/**
 * Runs one script in a process or thread of its own: `script-worker.ts <bundle> <script> <args…>`. Without a script, it
 * only prestarts a process.
 */
import { workerData } from 'node:worker_threads';
import { ScriptRunner } from '../../../functions/core/executors/script/script-runner.ts';
import { anExecution, scriptTarget } from '../builders/executions.ts';

const [directory = '', script, ...args] = (workerData as string[] | null) ?? process.argv.slice(2);
const runner = new ScriptRunner({ directory });
runner.prestart();
if (script !== undefined) {
  const target = scriptTarget(script, args);
  await runner.run(target, anExecution(target, { timeoutMs: 60_000 }));
}
setInterval(() => {}, 60_000);
