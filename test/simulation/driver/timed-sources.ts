import type { EventSource, PendingEvent, Simulator } from './simulator.ts';
import { tenantOfMessage } from './sqs-source.ts';
import { MALFORMED_PARTITION } from './table-reader.ts';

const MINUTE = 60_000;

/** Sends the ticks of due schedules to the ticks queue. Faults double, delay, dead-letter or drop a tick. */
export class TickSource implements EventSource {
  readonly #simulator: Simulator;

  constructor(simulator: Simulator) {
    this.#simulator = simulator;
  }

  ready(now: number): readonly PendingEvent[] {
    const next = this.#simulator.scheduler.next();
    return next !== undefined && next <= now ? [{ what: 'tick', run: () => this.#fire(now) }] : [];
  }

  next(): number | undefined {
    return this.#simulator.scheduler.next();
  }

  #fire(now: number): void {
    const { scheduler, profile, faults, trace } = this.#simulator;
    for (const { body } of scheduler.take(now)) {
      const tenant = tenantOfMessage({ body });
      const spared = tenant !== undefined && this.#simulator.isControlTenant(tenant);
      const is = (share: number) => !spared && faults.chance(share);
      const note = (what: string) => {
        this.#simulator.countFault(`${what} tick`);
        trace.note(now, `tick ${what}: ${body}`);
      };
      if (is(profile.missedTick)) note('missed');
      else if (is(profile.deadTick)) {
        note('dead');
        this.#send('ticks-dead-letters', JSON.stringify({ MessageBody: body, QueueUrl: 'ticks' }), 0);
      } else {
        const late = is(profile.lateTick) ? 1_000 + this.#simulator.randomBelow(5 * MINUTE) : 0;
        if (late > 0) note('late');
        this.#send('ticks', body, late);
        if (is(profile.doubleTick)) {
          note('double');
          this.#send('ticks', body, this.#simulator.randomBelow(2) * this.#simulator.randomBelow(MINUTE));
        }
      }
    }
  }

  #send(queue: string, body: string, delayMs: number): void {
    this.#simulator.queue(queue).send(body, this.#simulator.now, delayMs);
  }
}

/** Invokes the dispatcher of sweeps once a minute. Faults skip or double an invocation. */
export class SweepCron implements EventSource {
  readonly #simulator: Simulator;
  #next: number;

  constructor(simulator: Simulator) {
    this.#simulator = simulator;
    this.#next = simulator.now + MINUTE;
  }

  ready(now: number): readonly PendingEvent[] {
    return this.#next <= now ? [{ what: 'minute', run: () => this.#sweep() }] : [];
  }

  next(): number {
    return this.#next;
  }

  #sweep(): void {
    const { faults, profile } = this.#simulator;
    const minute = this.#next;
    this.#next += MINUTE;
    if (faults.chance(profile.missedSweep)) {
      this.#simulator.countFault('missed sweep');
      return;
    }
    const times = faults.chance(profile.doubleSweep) ? 2 : 1;
    if (times === 2) this.#simulator.countFault('double sweep');
    for (let time = 0; time < times; time++) {
      this.#simulator.invoke('sweep-dispatcher', {}, `minute ${new Date(minute).toISOString()}`, undefined, () => {});
    }
  }
}

/** Removes entries of tenants from the agenda, as a defect would. */
export class LostEntrySource implements EventSource {
  readonly #simulator: Simulator;
  readonly #tenants: readonly string[];
  #next: number;

  constructor(simulator: Simulator, tenants: readonly string[]) {
    this.#simulator = simulator;
    this.#tenants = tenants.filter((tenant) => !simulator.isControlTenant(tenant));
    this.#next = simulator.now + MINUTE;
  }

  ready(now: number): readonly PendingEvent[] {
    return this.#next <= now && this.#simulator.profile.lostEntry > 0
      ? [{ what: 'lost entry', run: () => this.#remove(now) }]
      : [];
  }

  next(): number | undefined {
    return this.#simulator.profile.lostEntry > 0 ? this.#next : undefined;
  }

  #remove(now: number): void {
    const { faults, profile, trace, dynamodb } = this.#simulator;
    this.#next = now + MINUTE;
    if (!faults.chance(profile.lostEntry)) return;
    const tenant = this.#tenants[this.#simulator.randomBelow(this.#tenants.length)] ?? '';
    this.#simulator.countFault('lost entry');
    trace.note(now, `the agenda loses ${tenant}`);
    const input = {
      TableName: 'Counters',
      Key: { pk: { S: tenant }, sk: { S: 'TENANT' } },
      UpdateExpression: 'REMOVE #sweepAt, #sweepShard',
      ExpressionAttributeNames: { '#sweepAt': 'sweepAt', '#sweepShard': 'sweepShard' },
    };
    dynamodb.perform({ name: 'UpdateItemCommand', input });
  }
}

/** Sends messages that no version of the platform produces, and writes malformed rows. */
export class MalformedMessageSource implements EventSource {
  readonly #simulator: Simulator;
  #next: number;

  constructor(simulator: Simulator) {
    this.#simulator = simulator;
    this.#next = simulator.now + 20_000;
  }

  ready(now: number): readonly PendingEvent[] {
    return this.#next <= now && this.#simulator.profile.malformed > 0
      ? [{ what: 'malformed message', run: () => this.#send(now) }]
      : [];
  }

  next(): number | undefined {
    return this.#simulator.profile.malformed > 0 ? this.#next : undefined;
  }

  #send(now: number): void {
    this.#next = now + 10_000 + this.#simulator.randomBelow(50_000);
    if (!this.#simulator.faults.chance(this.#simulator.profile.malformed * 10)) return;
    if (this.#simulator.randomBelow(4) === 0) {
      this.#write();
      return;
    }
    const queues = ['ticks', 'runs', 'notifications', 'sweeps', 'ticks-dead-letters', 'runs-dead-letters'];
    const body = MALFORMED_BODIES[this.#simulator.randomBelow(MALFORMED_BODIES.length)] ?? '';
    this.#simulator.countFault('malformed message');
    this.#simulator.queue(queues[this.#simulator.randomBelow(queues.length)] ?? 'runs').send(body, now);
  }

  /** Writes a row that the stream consumers cannot parse. */
  #write(): void {
    this.#simulator.countFault('malformed row');
    const item = {
      pk: { S: MALFORMED_PARTITION },
      sk: { S: `R#${this.#simulator.randomBelow(1_000)}` },
      state: { S: 'queued' },
    };
    const put = (Item: object) =>
      this.#simulator.dynamodb.perform({ name: 'PutItemCommand', input: { TableName: 'Runs', Item } });
    put(item);
    put({ ...item, state: { S: 'failed' } });
  }
}

const ULID = '01JNXA3V5T9YV0Q2Z6W8M4R7B1';
const MALFORMED_BODIES = [
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
