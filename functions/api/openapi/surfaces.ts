import type { Platform } from '../../core/platform/platform.ts';
import type { Secrets } from '../../core/platform/secrets.ts';
import type { SigningSecrets } from '../../core/platform/signing-secret.ts';
import { errorBody as adminError } from '../admin/answers.ts';
import { adminDescriptions } from '../admin/described.ts';
import { adminErrors } from '../admin/errors.ts';
import { adminOperations } from '../admin/operations.ts';
import { errorBody as flowsError } from '../flows/answers.ts';
import { flowsDescriptions } from '../flows/described.ts';
import { flowsErrors } from '../flows/errors.ts';
import { flowsOperations } from '../flows/operations.ts';
import { errorBody as integrationsError } from '../integrations/answers.ts';
import { integrationsDescriptions } from '../integrations/described.ts';
import { integrationsErrors } from '../integrations/errors.ts';
import { integrationsOperations } from '../integrations/operations.ts';
import { errorBody as pipelinesError } from '../pipelines/answers.ts';
import { pipelinesDescriptions } from '../pipelines/described.ts';
import { pipelinesErrors } from '../pipelines/errors.ts';
import { pipelinesOperations } from '../pipelines/operations.ts';
import type { PipelinesPlatform } from '../pipelines/pipelines-platform.ts';
import { errorBody as runnerError } from '../runner/answers.ts';
import { runnerDescriptions } from '../runner/described.ts';
import { runnerErrors } from '../runner/errors.ts';
import { runnerOperations } from '../runner/operations.ts';
import { type SurfaceName, surfaces } from '../surfaces.ts';
import type { DescribedSurface } from './described.ts';

/** Operations are made for their shapes here, and ask their platform for nothing before a request. */
const none: unknown = {};
const platform = none as Platform & PipelinesPlatform;

const described: Readonly<Record<SurfaceName, Omit<DescribedSurface, 'name' | 'routes'>>> = {
  runner: {
    description: 'Jobs, their schedules and their runs, for owners of scheduled scripts.',
    operations: runnerOperations(platform, none as SigningSecrets),
    descriptions: runnerDescriptions,
    errors: runnerErrors,
    errorBody: runnerError,
  },
  integrations: {
    description: 'Counts of an organization’s runs, for its admins and managers.',
    operations: integrationsOperations(platform),
    descriptions: integrationsDescriptions,
    errors: integrationsErrors,
    errorBody: integrationsError,
  },
  admin: {
    description: 'Statistics of a job, for platform operators.',
    operations: adminOperations(platform),
    descriptions: adminDescriptions,
    errors: adminErrors,
    errorBody: adminError,
    tenantHeader: true,
  },
  flows: {
    description: 'Record flows, their jobs with exports and imports, API keys, notifications and secrets.',
    operations: flowsOperations(platform, none as Secrets),
    descriptions: flowsDescriptions,
    errors: flowsErrors,
    errorBody: flowsError,
  },
  pipelines: {
    description: 'Streaming pipelines, for data engineers: jobs, checkpoints, operators, logs and metrics.',
    operations: pipelinesOperations(platform),
    descriptions: pipelinesDescriptions,
    errors: pipelinesErrors,
    errorBody: pipelinesError,
  },
};

/** Every surface, with what a document of it takes. */
export const describedSurfaces: readonly DescribedSurface[] = surfaces.map(({ name, routes }) => ({
  name,
  routes,
  ...described[name],
}));
