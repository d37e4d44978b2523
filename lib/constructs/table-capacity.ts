import * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import type { ProvisionedCapacity, StageConfig } from '../config.ts';

/**
 * Target of the used share of provisioned units in percent. Auto scaling takes minutes; bursts in the meantime use the
 * unused capacity of the last five minutes.
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/burst-adaptive-capacity.html
 */
const TARGET_PERCENT = 70;

/** Returns the billing mode of a stage's tables, with the initial units of provisioned ones. */
export function billing({ provisionedCapacity }: StageConfig): Partial<dynamodb.TableProps> {
  if (!provisionedCapacity) return { billingMode: dynamodb.BillingMode.PAY_PER_REQUEST };
  return { billingMode: dynamodb.BillingMode.PROVISIONED, ...initialUnits(provisionedCapacity) };
}

/** Returns the initial units of an index; none if they are billed on demand. */
export const indexUnits = ({ provisionedCapacity }: StageConfig) =>
  provisionedCapacity ? initialUnits(provisionedCapacity) : {};

/** Scales the provisioned units of a table and of its indexes with their use. Does nothing on demand. */
export function scaleCapacity(
  table: dynamodb.Table,
  indexes: readonly string[],
  { provisionedCapacity }: StageConfig,
): void {
  if (!provisionedCapacity) return;
  const range = { minCapacity: provisionedCapacity.minUnits, maxCapacity: provisionedCapacity.maxUnits };
  const scaled = [
    table.autoScaleReadCapacity(range),
    table.autoScaleWriteCapacity(range),
    ...indexes.flatMap((index) => [
      table.autoScaleGlobalSecondaryIndexReadCapacity(index, range),
      table.autoScaleGlobalSecondaryIndexWriteCapacity(index, range),
    ]),
  ];
  for (const capacity of scaled) capacity.scaleOnUtilization({ targetUtilizationPercent: TARGET_PERCENT });
}

const initialUnits = ({ minUnits }: ProvisionedCapacity) => ({ readCapacity: minUnits, writeCapacity: minUnits });
