import type { Platform } from './platform.ts';
import { createServices, queueUrls } from './platform-services.ts';
import { createQueuesOnDemand } from './queues-on-demand.ts';

/** Creates the platform of an API function without its store. The client of SQS is loaded at the first message. */
export const createApiPlatform = (): Omit<Platform, 'db'> => createServices(createQueuesOnDemand(queueUrls()));
