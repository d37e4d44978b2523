import type { IConstruct } from 'constructs';

/** Conditions of a policy statement: operator, key, values. */
export type Conditions = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

/** Whom tables, the bucket and parameters are granted to: a function, or one on behalf of the tenant of a request. */
export interface Grantee extends IConstruct {
  /** The tenant whose data it may reach, as policies name it; undefined: every tenant's. */
  readonly tenant: string | undefined;

  /** Tells the function. */
  addEnvironment(name: string, value: string): unknown;

  /** May do `actions` on `resources`, none of which is a pattern. */
  allow(actions: readonly string[], resources: readonly string[], conditions?: Conditions): void;

  /**
   * May do `actions` on everything whose ARN matches.
   *
   * @param pattern an ARN with `*` in it, and no reference but to pseudo parameters
   * @param reason why it cannot be avoided, for the record of exceptions
   */
  allowMatching(actions: readonly string[], pattern: string, reason: string): void;
}

/** What the grantee may reach of what is kept by tenant: `*`, or one tenant's part of it. */
export const tenantPattern = ({ tenant }: Grantee): string => (tenant === undefined ? '*' : `${tenant}/*`);
