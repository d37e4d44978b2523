import { path } from '../api.ts';
import { command, OK, only } from '../command.ts';
import { runsTable } from '../runs-table.ts';
import type { Run } from '../wire.ts';

export const runs = command({
  name: 'runs',
  summary: "List a job's runs, newest first",
  help: `runs <job>
  --status <status>   ok, error, timeout, canceled, skipped, running, pending; several by comma
  --limit <n>         1–1000 (20)
  --before <run>      those before this run, or before a time`,
  options: { status: { type: 'string' }, limit: { type: 'string' }, before: { type: 'string' } },
  async run({ api, json, print }, positionals, { status, limit = '20', before }) {
    const at = path`/jobs/${only(positionals, 'job')}/runs`;
    const body = await api.get<{ readonly runs: readonly Run[] }>(at, { status, limit, before });
    print(json ? JSON.stringify(body, null, 2) : runsTable(body.runs));
    return OK;
  },
});
