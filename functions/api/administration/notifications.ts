import * as z from 'zod';
import { JOB_ID, JOB_ID_RULE } from '../../core/domain/job-id.ts';
import type { NotificationDefaults } from '../../core/domain/notification/delivery.ts';
import { NO_NOTIFICATION, validateDestination } from '../../core/domain/notification/destination.ts';
import {
  MAX_CONSECUTIVE_FAILURES,
  MAX_RULES,
  type NotificationRule,
  RULE_EVENTS,
  validateRules,
} from '../../core/domain/notification/rule.ts';
import { emailDomains, emailFrom, privateNetworks } from '../../core/platform/env.ts';
import type { Platform } from '../../core/platform/platform.ts';
import { getNotificationDefaults, putNotificationDefaults } from '../../core/store/notification-defaults.ts';
import {
  inputObject,
  integer,
  listOf,
  matchingText,
  oneOf,
  orDefault,
  text,
  withKeywords,
} from '../http/input-schemas.ts';
import { lazy, route, type ViewOf } from '../http/route.ts';

const RULE_NAME = /^[A-Za-z0-9_-]{1,64}$/;

const FIELDS = ['on_failure', 'on_success', 'on_late'] as const;

const destinationField = () => orDefault(text(256), null);
const ruleInput = lazy(() =>
  inputObject({
    name: matchingText(RULE_NAME, '1–64 of A–Z a–z 0–9 _ -'),
    match: orDefault(
      inputObject({
        tag: orDefault(text(64), null),
        job: orDefault(matchingText(JOB_ID, JOB_ID_RULE), null),
      }),
      null,
    ),
    on: withKeywords(
      listOf(oneOf(RULE_EVENTS), RULE_EVENTS.length, 1).refine((list) => new Set(list).size === list.length, {
        error: 'must not name an event twice',
      }),
      { uniqueItems: true },
    ),
    consecutive_failures: withKeywords(orDefault(integer(1, MAX_CONSECUTIVE_FAILURES), 1), {
      description:
        'Failures in a row of a job with which a failure is reported, and after which a success is a recovery.',
    }),
    to: text(256),
  }),
);
type RuleInput = z.output<ReturnType<typeof ruleInput>>;

const newDefaultsSchema = lazy(() =>
  inputObject({
    on_failure: destinationField(),
    on_success: destinationField(),
    on_late: destinationField(),
    rules: withKeywords(orDefault(listOf(ruleInput(), MAX_RULES), []), {
      description: 'Rules that notify of events of several jobs, beside the destinations of the jobs.',
    }),
  }),
);

const defaultsSchema = lazy(() =>
  z.object({
    on_failure: z.string().nullable(),
    on_success: z.string().nullable(),
    on_late: z.string().nullable(),
    rules: z.array(
      z.object({
        name: z.string(),
        match: z.object({ tag: z.string().nullable(), job: z.string().nullable() }),
        on: z.array(z.enum(RULE_EVENTS)),
        consecutive_failures: z.int(),
        to: z.string(),
      }),
    ),
  }),
);
/** The default destinations and rules of a tenant. */
export type DefaultsView = ViewOf<typeof defaultsSchema>;

/** The default destinations of a tenant's notifications. They apply to jobs without destinations of their own. */
export const notificationRoutes = [
  route({
    method: 'GET',
    path: '/v1/notifications',
    operation: 'getNotifications',
    action: 'define',
    openapi: () => ({ summary: 'Get the default destinations of notifications' }),
    responses: () => ({
      200: {
        description: 'The destinations for jobs without their own; null sends no notification.',
        body: defaultsSchema(),
      },
    }),
    async handle({ caller: { tenant } }, { db }: Pick<Platform, 'db'>) {
      return { status: 200, body: toDefaultsView(await getNotificationDefaults(db, tenant)) };
    },
  }),
  route({
    method: 'PUT',
    path: '/v1/notifications',
    operation: 'putNotifications',
    action: 'define',
    body: newDefaultsSchema,
    openapi: () => ({
      summary: 'Replace the default destinations of notifications',
      description:
        'They apply to runs that end or become late from now on. A missing field is treated as null, missing rules as none.',
      bodyExample: {
        on_failure: 'slack:#ops',
        on_success: null,
        on_late: null,
        rules: [
          {
            name: 'on-call',
            match: { tag: 'critical' },
            on: ['failure', 'recovered'],
            consecutive_failures: 3,
            to: 'pagerduty',
          },
        ],
      },
    }),
    responses: () => ({ 200: { description: 'The destinations after the change.', body: defaultsSchema() } }),
    async handle({ caller: { tenant }, body }, { db }: Pick<Platform, 'db'>) {
      const rules = {
        plainHttp: privateNetworks().length > 0,
        email: emailFrom() !== undefined,
        emailDomains: emailDomains(),
      };
      for (const field of FIELDS) validateDestination(field, body[field], rules);
      const defaults = {
        onFailure: withoutSilent(body.on_failure),
        onSuccess: withoutSilent(body.on_success),
        onLate: withoutSilent(body.on_late),
        rules: body.rules.map(toRule),
      };
      validateRules(defaults.rules, rules);
      await putNotificationDefaults(db, tenant, defaults);
      return { status: 200, body: toDefaultsView(defaults) };
    },
  }),
];

/** Maps `none` to null: both send no notification. */
const withoutSilent = (value: string | null) => (value === NO_NOTIFICATION ? null : value);

const toRule = ({ name, match, on, consecutive_failures, to }: RuleInput): NotificationRule => ({
  name,
  tag: match?.tag ?? null,
  job: match?.job ?? null,
  on,
  consecutiveFailures: consecutive_failures,
  to,
});

const toDefaultsView = ({ onFailure, onSuccess, onLate, rules }: NotificationDefaults): DefaultsView => ({
  on_failure: onFailure,
  on_success: onSuccess,
  on_late: onLate,
  rules: rules.map(({ name, tag, job, on, consecutiveFailures, to }) => ({
    name,
    match: { tag, job },
    on,
    consecutive_failures: consecutiveFailures,
    to,
  })),
});
