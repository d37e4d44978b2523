import type { Delivery } from '../../../domain/notification/delivery.ts';
import type { NotificationKind } from '../../../domain/notification/kind.ts';
import { withoutDirectionControls } from '../../../domain/text.ts';
import type { OutgoingRequest } from '../../../executors/http/http-client.ts';
import { describeDelivery, runFacts } from './describe-delivery.ts';
import { runLink } from './run-link.ts';
import type { SendOptions } from './send-types.ts';

const COLORS = {
  failure: 'Attention',
  success: 'Good',
  recovered: 'Good',
  late_start: 'Warning',
  late_finish: 'Warning',
} as const satisfies Record<NotificationKind, string>;

/** A line of text. `TextRun` has no markup, so a name cannot create a link. */
const line = (text: string, style: object = {}) => ({
  type: 'RichTextBlock',
  inlines: [{ type: 'TextRun', text: withoutDirectionControls(text), ...style }],
});

/**
 * Builds a message with an Adaptive Card for a workflow that posts to Microsoft Teams.
 *
 * @see https://learn.microsoft.com/en-us/microsoftteams/platform/webhooks-and-connectors/how-to/connectors-using
 * @see https://adaptivecards.io/explorer/RichTextBlock.html
 */
export function teamsMessage(delivery: Delivery, consoleUrl: string) {
  const { kind, run } = delivery;
  const link = runLink(delivery, consoleUrl);
  return {
    type: 'message',
    attachments: [
      {
        contentType: 'application/vnd.microsoft.card.adaptive',
        contentUrl: null,
        content: {
          $schema: 'http://adaptivecards.io/schemas/adaptive-card.json',
          type: 'AdaptiveCard',
          version: '1.4',
          body: [
            line(describeDelivery(delivery, { withReason: false }), { weight: 'Bolder', color: COLORS[kind] }),
            line(runFacts(delivery), { isSubtle: true }),
            ...(kind === 'failure' && run.reason ? [line(run.reason)] : []),
          ],
          ...(link !== null && { actions: [{ type: 'Action.OpenUrl', title: 'Show the run', url: link }] }),
        },
      },
    ],
  };
}

/** @param url the workflow's URL, which holds its signature */
export function teamsRequest(
  delivery: Delivery,
  url: string,
  { consoleUrl }: Pick<SendOptions, 'consoleUrl'>,
): OutgoingRequest {
  return {
    url,
    method: 'POST',
    headers: {},
    platformHeaders: { 'content-type': 'application/json' },
    body: JSON.stringify(teamsMessage(delivery, consoleUrl)),
  };
}
