/** A request as a command sends it, with credentials. */
export interface CommandRequest {
  readonly url: string;
  readonly method: string | undefined;
  /** Names in lower case. */
  readonly headers: ReadonlyMap<string, string>;
  readonly body: string | undefined;
  /** User and password, separated by a colon. */
  readonly user: string | undefined;
  /** Other fields of the job: `timeout_ms`, `retry`. */
  readonly fields: Readonly<Record<string, unknown>>;
  /** Sentences about the parts that a job cannot have. */
  readonly notCarriedOver: readonly string[];
}
