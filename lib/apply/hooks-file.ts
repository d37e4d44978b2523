import type { CurrentHook } from './hook-plan.ts';
import { formatLiteral } from './source-literal.ts';

/** Formats hooks as the source of a file in `jobs/`, without their URLs and secrets and without default values. */
export function formatHooksFile(hooks: readonly CurrentHook[]): string {
  const lines = hooks.map((hook) => `  defineHook(${formatLiteral(toDeclaration(hook), 2)}),\n`);
  return `import { defineHook } from 'jobdeck';\n\nexport default [\n${lines.join('')}];\n`;
}

const toDeclaration = ({ name, job, scheme, description, enabled }: CurrentHook) => ({
  name,
  job,
  ...(scheme !== 'none' && { scheme, secret_env: secretVariableOf(name) }),
  ...(description !== null && { description }),
  ...(!enabled && { enabled }),
});

/** Returns the environment variable in which a new hook of this name finds its secret: `HOOK_SECRET_DEPLOY_MAIN`. */
const secretVariableOf = (name: string): string => `HOOK_SECRET_${name.toUpperCase().replaceAll('-', '_')}`;
