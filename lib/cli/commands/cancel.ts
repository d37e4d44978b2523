import { path } from '../api.ts';
import { hasEnded, jobIdOf, type Run } from '../api-types.ts';
import { command, EXIT_OK, requireOne } from '../command.ts';

export const cancel = command({
  name: 'cancel',
  summary: 'Stop a run',
  help: 'cancel <run>   waits for its end, up to 10 s',
  options: {},
  async run({ api, json, print }, positionals) {
    const runId = requireOne(positionals, 'run');
    const body = await api.post<{ readonly run: Run }>(path`/jobs/${jobIdOf(runId)}/runs/${runId}/cancel`);
    const { run } = body;
    print(json ? JSON.stringify(body, null, 2) : `${runId}: ${hasEnded(run) ? run.status : 'is being stopped'}`);
    return EXIT_OK;
  },
});
