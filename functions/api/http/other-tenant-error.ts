import type { Caller } from '../../core/domain/access.ts';
import { JobdeckError } from '../../core/domain/errors.ts';

/** The request names a tenant that the caller may not access. */
export class OtherTenantError extends JobdeckError {
  readonly caller: Caller;
  /** The tenant as named in the request, unvalidated. */
  readonly namedTenant: string;

  constructor(caller: Caller, named: string, message: string) {
    super('forbidden', 'access.other_tenant', message);
    this.name = 'OtherTenantError';
    this.caller = caller;
    this.namedTenant = named;
  }
}
