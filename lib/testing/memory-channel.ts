import { DEFAULT_NAMESPACE, type StatePlace } from '../../functions/core/domain/script-state.ts';
import type { FromScript, Report, StateRequest } from '../../functions/core/executors/script/protocol.ts';
import type { ScriptChannel } from '../../functions/core/executors/script/script-context.ts';

/** The worker's end of a script that runs in the same process: stores the state as JSON and keeps the reports. */
export class MemoryChannel implements ScriptChannel {
  readonly reports: Report[] = [];
  readonly #values = new Map<string, { readonly json: string; readonly expiresAt: number }>();

  send(message: FromScript): void {
    // Reports are copied as the control channel of a process does.
    if (message.type === 'report') this.reports.push(JSON.parse(JSON.stringify(message.report)) as Report);
  }

  async request(request: StateRequest): Promise<unknown> {
    const name = nameOf(request);
    if (request.operation === 'set') {
      const { value, ttlSeconds } = request;
      const expiresAt = ttlSeconds === null ? Number.POSITIVE_INFINITY : Date.now() + ttlSeconds * 1_000;
      this.#values.set(name, { json: JSON.stringify(value), expiresAt });
    }
    if (request.operation === 'delete') this.#values.delete(name);
    const stored = request.operation === 'get' ? this.#values.get(name) : undefined;
    return stored && stored.expiresAt > Date.now() ? (JSON.parse(stored.json) as unknown) : undefined;
  }

  /**
   * Returns a copy of the values that have not expired: by their keys, and for other namespaces than `default` by
   * `<namespace>#<key>`.
   */
  state(): Record<string, unknown> {
    const now = Date.now();
    const alive = [...this.#values].filter(([, { expiresAt }]) => expiresAt > now);
    return Object.fromEntries(alive.map(([name, { json }]) => [name, JSON.parse(json) as unknown]));
  }
}

const nameOf = ({ namespace, key }: StatePlace) => (namespace === DEFAULT_NAMESPACE ? key : `${namespace}#${key}`);
