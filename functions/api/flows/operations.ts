import { privateNetworks } from '../../core/platform/env.ts';
import type { Platform } from '../../core/platform/platform.ts';
import type { Secrets } from '../../core/platform/secrets.ts';
import { createApiKey, listApiKeys, revokeApiKey } from '../administration/api-keys.ts';
import { getNotifications, listDeliveries, putNotifications, retryDelivery } from '../administration/notifications.ts';
import { deleteSecret, getSecret, listSecrets, putSecret } from '../administration/secrets.ts';
import type { Operations } from '../http/operation.ts';
import { cancelJob } from './cancel-job.ts';
import { createFlowsCursorSigner } from './cursor.ts';
import { createFlow, deleteFlow, getFlow, listFlows, updateFlow } from './flows.ts';
import { getJob } from './get-job.ts';
import { listJobErrors } from './job-errors.ts';
import { listLatestJobs } from './latest-jobs.ts';
import { listJobs } from './list-jobs.ts';
import type { flowsRoutes } from './routes.ts';
import { runFlow } from './run-flow.ts';

/** Creates the handlers of the flows surface by operation name. */
export function flowsOperations(platform: Platform, secrets: Secrets): Operations<(typeof flowsRoutes)[number]> {
  const cursors = createFlowsCursorSigner(platform);
  return {
    listJobs: listJobs(platform, cursors),
    getJob: getJob(platform),
    cancelJob: cancelJob(platform),
    listJobErrors: listJobErrors(platform, cursors),
    listFlows: listFlows(platform),
    createFlow: createFlow(platform),
    getFlow: getFlow(platform),
    updateFlow: updateFlow(platform),
    deleteFlow: deleteFlow(platform),
    listLatestJobs: listLatestJobs(platform),
    runFlow: runFlow(platform),
    createApiKey: createApiKey(platform),
    listApiKeys: listApiKeys(platform),
    revokeApiKey: revokeApiKey(platform),
    getNotifications: getNotifications(platform),
    putNotifications: putNotifications(platform, { plainHttp: privateNetworks().length > 0 }),
    listDeliveries: listDeliveries(platform),
    retryDelivery: retryDelivery(platform),
    listSecrets: listSecrets(secrets),
    putSecret: putSecret(secrets),
    getSecret: getSecret(secrets),
    deleteSecret: deleteSecret(secrets),
  };
}
