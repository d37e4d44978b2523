import type { CommandUnknownOpts } from '@commander-js/extra-typings';
import type { CommandContext } from '../context.ts';
import type { EventBridgeImportOptions } from '../import-eventbridge.ts';
import { PROJECT_HELP } from '../project-connection.ts';

export function addImportEventBridgeCommand(group: CommandUnknownOpts, context: CommandContext): void {
  group
    .command('eventbridge')
    .description('write a disabled job and a script to fill in for each scheduled rule and schedule of an AWS account')
    .option('--project <folder>', PROJECT_HELP)
    .option('--region <region>', 'region of the account (AWS_REGION, or that of the profile)')
    .option('--prefix <prefix>', 'start of the names of rules and schedules')
    .option('--file <files...>', 'outputs of the AWS CLI to read instead of the account')
    .action(async (options: EventBridgeImportOptions) => {
      const { importEventBridge } = await import('../import-eventbridge.ts');
      await importEventBridge(context, options);
    });
}
