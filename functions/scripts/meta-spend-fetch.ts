import { DAY_MS } from '../core/domain/timing.ts';
import { defineScript } from './lib/define-script.ts';
import { requireVariable } from './lib/environment.ts';
import { MetaGraph } from './lib/meta-graph.ts';

/** The figures of a campaign on one day; Meta sends numbers as text. */
interface Insight {
  readonly campaign_id: string;
  readonly campaign_name: string;
  readonly spend: string;
}

/** The progress of reading a day, stored after each page so that the next run resumes an interrupted one. */
interface Progress {
  readonly after: string | null;
  readonly done: boolean;
  /** Hundredths of the account's currency. */
  readonly cents: number;
  readonly rows: number;
}

const INITIAL_PROGRESS: Progress = { after: null, done: false, cents: 0, rows: 0 };

/**
 * Reads the spend of an ad account on a day (argument `YYYY-MM-DD`, default yesterday in UTC), campaign by campaign. A
 * completed day is read again, because Meta corrects figures for some days.
 *
 * Variables: those of `MetaGraph`, and `META_AD_ACCOUNT_ID` (digits). The total is stored under
 * `meta-spend-fetch:<account>:<day>`.
 */
export default defineScript({
  description: 'Reads the spend of an ad account on a day, campaign by campaign.',
  usage: '[YYYY-MM-DD]',
  args: ([day = new Date(Date.now() - DAY_MS).toISOString().slice(0, 10)]) => {
    if (!/^\d{4}-\d{2}-\d{2}$/.test(day)) throw new Error(`day: must be YYYY-MM-DD, got '${day}'`);
    return { day };
  },
  async run({ args: { day }, env, state, signal, log, report }) {
    const account = requireVariable(env, 'META_AD_ACCOUNT_ID');
    const graph = new MetaGraph({ env, state, signal, log });
    const key = `meta-spend-fetch:${account}:${day}`;
    const query = {
      level: 'campaign',
      fields: 'campaign_id,campaign_name,spend',
      time_range: JSON.stringify({ since: day, until: day }),
    };

    const before = (await state.get<Progress>(key)) ?? INITIAL_PROGRESS;
    let progress = before.done ? INITIAL_PROGRESS : before;
    if (progress.rows > 0) log.info(`${day}: resuming after ${progress.rows} campaigns`);
    let itemsProcessed = 0;
    for (let pages = 1; !progress.done; pages += 1) {
      const { rows, after } = await graph.page<Insight>(`act_${account}/insights`, query, progress.after);
      const cents = rows.reduce((sum, { spend }) => sum + Math.round(Number(spend) * 100), progress.cents);
      progress = { after, done: after === null, cents, rows: progress.rows + rows.length };
      await state.set(key, progress);
      itemsProcessed += rows.length;
      report({ itemsProcessed, meta: { day, account, campaigns: progress.rows, pages, spend: progress.cents / 100 } });
    }
    log.info(`${day}: ${progress.rows} campaigns spent ${(progress.cents / 100).toFixed(2)}`);
  },
});
