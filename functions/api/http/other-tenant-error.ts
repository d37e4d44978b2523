import type { Caller } from '../../core/domain/access.ts';
import { JobdeckError } from '../../core/domain/errors.ts';

/** A caller named a tenant that is not theirs to name. */
export class OtherTenantError extends JobdeckError {
  readonly caller: Caller;
  /** The tenant, as the caller named it. */
  readonly namedTenant: string;

  constructor(caller: Caller, named: string, message: string) {
    super('forbidden', 'access.other_tenant', message);
    this.name = 'OtherTenant';
    this.caller = caller;
    this.namedTenant = named;
  }
}
