import type { IConstruct } from 'constructs';

/** Conditions of a policy statement: operator → key → values. */
export type Conditions = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

/**
 * A principal to which tables, the bucket and keys can be granted: a function, or a role for the tenant of a
 * request.
 */
export interface Grantee extends IConstruct {
  /** The tenant as a policy variable, if access is limited to one tenant; otherwise `undefined`. */
  readonly tenant: string | undefined;

  /** Sets an environment variable of the function. */
  addEnvironment(name: string, value: string): unknown;

  /** Grants `actions` on `resources`, which contain no wildcards. */
  allow(actions: readonly string[], resources: readonly string[], conditions?: Conditions): void;

  /**
   * Grants `actions` on all resources that match a pattern.
   *
   * @param pattern ARN with `*`; may refer to pseudo parameters only
   *
   * @param reason justification of the wildcard for cdk-nag
   */
  allowMatching(actions: readonly string[], pattern: string, reason: string, conditions?: Conditions): void;
}

/** Returns the pattern of tenant-specific resource names that the grantee may access: `*`, or `<tenant>/*`. */
export const tenantPattern = ({ tenant }: Grantee): string => (tenant === undefined ? '*' : `${tenant}/*`);
