import middy, { type MiddlewareObj } from '@middy/core';
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2, Context } from 'aws-lambda';
import type { Caller } from '../../core/domain/access.ts';
import { JobdeckError } from '../../core/domain/errors.ts';
import type { TenantId } from '../../core/domain/tenant.ts';
import type { Log } from '../../core/platform/log.ts';
import type { Route } from '../route.ts';
import { toHttp } from './answer.ts';
import { type Audit, auditRefusals } from './audit.ts';
import { type AuthenticationOptions, authenticate } from './authenticate.ts';
import { readBody } from './body.ts';
import { check } from './check.ts';
import { corsHeaders, preflightHeaders } from './cors.ts';
import { findRoute, MethodNotAllowed } from './methods.ts';
import type { Answer, Operation, Operations, PublicOperation } from './operation.ts';
import { type ErrorMapper, problemOf } from './problem.ts';
import { queryValues } from './query-values.ts';
import { outOfTime } from './read-budget.ts';
import { type LimitRequests, requestLimit, retryAfterOf } from './request-limit.ts';
import { revalidated } from './revalidation.ts';
import { fields } from './shapes.ts';

/** How long before the function's timeout a request is given up, so that it gets an answer of its surface's shape. */
const GIVE_UP_MS = 500;

export interface SurfaceOptions<R extends Route> extends AuthenticationOptions {
  readonly routes: readonly R[];
  /** The operations with what they reach on behalf of a tenant; of a public route, on behalf of nobody. */
  readonly operations: (tenant: TenantId | undefined) => Operations<R>;
  readonly errors: ErrorMapper;
  /** @default every request passes */
  readonly limit?: LimitRequests;
  /** @default nothing is put on record */
  readonly audit?: Audit;
  /** Origins whose pages may call the API; `*` stands for all. @default none */
  readonly origins?: readonly string[];
}

/** The event, and what the middleware finds out about it. */
interface EdgeEvent extends APIGatewayProxyEventV2 {
  route?: Route;
  /** The answer has no body. */
  isHead?: boolean;
  /** The methods of the path; set for OPTIONS only. */
  methods?: readonly string[];
  caller?: Caller;
}

type Middleware = MiddlewareObj<EdgeEvent, APIGatewayProxyStructuredResultV2>;

/** The Lambda handler of a surface: authentication first, then the operation that the route table names. */
export function surfaceHandler<R extends Route>(options: SurfaceOptions<R>) {
  const { routes, operations, errors, log, limit = async () => {}, audit, origins = [] } = options;
  return middy<EdgeEvent, APIGatewayProxyStructuredResultV2>({
    timeoutEarlyInMillis: GIVE_UP_MS,
    timeoutEarlyResponse: giveUp,
  })
    .use(accessLog(log))
    .use(httpManners(origins))
    .use(errorAnswers(errors, log))
    .use(auditRefusals(audit, limit))
    .use(authentication(routes, options))
    .use(requestLimit(limit))
    .handler(async (event, context) => {
      const { requestId } = event.requestContext;
      if (event.methods) {
        const headers = { allow: event.methods.join(', '), ...preflightHeaders(origins, event.methods) };
        return toHttp({ status: 204, headers }, requestId);
      }
      const route = event.route as R;
      const { [route.operation as R['operation']]: operation } = operations(event.caller?.tenant);
      // The request is checked as part of what is recorded: one that is refused is an attempt, too.
      const perform = async () => handle(operation, event, context);
      const answer = await (audit ? audit.around({ route, event }, event.caller, perform) : perform());
      return toHttp(answer, requestId);
    });
}

function giveUp(): never {
  throw outOfTime();
}

/** Finds the route and, unless it is public, who is asking. */
function authentication(routes: readonly Route[], options: AuthenticationOptions): Middleware {
  return {
    before: async ({ event }) => {
      event.isHead = event.requestContext.http.method === 'HEAD';
      const asked = findRoute(routes, event);
      if (!asked) throw new JobdeckError('not_found', 'route.not_found', `There is no ${event.routeKey}`);
      if (asked.kind === 'options') {
        event.methods = asked.methods;
        return;
      }
      const { route } = asked;
      event.route = route;
      if (route.action !== 'public') event.caller = await authenticate(event.headers, route.action, options);
    },
  };
}

const nothing = { query: fields({}, 'query parameter'), body: fields({}) };

/**
 * Checks a request against the shapes of its operation, and performs the operation.
 *
 * @throws InvalidInput, and what the operation throws
 */
function handle(operation: Operation | PublicOperation, event: EdgeEvent, context: Context): Promise<Answer> {
  const { query = nothing.query, body = nothing.body } = operation as Operation;
  const request = {
    caller: event.caller as Caller,
    params: Object.fromEntries(Object.entries(event.pathParameters ?? {}).map(([name, value]) => [name, value ?? ''])),
    query: check(query, queryValues(event.queryStringParameters), 'query'),
    body: check(body, readBody(event) ?? {}, 'body'),
    headers: event.headers,
    remainingMs: () => context.getRemainingTimeInMillis() - GIVE_UP_MS,
  };
  return operation.handle(request);
}

/** Completes every answer: entity tags of what clients poll, no body for HEAD, and headers for pages of other origins. */
function httpManners(origins: readonly string[]): Middleware {
  const complete = (request: {
    readonly event: EdgeEvent;
    response?: APIGatewayProxyStructuredResultV2 | null | undefined;
  }): void => {
    const { event, response } = request;
    if (!response) return;
    const { route, caller } = event;
    const isPolled = route?.polled === true && caller !== undefined;
    const answer = isPolled ? revalidated(response, caller.tenant, event.headers['if-none-match']) : response;
    const { vary, ...cors } = corsHeaders(origins, event.headers.origin);
    const varies = [answer.headers?.vary, vary].filter((header) => header !== undefined).join(', ');
    const { body, ...bodiless } = answer;
    request.response = {
      ...(event.isHead ? bodiless : answer),
      headers: { ...answer.headers, ...cors, ...(varies && { vary: varies }) },
    };
  };
  return { after: complete, onError: complete };
}

/** Answers what is thrown in the surface's shape, and logs what is not the caller's doing. */
function errorAnswers(errors: ErrorMapper, log: Log): Middleware {
  return {
    onError: (request) => {
      const { event, error } = request;
      const { requestId } = event.requestContext;
      const problem = problemOf(error, requestId, new Date().toISOString());
      if (problem.status >= 500) log.error('request.failed', { requestId, route: event.routeKey, ...described(error) });
      const allow = error instanceof MethodNotAllowed ? { allow: error.methods.join(', ') } : {};
      const headers = { ...CHALLENGES[problem.status], ...retryAfterOf(error), ...allow };
      request.response = toHttp({ status: problem.status, body: errors(problem), headers }, requestId);
    },
  };
}

/** What HTTP wants beside some of the status codes (RFC 9110, 11.6.1 and 10.2.3). */
const CHALLENGES: Readonly<Record<number, Readonly<Record<string, string>>>> = {
  401: { 'www-authenticate': 'Bearer' },
  503: { 'retry-after': '5' },
};

function described(error: unknown): Record<string, unknown> {
  if (!(error instanceof Error)) return { error: String(error) };
  const cause = error.cause instanceof Error ? { cause: `${error.cause.name}: ${error.cause.message}` } : {};
  return { error: error.name, message: error.message, stack: error.stack, ...cause };
}

/** One line a request, whatever became of it. Neither headers nor bodies: they hold tokens and secrets. */
function accessLog(log: Log): Middleware {
  const line = ({ event, response }: { event: EdgeEvent; response?: APIGatewayProxyStructuredResultV2 | null }) => {
    const { requestId, timeEpoch } = event.requestContext;
    log.info('request', {
      requestId,
      route: event.routeKey,
      tenant: event.caller?.tenant,
      status: response?.statusCode,
      ms: Date.now() - timeEpoch,
    });
  };
  return {
    after: ({ event, response }) => line({ event, ...(response && { response }) }),
    onError: ({ event, response }) => line({ event, ...(response && { response }) }),
  };
}
