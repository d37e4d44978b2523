import type { FauxqsApp } from '../queues-and-objects.ts';
import { type Access, AccessDenied, accessKeyOf } from './access.ts';
import { serviceRequests } from './service-requests.ts';

/**
 * Asks IAM about every request to SQS and S3; call it before the application listens.
 *
 * @param refused told what was refused
 */
export function guardQueuesAndObjects(app: FauxqsApp, access: () => Access, refused: (message: string) => void): void {
  app.addHook('preHandler', async (request, reply) => {
    const key = accessKeyOf(request.headers.authorization);
    if (!access().knows(key)) return;
    const target = request.headers['x-amz-target'];
    const { method, url, body } = request;
    try {
      const named = typeof target === 'string' ? target : undefined;
      for (const asked of serviceRequests({ method, url, target: named, body })) access().check(key, asked);
    } catch (error) {
      if (!(error instanceof AccessDenied)) throw error;
      refused(error.message);
      if (target !== undefined) {
        await reply.code(403).type('application/x-amz-json-1.0').send({ __type: error.name, message: error.message });
      } else {
        const xml = `<Error><Code>${error.name}</Code><Message>${error.message}</Message></Error>`;
        await reply.code(403).type('application/xml').send(xml);
      }
    }
  });
}
