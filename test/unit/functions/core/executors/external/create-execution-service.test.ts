import { expect, it } from 'vitest';
import { createExecutionService } from '../../../../../../functions/core/executors/external/create-execution-service.ts';
import { isRefusal } from '../../../../../../functions/core/executors/external/is-refusal.ts';
import { acme } from '../../../../../helpers/builders/executions.ts';

it.each(['container', 'stateMachine'] as const)(
  'find rejects if the target was withdrawn, because its execution may exist (%s)',
  async (type) => {
    const declarations = { container: () => undefined, stateMachine: () => undefined };
    const service = createExecutionService({ isLocal: false, declarations });

    const error = await service.find({ type, tenant: acme, target: 'etl' }, 'token').catch((reason: unknown) => reason);

    expect(String(error)).toContain("'etl' is no target of this tenant any more");
    expect(isRefusal(error)).toBe(true);
  },
);
