import type { FromScript, Report } from '../../functions/core/executors/script/protocol.ts';
import type { ScriptChannel } from '../../functions/core/executors/script/script-context.ts';

/** The worker's end of a script that runs in the same process: stores the state as JSON and keeps the reports. */
export class MemoryChannel implements ScriptChannel {
  readonly reports: Report[] = [];
  readonly #values = new Map<string, string>();

  send(message: FromScript): void {
    // Reports are copied as the control channel of a process does.
    if (message.type === 'report') this.reports.push(JSON.parse(JSON.stringify(message.report)) as Report);
  }

  async request(operation: 'get' | 'set' | 'delete', key: string, value?: unknown): Promise<unknown> {
    if (operation === 'set') this.#values.set(key, JSON.stringify(value));
    if (operation === 'delete') this.#values.delete(key);
    const json = operation === 'get' ? this.#values.get(key) : undefined;
    return json === undefined ? undefined : (JSON.parse(json) as unknown);
  }

  /** Returns a copy of the state. */
  state(): Record<string, unknown> {
    return Object.fromEntries([...this.#values].map(([key, json]) => [key, JSON.parse(json) as unknown]));
  }
}
