/** Routes that the function loads with the first request to one of them: changes and administration. */
export { apiKeyRoutes } from '../administration/api-keys.ts';
export { deliveryRoutes } from '../administration/deliveries.ts';
export { notificationRoutes } from '../administration/notifications.ts';
export { secretRoutes } from '../administration/secrets.ts';
export { cancelJob, cancelJobByPut } from './cancel-job.ts';
export { flowChangeRoutes } from './flow-changes.ts';
export { flowCursorRoutes } from './flow-cursors.ts';
export { flowErrorRoutes } from './flow-errors.ts';
