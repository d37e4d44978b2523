import type { StageConfig } from '../config.ts';

/** Returns what stays after the stacks of a stage were deleted, and how to delete them. */
export function describeRetained({ name, protectData, identity }: StageConfig): string {
  const prefix = `jobdeck-${name}`;
  const hasUsers = 'cognito' in identity;
  if (!protectData) {
    const users = hasUsers ? ', users' : '';
    return `The stage ${name} has no protectData: its tables, files${users} and secrets are deleted with the stacks.`;
  }
  return [
    `The stage ${name} has protectData. These resources stay, cost storage, and are in the way of a new deployment:`,
    `  tables ${['jobs', 'runs', 'records', 'access', 'counters', 'collections'].map((table) => `${prefix}-${table}`).join(', ')}`,
    `  buckets ${prefix}-files-…, ${prefix}-access-logs-…`,
    ...(hasUsers ? [`  user pool ${prefix} with its users`] : []),
    `  KMS key alias/${prefix}-secrets, without its alias: note its id`,
    `The stack ${prefix}-data has termination protection, which must be removed first:`,
    `  aws cloudformation update-termination-protection --no-enable-termination-protection --stack-name ${prefix}-data`,
  ].join('\n');
}
