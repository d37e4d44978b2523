import middy, { type MiddlewareObj } from '@middy/core';
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2, Context } from 'aws-lambda';
import type { Caller } from '../../core/domain/access.ts';
import { JobdeckError } from '../../core/domain/errors.ts';
import type { TenantId } from '../../core/domain/tenant.ts';
import type { Log } from '../../core/platform/log.ts';
import { type AuditRecorder, auditRefusalsMiddleware } from './audit.ts';
import { type AuthenticationOptions, authenticate } from './authenticate.ts';
import { corsHeaders, preflightHeaders } from './cors.ts';
import { withEntityTag } from './entity-tag.ts';
import { findRoute, MethodNotAllowedError } from './find-route.ts';
import { inputObject } from './input-schemas.ts';
import { normalizeQuery } from './normalize-query.ts';
import type { ApiResponse, Operation, Operations, PublicOperation } from './operation.ts';
import { type ErrorMapper, toProblem } from './problem.ts';
import { readBody } from './read-body.ts';
import { requestTimeoutError } from './read-budget.ts';
import { type LimitRequests, requestLimitMiddleware, retryAfterHeader } from './request-limit.ts';
import { toGatewayResponse } from './response.ts';
import type { Route } from './route.ts';
import { validate } from './validate.ts';

/** How long before the function's timeout a request is given up, so that it gets an answer of its surface's shape. */
const TIMEOUT_RESERVE_MS = 500;

export interface SurfaceOptions<R extends Route> extends AuthenticationOptions {
  readonly routes: readonly R[];
  /** The operations with what they reach on behalf of a tenant; of a public route, on behalf of nobody. */
  readonly operations: (tenant: TenantId | undefined) => Operations<R>;
  readonly errors: ErrorMapper;
  /** @default every request passes */
  readonly limit?: LimitRequests;
  /** @default nothing is put on record */
  readonly audit?: AuditRecorder;
  /** Origins whose pages may call the API; `*` stands for all. @default none */
  readonly origins?: readonly string[];
}

/** The event, and what the middleware finds out about it. */
interface SurfaceEvent extends APIGatewayProxyEventV2 {
  route?: Route;
  /** The answer has no body. */
  isHead?: boolean;
  /** The methods of the path; set for OPTIONS only. */
  methods?: readonly string[];
  caller?: Caller;
}

type Middleware = MiddlewareObj<SurfaceEvent, APIGatewayProxyStructuredResultV2>;

/** The Lambda handler of a surface: authentication first, then the operation that the route table names. */
export function createSurfaceHandler<R extends Route>(options: SurfaceOptions<R>) {
  const { routes, operations, errors, log, limit = async () => {}, audit, origins = [] } = options;
  return middy<SurfaceEvent, APIGatewayProxyStructuredResultV2>({
    timeoutEarlyInMillis: TIMEOUT_RESERVE_MS,
    timeoutEarlyResponse: throwTimeout,
  })
    .use(accessLogMiddleware(log))
    .use(httpSemanticsMiddleware(origins))
    .use(errorMiddleware(errors, log))
    .use(auditRefusalsMiddleware(audit, limit))
    .use(authenticationMiddleware(routes, options))
    .use(requestLimitMiddleware(limit))
    .handler(async (event, context) => {
      const { requestId } = event.requestContext;
      if (event.methods) {
        const headers = { allow: event.methods.join(', '), ...preflightHeaders(origins, event.methods) };
        return toGatewayResponse({ status: 204, headers }, requestId);
      }
      const route = event.route as R;
      const { [route.operation as R['operation']]: operation } = operations(event.caller?.tenant);
      // The request is checked as part of what is recorded: one that is refused is an attempt, too.
      const perform = async () => handle(operation, event, context);
      const answer = await (audit ? audit.perform({ route, event }, event.caller, perform) : perform());
      return toGatewayResponse(answer, requestId);
    });
}

function throwTimeout(): never {
  throw requestTimeoutError();
}

/** Finds the route and, unless it is public, who is asking. */
function authenticationMiddleware(routes: readonly Route[], options: AuthenticationOptions): Middleware {
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

const NO_INPUT = { query: inputObject({}, 'query parameter'), body: inputObject({}) };

/**
 * Checks a request against the shapes of its operation, and performs the operation.
 *
 * @throws InvalidInput, and what the operation throws
 */
function handle(operation: Operation | PublicOperation, event: SurfaceEvent, context: Context): Promise<ApiResponse> {
  const { query = NO_INPUT.query, body = NO_INPUT.body } = operation as Operation;
  const request = {
    caller: event.caller as Caller,
    params: Object.fromEntries(Object.entries(event.pathParameters ?? {}).map(([name, value]) => [name, value ?? ''])),
    query: validate(query, normalizeQuery(event.queryStringParameters), 'query'),
    body: validate(body, readBody(event) ?? {}, 'body'),
    headers: event.headers,
    remainingMs: () => context.getRemainingTimeInMillis() - TIMEOUT_RESERVE_MS,
  };
  return operation.handle(request);
}

/** Completes every answer: entity tags of what clients poll, no body for HEAD, and headers for pages of other origins. */
function httpSemanticsMiddleware(origins: readonly string[]): Middleware {
  const complete = (request: {
    readonly event: SurfaceEvent;
    response?: APIGatewayProxyStructuredResultV2 | null | undefined;
  }): void => {
    const { event, response } = request;
    if (!response) return;
    const { route, caller } = event;
    const isPolled = route?.polled === true && caller !== undefined;
    const answer = isPolled ? withEntityTag(response, caller.tenant, event.headers['if-none-match']) : response;
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
function errorMiddleware(errors: ErrorMapper, log: Log): Middleware {
  return {
    onError: (request) => {
      const { event, error } = request;
      const { requestId } = event.requestContext;
      const problem = toProblem(error, requestId, new Date().toISOString());
      if (problem.status >= 500)
        log.error('request.failed', { requestId, route: event.routeKey, ...toLogFields(error) });
      const allow = error instanceof MethodNotAllowedError ? { allow: error.methods.join(', ') } : {};
      const headers = { ...ERROR_HEADERS[problem.status], ...retryAfterHeader(error), ...allow };
      request.response = toGatewayResponse({ status: problem.status, body: errors(problem), headers }, requestId);
    },
  };
}

/** What HTTP wants beside some of the status codes (RFC 9110, 11.6.1 and 10.2.3). */
const ERROR_HEADERS: Readonly<Record<number, Readonly<Record<string, string>>>> = {
  401: { 'www-authenticate': 'Bearer' },
  503: { 'retry-after': '5' },
};

function toLogFields(error: unknown): Record<string, unknown> {
  if (!(error instanceof Error)) return { error: String(error) };
  const cause = error.cause instanceof Error ? { cause: `${error.cause.name}: ${error.cause.message}` } : {};
  return { error: error.name, message: error.message, stack: error.stack, ...cause };
}

/** One line a request, whatever became of it. Neither headers nor bodies: they hold tokens and secrets. */
function accessLogMiddleware(log: Log): Middleware {
  const line = ({ event, response }: { event: SurfaceEvent; response?: APIGatewayProxyStructuredResultV2 | null }) => {
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
