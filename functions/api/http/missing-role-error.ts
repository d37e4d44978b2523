import { type Action, type Caller, rolesFor } from '../../core/domain/access.ts';
import { JobdeckError } from '../../core/domain/errors.ts';

/** The caller is authenticated and has none of the roles that the action requires. */
export class MissingRoleError extends JobdeckError {
  readonly caller: Caller;

  constructor(caller: Caller, action: Action) {
    const has = caller.roles.length > 0 ? caller.roles.join(', ') : 'none that is known';
    super('forbidden', 'access.role', `Needs one of the roles ${rolesFor(action).join(', ')}; the token has ${has}`);
    this.name = 'MissingRoleError';
    this.caller = caller;
  }
}
