import { MALFORMED } from './rows.ts';
import { tenantOf } from './sqs-source.ts';
import type { Happening, Origin, World } from './world.ts';

const MINUTE = 60_000;

/** Sends the ticks of schedules to their queue: on a bad day twice, late, to the dead letters, or not at all. */
export class TickSource implements Origin {
  readonly #world: World;

  constructor(world: World) {
    this.#world = world;
  }

  ready(now: number): readonly Happening[] {
    const next = this.#world.scheduler.next();
    return next !== undefined && next <= now ? [{ what: 'tick', happen: () => this.#fire(now) }] : [];
  }

  next(): number | undefined {
    return this.#world.scheduler.next();
  }

  #fire(now: number): void {
    const { scheduler, profile, faults, trace } = this.#world;
    for (const { body } of scheduler.take(now)) {
      const tenant = tenantOf({ body });
      const spared = tenant !== undefined && this.#world.isSpared(tenant);
      const is = (share: number) => !spared && faults.chance(share);
      const note = (what: string) => {
        this.#world.count(`${what} tick`);
        trace.note(now, `a tick is ${what}: ${body}`);
      };
      if (is(profile.missedTick)) note('missed');
      else if (is(profile.deadTick)) {
        note('dead');
        this.#send('ticks-dead-letters', JSON.stringify({ MessageBody: body, QueueUrl: 'ticks' }), 0);
      } else {
        const late = is(profile.lateTick) ? 1_000 + this.#world.below(5 * MINUTE) : 0;
        if (late > 0) note('late');
        this.#send('ticks', body, late);
        if (is(profile.doubleTick)) {
          note('double');
          this.#send('ticks', body, this.#world.below(2) * this.#world.below(MINUTE));
        }
      }
    }
  }

  #send(queue: string, body: string, delayMs: number): void {
    this.#world.queue(queue).send(body, this.#world.now, delayMs);
  }
}

/** Sends the sweeper out every minute: on a bad day twice, or not. */
export class SweeperCron implements Origin {
  readonly #world: World;
  #next: number;

  constructor(world: World) {
    this.#world = world;
    this.#next = world.now + MINUTE;
  }

  ready(now: number): readonly Happening[] {
    return this.#next <= now ? [{ what: 'minute', happen: () => this.#sweep() }] : [];
  }

  next(): number {
    return this.#next;
  }

  #sweep(): void {
    const { faults, profile } = this.#world;
    const minute = this.#next;
    this.#next += MINUTE;
    if (faults.chance(profile.missedSweep)) {
      this.#world.count('missed sweep');
      return;
    }
    const times = faults.chance(profile.doubleSweep) ? 2 : 1;
    if (times === 2) this.#world.count('double sweep');
    for (let time = 0; time < times; time++) {
      this.#world.invoke('sweeper', {}, `minute ${new Date(minute).toISOString()}`, undefined, () => {});
    }
  }
}

/** Messages that no version ever sent. */
export class PoisonSource implements Origin {
  readonly #world: World;
  #next: number;

  constructor(world: World) {
    this.#world = world;
    this.#next = world.now + 20_000;
  }

  ready(now: number): readonly Happening[] {
    return this.#next <= now && this.#world.profile.poison > 0
      ? [{ what: 'poison', happen: () => this.#send(now) }]
      : [];
  }

  next(): number | undefined {
    return this.#world.profile.poison > 0 ? this.#next : undefined;
  }

  #send(now: number): void {
    this.#next = now + 10_000 + this.#world.below(50_000);
    if (!this.#world.faults.chance(this.#world.profile.poison * 10)) return;
    if (this.#world.below(4) === 0) {
      this.#write();
      return;
    }
    const queues = ['ticks', 'runs', 'notifications', 'ticks-dead-letters', 'runs-dead-letters'];
    const body = POISON[this.#world.below(POISON.length)] ?? '';
    this.#world.count('poison');
    this.#world.queue(queues[this.#world.below(queues.length)] ?? 'runs').send(body, now);
  }

  /** A row that no version wrote: whoever hears of it from the stream cannot read it. */
  #write(): void {
    this.#world.count('malformed row');
    const item = { pk: { S: MALFORMED }, sk: { S: `R#${this.#world.below(1_000)}` }, state: { S: 'queued' } };
    const put = (Item: object) =>
      this.#world.dynamodb.perform({ name: 'PutItemCommand', input: { TableName: 'Runs', Item } });
    put(item);
    put({ ...item, state: { S: 'failed' } });
  }
}

const ULID = '01JNXA3V5T9YV0Q2Z6W8M4R7B1';
const POISON = [
  '',
  'not JSON',
  'null',
  '[]',
  '{"v":1}',
  `{"v":2,"tenant":"acme","run":{"id":"${ULID}"}}`,
  `{"v":1,"tenant":"../x","jobId":"skip","incarnation":"abc12345","ulid":"${ULID}"}`,
  `{"v":1,"tenant":"acme","jobId":"nobody","incarnation":"abc12345","ulid":"${ULID}"}`,
  `{"v":1,"tenant":"acme","jobId":"flow","incarnation":"abc12345","ulid":"${ULID}","task":0,"slice":3}`,
  '{"v":1,"tenant":"acme","jobId":"nobody","incarnation":"abc12345","scheduledAt":"2031-05-06T10:00:00Z"}',
  `{"v":1,"tenant":"acme","delivery":"${ULID}"}`,
];
