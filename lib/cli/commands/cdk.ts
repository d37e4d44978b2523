import type { CommandUnknownOpts } from '@commander-js/extra-typings';
import type { CdkCommand } from '../../project/cdk-command.ts';
import type { CommandContext } from '../context.ts';
import { CommandFailed, UsageError } from '../errors.ts';

interface CdkOptions {
  readonly stage: string;
  readonly yes?: true | undefined;
}

const COMMANDS: readonly (readonly [CdkCommand, summary: string, description: string])[] = [
  [
    'synth',
    'Write the CloudFormation templates of a stage of the project',
    'Writes the templates and the code of a stage to .jobdeck/cdk.out/<stage>. Needs no AWS account.',
  ],
  [
    'diff',
    'Compare a stage of the project with what is deployed',
    'Shows what a deployment of the stage would change in its account and region.',
  ],
  [
    'deploy',
    'Deploy a stage of the project to AWS',
    'Deploys all stacks of the stage with the AWS CDK of the project and the AWS credentials of the environment.',
  ],
  [
    'destroy',
    'Delete the stacks of a stage of the project',
    'Lists the data that stays, then deletes all stacks of the stage.',
  ],
];

/** Adds the commands that call the AWS CDK of a project. */
export function addCdkCommands(program: CommandUnknownOpts, context: CommandContext): void {
  for (const [name, summary, description] of COMMANDS) {
    const command = program
      .command(name)
      .summary(summary)
      .description(`${description} Options after -- are passed to cdk ${name}.`)
      .argument('[cdk arguments...]', `options of cdk ${name}, after --`)
      .requiredOption('--stage <stage>', 'stage in jobdeck.config.ts');
    if (name === 'destroy') command.option('--yes', 'do not ask; required without a terminal');
    command.action(async (passed: readonly string[], options) => {
      context.exitCode = await runInProject(context, name, passed, options as CdkOptions);
    });
  }
}

async function runInProject(
  context: CommandContext,
  command: CdkCommand,
  passed: readonly string[],
  { stage: name, yes }: CdkOptions,
): Promise<number> {
  // Imported lazily: other commands start faster without the bundler.
  const [
    { findProject },
    { loadProject },
    { projectStage },
    { runCdk },
    { LOCAL_STAGE },
    { describeRetained },
    { describeTarget, findDeploymentTarget },
    { findStackName },
  ] = await Promise.all([
    import('../../project/find-project.ts'),
    import('../../project/load-project.ts'),
    import('../../project/project-stage.ts'),
    import('../../project/cdk-command.ts'),
    import('../../config.ts'),
    import('../../project/retained-data.ts'),
    import('../../doctor/deployment-target.ts'),
    import('../../project/cdk-passed-arguments.ts'),
  ]);
  const { note, environment } = context;
  const isConfirmed = yes === true;
  // With --all, the CDK CLI ignores names of stacks.
  const stack = command === 'synth' ? undefined : findStackName(passed);
  if (stack !== undefined) {
    throw new UsageError(
      `${command} acts on all stacks of a stage and accepts no name of a stack, got "${stack}". Write the value of an ` +
        'option as --option=value',
    );
  }
  const root = findProject(process.cwd());
  const stage = projectStage(await loadProject(root), name);
  if (name === LOCAL_STAGE && command !== 'synth') {
    throw new UsageError(`--stage ${LOCAL_STAGE} is the local system, which is not deployed; name another stage`);
  }
  if (command !== 'synth') {
    const target = await findDeploymentTarget(
      stage,
      { root, variables: environment, now: () => context.now() },
      passed,
    );
    note(describeTarget(stage, target));
  }
  if (command === 'destroy') {
    note(describeRetained(stage));
    if (!isConfirmed && !process.stdin.isTTY) {
      throw new CommandFailed(`Nothing was deleted: without a terminal, add --yes to delete the stage ${name}`);
    }
  }
  return runCdk({ command, stage: name, root, isConfirmed, passed });
}
