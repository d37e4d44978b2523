/** Routes that read figures and settings of a tenant. The function loads them with the first request to one of them. */
export { listAudit } from '../administration/audit-trail.ts';
export { getLimits } from '../administration/limits.ts';
export { getUsage } from '../administration/usage.ts';
export { listScripts } from './scripts.ts';
export { getStats } from './stats.ts';
export { listTargets } from './targets.ts';
