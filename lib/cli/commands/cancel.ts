import { path } from '../api.ts';
import { command, OK, only } from '../command.ts';
import { hasEnded, jobOf, type Run } from '../wire.ts';

export const cancel = command({
  name: 'cancel',
  summary: 'Stop a run',
  help: 'cancel <run>   waits for its end, up to 10 s',
  options: {},
  async run({ api, json, print }, positionals) {
    const runId = only(positionals, 'run');
    const body = await api.post<{ readonly run: Run }>(path`/jobs/${jobOf(runId)}/runs/${runId}/cancel`);
    const { run } = body;
    print(json ? JSON.stringify(body, null, 2) : `${runId}: ${hasEnded(run) ? run.status : 'is being stopped'}`);
    return OK;
  },
});
