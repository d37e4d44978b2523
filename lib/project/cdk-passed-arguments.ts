/**
 * Options of `cdk diff`, `deploy` and `destroy` that take the following argument as their value, without the dashes.
 * From `lib/cli/cli-type-registry.json` of the package `aws-cdk`.
 */
const VALUE_OPTIONS: ReadonlySet<string> = new Set(
  [
    'app a build context c plugin p profile region proxy ca-bundle-path role-arn r output o unstable',
    'telemetry-file build-exclude E require-approval notification-arns rollback-trigger-alarm-arns',
    'monitoring-time-minutes tags t change-set-name method m parameters outputs-file O toolkit-stack-name',
    'progress concurrency asset-build-concurrency hotswap-ecs-minimum-healthy-percent',
    'hotswap-ecs-maximum-healthy-percent hotswap-ecs-stabilization-timeout-seconds context-lines template fail-on',
  ].flatMap((names) => names.split(' ')),
);

/**
 * Finds the first argument that the CDK CLI could read as the name of a stack. An argument after an option that is not
 * known to take a value counts as one. `--` ends the options of the CDK CLI and counts, too.
 *
 * @param passed arguments for the CDK CLI
 */
export function findStackName(passed: readonly string[]): string | undefined {
  return passed.find((arg, i) => {
    if (arg === '--') return true;
    return /* guard: deploy.whole-stage */ !isOption(arg) && !isValueOf(arg, passed[i - 1]);
  });
}

/** Returns the last value of an option in the forms `--name value` and `--name=value`. */
export function optionValue(passed: readonly string[], name: string): string | undefined {
  const values = passed.flatMap((arg, i) => {
    if (arg === `--${name}`) return passed[i + 1] ?? [];
    return arg.startsWith(`--${name}=`) ? arg.slice(name.length + 3) : [];
  });
  return values.at(-1);
}

const isOption = (arg: string) => arg.startsWith('-') && arg !== '-';

function isValueOf(arg: string, option: string | undefined): boolean {
  if (option === undefined || !isOption(option) || option.includes('=')) return false;
  // The CDK CLI accepts `--rollback false`, and names in camel case.
  if (arg === 'true' || arg === 'false') return true;
  const name = option.replace(/^--?/, '').replaceAll(/(?<=.)[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
  return VALUE_OPTIONS.has(name);
}
