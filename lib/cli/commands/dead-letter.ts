import { path } from '../api.ts';
import {
  type CommandContext,
  command,
  EXIT_FAILURE,
  EXIT_OK,
  parseWholeNumber,
  requireNone,
  requireOne,
  UsageError,
  type Values,
} from '../command.ts';
import { formatTable, formatTime } from '../table.ts';
import { TIME_HELP, toTime } from '../time.ts';

interface DeadLetterSummary {
  readonly id: string;
  readonly kind: string;
  readonly sent_at: string;
  readonly cause: string;
  readonly run_id: string;
}

interface ReplayResult {
  readonly matched: number;
  readonly replayed: readonly {
    readonly id: string;
    readonly new_run_id: string | null;
    readonly delivery: string | null;
  }[];
  readonly skipped: readonly { readonly id: string; readonly reason: string }[];
  readonly left: number;
  readonly dry_run: boolean;
}

const options = {
  kind: { type: 'string' },
  since: { type: 'string' },
  until: { type: 'string' },
  limit: { type: 'string' },
  before: { type: 'string' },
  'dry-run': { type: 'boolean' },
} as const;

type Given = Values<typeof options>;

/** Options of each subcommand. */
const OPTIONS_OF: Readonly<Record<string, readonly string[]>> = {
  list: ['kind', 'limit', 'before'],
  get: [],
  replay: ['kind', 'since', 'until', 'limit', 'dry-run'],
};

export const deadLetterCommand = command({
  name: 'dead-letters',
  summary: 'List messages that were given up, show one, and do what they were about',
  help: `dead-letters [list]
  --kind <kind>       tick, run or notification
  --limit <n>         1–1000 (20)
  --before <letter>   those before this one
dead-letters get <letter>
dead-letters replay <letter>…
dead-letters replay --kind <kind> | --since <time> | --until <time>
                      several narrow each other; times are of their sending
  --limit <n>         1–500 (100), the oldest first
  --dry-run           only tells what would be done
Runs again what failed or was missed, at most once, and sends notifications that were not delivered. Ends with 1 when
there was nothing to do. ${TIME_HELP}`,
  options,
  async run(context, [verb = 'list', ...rest], given) {
    const allowed = OPTIONS_OF[verb];
    if (!allowed) throw new UsageError(`there is no dead-letters ${verb}; there are list, get, replay`);
    for (const name of Object.keys(options)) {
      const isGiven = given[name as keyof typeof options] !== undefined;
      if (isGiven && !allowed.includes(name)) throw new UsageError(`--${name} is not for dead-letters ${verb}`);
    }
    if (verb === 'get') return show(context, requireOne(rest, 'dead letter'));
    if (verb === 'replay') return replay(context, rest, given);
    requireNone(rest);
    return list(context, given);
  },
});

async function list({ api, json, print }: CommandContext, { kind, limit = '20', before }: Given): Promise<number> {
  const body = await api.get<{ readonly dead_letters: readonly DeadLetterSummary[] }>('/dead-letters', {
    kind,
    limit,
    before,
  });
  if (json) print(JSON.stringify(body, null, 2));
  else {
    const rows = body.dead_letters.map((letter) => [
      letter.id,
      letter.kind,
      formatTime(letter.sent_at),
      letter.run_id,
      letter.cause,
    ]);
    print(formatTable(['LETTER', 'KIND', 'SENT', 'RUN', 'CAUSE'], rows));
  }
  return EXIT_OK;
}

async function show({ api, json, print }: CommandContext, id: string): Promise<number> {
  const body = await api.get<{ readonly dead_letter: object }>(path`/dead-letters/${id}`);
  print(JSON.stringify(json ? body : body.dead_letter, null, 2));
  return EXIT_OK;
}

async function replay(
  { api, now, json, print, note }: CommandContext,
  ids: readonly string[],
  given: Given,
): Promise<number> {
  const { kind, limit } = given;
  const since = toTime(given.since, 'since', now());
  const until = toTime(given.until, 'until', now());
  const filters = { kind, since, until };
  const isFiltered = Object.values(filters).some((value) => value !== undefined);
  if (ids.length > 0 === isFiltered) {
    throw new UsageError('dead letters are missing; or --kind, --since or --until in their place');
  }
  const answer = await api.post<ReplayResult>('/dead-letters/replay', {
    ...(isFiltered ? filters : { ids }),
    ...(limit !== undefined && { limit: parseWholeNumber(limit, 'limit') }),
    dry_run: given['dry-run'] ?? false,
  });
  if (json) print(JSON.stringify(answer, null, 2));
  else {
    const would = answer.dry_run ? 'would be replayed' : 'replayed';
    const done = answer.replayed.map((one) => [one.id, one.new_run_id ?? one.delivery ?? would]);
    const skipped = answer.skipped.map(({ id, reason }) => [id, `skipped: ${reason}`]);
    if (answer.matched > 0)
      print(formatTable(['LETTER', answer.dry_run ? 'WHAT WOULD BE' : 'BY'], [...done, ...skipped]));
    note(`${done.length} ${would}, ${skipped.length} skipped${answer.left > 0 ? `, ${answer.left} left` : ''}`);
  }
  return answer.replayed.length > 0 ? EXIT_OK : EXIT_FAILURE;
}
